"""Findings become signed statements here, are anchored on chain, and can be checked by anyone.

Finding -> Attestation -> Batch -> Anchor -> Bundle. The pure half (`attestation`, `merkle`, `batch`, `publication`, `bundle`, `verify`)
has no clock, socket or key; `signer`, `keystore` and `publisher` are the rim. Start reading at `oracle.verify`: it names every check.
"""
