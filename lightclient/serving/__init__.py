"""Re-serves what this client verified, in the beacon API's own form, so that a site of many gateways needs one uplink.

Nothing here asks for trust: whoever follows this server verifies every message as from any other. It serves only messages that verified
here, and nothing at all while this client is frozen by a conflict.
"""
