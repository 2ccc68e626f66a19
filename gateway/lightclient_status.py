"""What the light client has verified and how far to rely on it, as one document for people and scripts."""

from typing import Any

from lightclient.heads import Head, Status


def describe(status: Status) -> dict[str, Any]:
    """Returns heads, ages, participation, committees, trust root and the sources' scores as plain values."""
    heads = status.heads
    return {
        "network": status.network,
        "finalized": _head(heads.finalized) if heads else None,
        "optimistic": _head(heads.optimistic) if heads else None,
        "committee_period": status.period if heads else None,
        "next_committee": "known" if status.next_committee_known else "not known",
        "safety_threshold": status.safety_threshold,
        "trust_root": f"0x{status.checkpoint.hex()}" if status.checkpoint else None,
        "trust_root_slot": status.trusted_slot,
        "trust_age_hours": round(status.trust_age_seconds / 3600, 1),
        "trust_age_limit_hours": status.max_trust_age_seconds // 3600,
        "forced": status.forced,
        "frozen": status.frozen or False,
        "unchecked_committees": status.unchecked_committees,
        "refusals": dict(status.refusals),
        "sources": [
            {
                "source": score.name,
                "availability": round(score.availability, 2),
                "quality": round(score.quality, 2),
                "accepted": score.accepted,
                "refused": score.refused,
                "failed": score.failed,
                "last_problem": score.last_problem,
            }
            for score in status.sources
        ],
    }


def _head(head: Head) -> dict[str, Any]:
    execution = head.execution
    return {
        "slot": head.slot,
        "block": execution.block_number if execution else None,
        "age_seconds": round(head.age_seconds, 1),
        "participation": f"{head.participants}/{head.committee_size}" if head.participants else "trusted",
    }
