"""BLS signatures of sync committees: one protocol, a fast backend (pyblst) and a reference (py_ecc).

Import the backend that you want from its own module; this package imports neither, so that a verifier pays only for what it uses.
"""

from lightclient.bls.backend import DST, BlsBackend, KnownCommittee

__all__ = ["DST", "BlsBackend", "KnownCommittee"]
