"""Tries built from their whole content: roots of lists in a header, and proofs for single entries of them.

Source: Ethereum yellow paper, appendix D and section 4.4 (keys are the RLP of the index). The counterpart of `trie`, which only reads.
"""

from collections.abc import Mapping, Sequence

from lightclient.execution import rlp
from lightclient.execution.trie import EMPTY_TRIE_ROOT, keccak256

Entries = Sequence[tuple[str, bytes]]
"""Keys as hexadecimal digits with their values, sorted."""


def trie_root(entries: Mapping[bytes, bytes]) -> bytes:
    """Returns the root of the trie that holds exactly these entries; an empty value stands for no entry."""
    return _root(_sorted(entries), None)[0]


def trie_proof(entries: Mapping[bytes, bytes], key: bytes) -> tuple[bytes, ...]:
    """Returns the nodes from the root to the key, which prove its value or that it has none."""
    return _root(_sorted(entries), key.hex())[1]


def ordered_trie_root(items: Sequence[bytes]) -> bytes:
    """Returns the root of the trie that holds the items by their index."""
    return trie_root(_indexed(items))


def ordered_trie_proof(items: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Returns the nodes that prove one item of the list under `ordered_trie_root`."""
    return trie_proof(_indexed(items), index_key(index))


def index_key(index: int) -> bytes:
    """Returns the key under which a list's trie holds an index."""
    return rlp.encode(rlp.encode_uint(index))


def _indexed(items: Sequence[bytes]) -> dict[bytes, bytes]:
    return {index_key(index): item for index, item in enumerate(items)}


def _sorted(entries: Mapping[bytes, bytes]) -> Entries:
    return sorted((key.hex(), value) for key, value in entries.items() if value)


def _root(entries: Entries, wanted: str | None) -> tuple[bytes, tuple[bytes, ...]]:
    if not entries:
        return EMPTY_TRIE_ROOT, ()
    proof: list[bytes] = []
    encoded = rlp.encode(_node(entries, 0, wanted, proof))
    # Children come before their parents; a root shorter than a hash is a node of its own all the same.
    return keccak256(encoded), () if wanted is None else (encoded, *reversed(proof))


def _node(entries: Entries, depth: int, wanted: str | None, proof: list[bytes]) -> rlp.Item:
    """Returns the node over entries that agree in their first `depth` digits; collects the encodings on the way to the wanted key."""
    first, value = entries[0]
    if len(entries) == 1:
        return [_hex_prefix(first[depth:], leaf=True), value]
    shared = _shared_digits(first, entries[-1][0], depth)
    if shared > depth:
        segment = first[depth:shared]
        onward = wanted if wanted is not None and wanted[depth:shared] == segment else None
        return [_hex_prefix(segment, leaf=False), _reference(entries, shared, onward, proof)]
    branch: list[rlp.Item] = [b""] * 17
    start = 0
    if len(first) == depth:
        branch[16], start = value, 1
    while start < len(entries):
        digit = entries[start][0][depth]
        end = start
        while end < len(entries) and entries[end][0][depth] == digit:
            end += 1
        onward = wanted if wanted is not None and wanted[depth : depth + 1] == digit else None
        branch[int(digit, 16)] = _reference(entries[start:end], depth + 1, onward, proof)
        start = end
    return branch


def _reference(entries: Entries, depth: int, wanted: str | None, proof: list[bytes]) -> rlp.Item:
    node = _node(entries, depth, wanted, proof)
    encoded = rlp.encode(node)
    if len(encoded) < 32:
        return node
    if wanted is not None:
        proof.append(encoded)
    return keccak256(encoded)


def _shared_digits(first: str, last: str, depth: int) -> int:
    end = depth
    while end < len(first) and first[end] == last[end]:
        end += 1
    return end


def _hex_prefix(digits: str, *, leaf: bool) -> bytes:
    flag = 2 * leaf + len(digits) % 2
    return bytes.fromhex(f"{flag:x}{'' if len(digits) % 2 else '0'}{digits}")
