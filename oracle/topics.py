"""What a statement is about: two statements that share it and say different things contradict each other. Pure.

Off chain a topic is that of `OffchainAttestation.topicOf` in the contracts, for which the GatewayRegistry slashes: schema, what is
corrected, subject (and item), and the agent by whose rules it judges. On chain it is finer by the recipient, as `QuorumResolver.topicOf`
is: one verdict for each buyer, subject and agent. Who changes a word here changes it in the contracts, or signs what costs the stake.
"""

from oracle import abi
from oracle.keccak import keccak256
from oracle.schemas import BY_UID, LotStatement
from oracle.verdicts import WORDS


def statement_topic(schema: bytes, ref_uid: bytes, data: bytes, words: int) -> bytes:
    """Returns the topic of an off-chain statement; `words` name the subject under a schema that is not the gateway's own."""
    return keccak256(schema + ref_uid + about(schema, data, words))


def verdict_topic(schema: bytes, ref_uid: bytes, recipient: bytes, data: bytes, words: int) -> bytes:
    """Returns the topic of a statement on chain; data of a verdict's length are a verdict's."""
    if schema in BY_UID:
        return keccak256(schema + ref_uid + recipient + about(schema, data, words))
    if len(data) == WORDS * abi.WORD:
        return keccak256(schema + ref_uid + recipient + _word(data, 0) + _word(data, WORDS - 1))
    return keccak256(schema + ref_uid + data[: words * abi.WORD])


def about(schema: bytes, data: bytes, words: int = 1) -> bytes:
    """Returns the words that name subject and agent, which is the last one under each of the gateway's own schemas.

    Of data too short for its agent those of the subject, which is coarser; the contracts judge none such.
    """
    kind = BY_UID.get(schema)
    if kind is None:
        return data[: words * abi.WORD]
    subject = data[: (2 if kind is LotStatement else 1) * abi.WORD]
    return subject + _word(data, kind.SCHEMA.count(","))


def _word(data: bytes, place: int) -> bytes:
    word = data[place * abi.WORD : (place + 1) * abi.WORD]
    return word if len(word) == abi.WORD else b""
