"""The key's memory on disk, and how it and the store number what is signed."""

from pathlib import Path

import pytest

from gateway.signing import AttestationSigner, FileSignerMemory, SignerMemoryError
from oracle.attestation import Domain, Message
from oracle.key_errors import SequenceGapError, SequenceRepeatedError
from oracle.schemas import ShipmentStatement
from oracle.secret import SecretKey
from oracle.signer import ATTESTATIONS, GuardedSigner, LocalSigner, SigningMemory, SigningPolicy

NOW = 1_800_000_000
POLICY = SigningPolicy(schemas=frozenset({ShipmentStatement.UID}))
REMEMBERED = SigningMemory(((0, bytes(32)),), NOW, NOW, 1)


def signer(path: Path, key: int = 7) -> AttestationSigner:
    guarded = GuardedSigner(LocalSigner(SecretKey(bytes([key]) * 32)), FileSignerMemory(path), POLICY, now_s=lambda: NOW)
    return AttestationSigner(guarded, Domain("1.4.0", 1337, b"\x11" * 20))


def message(number: int) -> Message:
    return Message(
        schema=ShipmentStatement.UID,
        recipient=bytes(20),
        time=NOW,
        expiration_time=0,
        revocable=False,
        ref_uid=bytes(32),
        data=b"data",
        salt=number.to_bytes(32, "big"),
    )


def test_a_restart_before_the_store_knew_signs_the_same_again(tmp_path: Path) -> None:
    first = [signer(tmp_path / "memory")(message(n), n) for n in range(3)]
    assert [signer(tmp_path / "memory")(message(n), n) for n in range(3)] == first


def test_what_a_salvaged_store_lost_is_said_again_in_the_same_words(tmp_path: Path) -> None:
    one = signer(tmp_path / "memory")
    first = [one(message(n), n) for n in range(5)]
    # The store lost the attestation of finding 1, so it counts four and asks for it as the next.
    assert one(message(1), 4) == first[1]
    one(message(5), 5)


def test_other_words_under_a_number_that_was_used_are_refused(tmp_path: Path) -> None:
    one = signer(tmp_path / "memory")
    for number in range(5):
        one(message(number), number)
    with pytest.raises(SequenceRepeatedError, match="new key"):
        one(message(9), 4)


def test_a_memory_that_is_older_than_the_store_signs_nothing(tmp_path: Path) -> None:
    with pytest.raises(SequenceGapError):
        signer(tmp_path / "memory")(message(5), 5)


def test_a_new_key_begins_anew_beside_the_old_one(tmp_path: Path) -> None:
    old = signer(tmp_path / "memory")(message(0), 0)
    new = signer(tmp_path / "memory", key=8)(message(0), 0)
    assert old.attester != new.attester
    assert FileSignerMemory(tmp_path / "memory").load(old.attester, ATTESTATIONS) is not None


def test_the_memory_is_compared_and_swapped_and_private(tmp_path: Path) -> None:
    memory = FileSignerMemory(tmp_path / "memory")
    assert memory.swap(b"a", "s", None, REMEMBERED)
    assert not memory.swap(b"a", "s", None, REMEMBERED)
    assert FileSignerMemory(tmp_path / "memory").load(b"a", "s") == REMEMBERED
    assert (tmp_path / "memory").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "[1]", '{"a/s": null}', '{"a/s": {"recent": []}}'])
def test_a_damaged_memory_is_named_and_nothing_is_signed(tmp_path: Path, text: str) -> None:
    (tmp_path / "memory").write_text(text)
    with pytest.raises(SignerMemoryError, match="damaged"):
        signer(tmp_path / "memory")(message(0), 0)
