"""The appliance: settings, composition, pipeline, store, command line, web, health.

Everything may be imported here and nothing imports from here. Start reading at `gateway.compose`.
"""

__version__ = "0.1.0"
"""The one place that says it; packaging reads it from here."""
