"""The appliance: settings, composition, pipeline, store, command line, web, health.

Everything may be imported here and nothing imports from here. Start reading at `gateway.compose`.
"""
