"""Why a transaction is not sent or an anchor not believed: the refusals of publishing, by family.

The families are those of `oracle.errors`: ours, the peer's, the environment's. Retry policy reads the class, never the message.
"""

from collections.abc import Sequence

from oracle.errors import MisuseError, RefusedError, SurroundingsError, shorten
from oracle.hexes import to_checksum

# Artifacts and events


class ArtifactUnknownError(MisuseError):
    """No artifact of that name is shipped."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no artifact named {name!r} is shipped in oracle/artifacts; run `make contracts` if the contract is new")
        self.name = name
        """The name asked for."""


class ArtifactNotBuiltError(SurroundingsError):
    """The artifact of a contract that is not committed is not in its folder."""

    def __init__(self, name: str, folder: str) -> None:
        """Holds the name asked for and the folder."""
        self.name = name
        self.folder = folder
        super().__init__(f"{folder} holds no artifact of {name!r}: run `make contracts`, or unpack a release's contracts there")


class ImmutablesMismatchError(MisuseError):
    """The immutables given are not those of the contract."""

    def __init__(self, contract: str, wanted: Sequence[str], given: Sequence[str]) -> None:
        super().__init__(f"{contract} has the immutables {list(wanted)}, given were {list(given)}")
        self.contract = contract
        """The contract's name."""
        self.wanted = tuple(wanted)
        """Names of its immutables."""
        self.given = tuple(given)
        """What was given instead."""


class EventNotAnchoredError(RefusedError):
    """A log is not the event of an anchor."""

    def __init__(self, topics: Sequence[bytes]) -> None:
        super().__init__(f"a log with {len(topics)} topics is not `Anchored(address,uint64,bytes32,uint32)`")
        self.topics = tuple(topics)
        """The log's topics."""


class StorageWordError(RefusedError):
    """A word of storage is none that the contract writes."""

    def __init__(self, record: str, word: int) -> None:
        """Holds which record it should be, and the word."""
        self.record = record
        self.word = word
        super().__init__(f"0x{word:064x} is no {record} record of a GatewayRegistry; is the proof of another contract's slot?")


class EventNotAttestedError(RefusedError):
    """A log is not that of an attestation on chain."""

    def __init__(self, topics: Sequence[bytes]) -> None:
        super().__init__(f"a log with {len(topics)} topics is not `Attested(address,address,bytes32,bytes32)`")
        self.topics = tuple(topics)
        """The log's topics."""


class CalldataRefusedError(RefusedError):
    """Calldata is not what this software writes."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"calldata is refused: {reason}")
        self.reason = reason
        """What is wrong with it."""


# Publication


class TransitionRefusedError(MisuseError):
    """The transition table does not know this step."""

    def __init__(self, index: int, state: str, event: str) -> None:
        super().__init__(f"anchor {index} is {state}, and {event} does not happen to it there; see oracle.publication.TRANSITIONS")
        self.index = index
        """The anchor's index."""
        self.state = state
        """Where the publication stands."""
        self.event = event
        """What was said to have happened."""


class AnchorNotProvenError(RefusedError):
    """An RPC claims an anchor that the proven state does not hold."""

    def __init__(self, index: int, claimed_block: int, proven_block: int, tx_hash: bytes) -> None:
        super().__init__(
            f"the RPC claims that 0x{tx_hash.hex()} of batch {index} is in block {claimed_block}, "
            f"but the proven state of block {proven_block} knows nothing of it; the claim is not believed: use another RPC"
        )
        self.index = index
        """The anchor's index."""
        self.claimed_block = claimed_block
        """Block in which the RPC claims the anchor."""
        self.proven_block = proven_block
        """Finalized block whose state was proven."""
        self.tx_hash = tx_hash
        """The transaction claimed to be included."""


class AnchorOverdueError(RefusedError):
    """An RPC claims an inclusion that does not become final."""

    def __init__(self, index: int, waited_ms: int) -> None:
        super().__init__(
            f"batch {index} is said to be included for {waited_ms // 60_000} minutes and is not final: "
            "finality stands still, the light client is behind, or the RPC makes it up; see the light client's head"
        )
        self.index = index
        """The anchor's index."""
        self.waited_ms = waited_ms
        """How long ago the inclusion was recorded."""


class AnchorConflictError(RefusedError):
    """Another root stands, proven and final, where ours should."""

    def __init__(self, index: int, ours: bytes, proven: bytes) -> None:
        super().__init__(
            f"batch {index} is anchored for good with root 0x{proven.hex()}, ours is 0x{ours.hex()}: "
            "another process uses this gateway's key, or this store was restored from an old copy; stop both and compare"
        )
        self.index = index
        """The anchor's index."""
        self.ours = ours
        """The root staged here."""
        self.proven = proven
        """The root on chain."""


class NonceSpentError(RefusedError):
    """The nonce was used up, and the anchor does not stand."""

    def __init__(self, index: int, nonce: int, proven_block: int, *, reverted: bool) -> None:
        why = "our transaction was reverted" if reverted else "by a transaction that is none of ours"
        super().__init__(
            f"nonce {nonce} of batch {index} is spent at block {proven_block} without the anchor ({why}); "
            "it is tried again under a new nonce: check that oracle.publisher.gas_limit suffices and that nobody else uses the key"
        )
        self.index = index
        """The anchor's index."""
        self.nonce = nonce
        """The nonce that was spent in vain."""
        self.proven_block = proven_block
        """Finalized block whose state was proven."""
        self.reverted = reverted
        """Whether an RPC says that our own transaction was included and failed."""


class ContractChangedError(RefusedError):
    """The contract is not what it was when this gateway first used it: it was upgraded, or another network's address is set."""

    def __init__(self, address: bytes, kept: bytes, proven: bytes) -> None:
        super().__init__(
            f"the code at {to_checksum(address)} changed: fingerprint 0x{proven.hex()} instead of 0x{kept.hex()}; nothing is sent to it. "
            f"Read its operators' announcement, then accept it: aios oracle accept {to_checksum(address)}"
        )
        self.address = address
        """The contract."""
        self.kept = kept
        """Its fingerprint when it was first used."""
        self.proven = proven
        """Its fingerprint now."""


class RegistryNotGenuineError(RefusedError):
    """The code at the registry's address is not what our sources compile to."""

    def __init__(self, address: bytes, wanted: bytes, proven: bytes) -> None:
        super().__init__(
            f"the code at {to_checksum(address)} has hash 0x{proven.hex()}, a genuine AnchorRegistry has 0x{wanted.hex()}; "
            "correct oracle.registry and oracle.gateway_registry in the settings"
        )
        self.address = address
        """The address asked about."""
        self.wanted = wanted
        """Code hash of the artifact with the immutables filled in."""
        self.proven = proven
        """Code hash in the account's proof."""


# The chain


class FeeCeilingError(SurroundingsError):
    """The chain wants more than the operator allows; later it may want less."""

    def __init__(self, wanted_wei: int, ceiling_wei: int) -> None:
        """Holds both fees per gas."""
        self.wanted_wei = wanted_wei
        self.ceiling_wei = ceiling_wei
        super().__init__(
            f"a transaction would have to offer {wanted_wei / 1e9:g} gwei per gas, the ceiling is {ceiling_wei / 1e9:g}; "
            "wait, or raise the ceiling in [oracle.publisher.fees]"
        )


class FeeBudgetError(SurroundingsError):
    """The day's fees are spent; tomorrow there are new ones."""

    def __init__(self, wanted_wei: int, spent_wei: int, budget_wei: int) -> None:
        """Holds what the transaction can cost, what the day's cost already, and the budget."""
        self.wanted_wei = wanted_wei
        self.spent_wei = spent_wei
        self.budget_wei = budget_wei
        super().__init__(
            f"a transaction of up to {wanted_wei / 1e18:.6f} ether does not fit: {spent_wei / 1e18:.6f} "
            f"of the day's {budget_wei / 1e18:.6f} are spent or promised; "
            "it waits for the next day (UTC), or raise oracle.publisher.fees.budget_wei_per_day"
        )


class NonceGapError(SurroundingsError):
    """A nonce that nobody uses holds up what comes after it; it is being filled."""

    def __init__(self, nonce: int) -> None:
        """Holds the nonce."""
        self.nonce = nonce
        super().__init__(
            f"nonce {nonce} was left unused and holds up what is signed after it; it is filled with a transfer of nothing to ourselves: "
            "check whether another copy of this gateway's key or store is in use"
        )


class VerdictRefusedOnChainError(RefusedError):
    """A verdict was sent several times and does not stand: its resolver refuses it."""

    def __init__(self, index: int, tries: int) -> None:
        """Holds the verdict's index and how often it was tried."""
        self.index = index
        self.tries = tries
        super().__init__(
            f"verdict {index} does not stand after {tries} transactions and is not sent again: its resolver refuses it, "
            "because nobody awaits it any more, or because the gateway is not on the panel"
        )


class VerdictUnclearError(RefusedError):
    """A verdict's nonce is spent on a network that cannot be proven, and nobody shows the receipt: it is not signed again."""

    def __init__(self, index: int) -> None:
        """Holds the verdict's index."""
        self.index = index
        super().__init__(
            f"the nonce of verdict {index} is spent and no RPC shows its receipt; it is not signed again, for it might stand twice: "
            "look the gateway's address up in an explorer, or use another RPC"
        )


class RpcUnreachableError(SurroundingsError):
    """The RPC did not answer in time, or not with a success."""

    def __init__(self, method: str, reason: str) -> None:
        """Holds the method and the reason."""
        self.method = method
        self.reason = reason
        super().__init__(f"{method}: the RPC does not answer: {reason}")


class NotMinedError(SurroundingsError):
    """A transaction was sent, and no receipt of it was shown for a while."""

    def __init__(self, tx_hash: bytes, what: str, questions: int) -> None:
        """Holds the transaction's hash, what it is for, and how often was asked."""
        self.tx_hash = tx_hash
        self.what = what
        self.questions = questions
        super().__init__(
            f"{what}: 0x{tx_hash.hex()} is not mined after {questions} questions; it may be still: "
            "look it up in an explorer before you send again"
        )


class RpcAnswerError(RefusedError):
    """The RPC's answer is not what the method answers: wrong shape, too long, or for another question."""

    def __init__(self, method: str, reason: str) -> None:
        """Holds the method and the reason."""
        self.method = method
        self.reason = reason
        super().__init__(f"{method}: the RPC's answer is refused: {reason}; use another RPC if this stays")


class RpcRefusedError(RefusedError):
    """The RPC answered with an error."""

    def __init__(self, method: str, code: int, message: str, revert_data: bytes = b"") -> None:
        """Holds the method, the error's code and message, and what a contract reverted with, where there is any."""
        self.method = method
        self.code = code
        self.message = message
        self.revert_data = revert_data
        super().__init__(f"{method}: the RPC answers with error {code}: {shorten(message)}")


class WrongChainError(MisuseError):
    """The RPC serves another chain than the settings name."""

    def __init__(self, wanted: int, found: int) -> None:
        """Holds both chain ids."""
        self.wanted = wanted
        self.found = found
        super().__init__(f"the RPC serves chain {found}, the settings say {wanted}; correct oracle.rpc_url or oracle.chain_id")


class PrecompilesMissingError(RefusedError):
    """A chain lacks the precompiles of EIP-2537, without which aggregated signatures cannot be checked."""

    def __init__(self, chain_id: int) -> None:
        """Holds the chain's id."""
        self.chain_id = chain_id
        super().__init__(f"chain {chain_id} has no BLS precompiles (EIP-2537), so a BlsShipmentEscrow is of no use there: give --no-bls")


class EasMissingError(RefusedError):
    """There is no EAS at an address, so nothing that rests on it can be deployed."""

    def __init__(self, eas: bytes, chain_id: int) -> None:
        """Holds the address and the chain's id."""
        self.eas = eas
        self.chain_id = chain_id
        super().__init__(
            f"{to_checksum(eas)} is no EAS on chain {chain_id}: it names no SchemaRegistry; check the address (--eas) and the network"
        )


class TransactionRevertsError(RefusedError):
    """A transaction would revert if it were sent now, so it is not sent."""

    def __init__(self, what: str, reason: str) -> None:
        """Holds what it was for and the contract's error."""
        self.what = what
        self.reason = reason
        super().__init__(f"{what}: the contract refuses: {reason}")


class TransactionFailedError(RefusedError):
    """A transaction that had to succeed was reverted."""

    def __init__(self, tx_hash: bytes, what: str) -> None:
        """Holds the transaction's hash and what it was to do."""
        self.tx_hash = tx_hash
        self.what = what
        super().__init__(
            f"{what}: transaction 0x{tx_hash.hex()} was reverted; is the sender an operator that the registry's owner admitted?"
        )


class ProofRefusedError(RefusedError):
    """The RPC's proof does not hold against the light client's finalized state."""

    def __init__(self, address: bytes, block: int, reason: str) -> None:
        """Holds the address asked about, the block and the reason."""
        self.address = address
        self.block = block
        self.reason = reason
        super().__init__(
            f"the RPC's proof of {to_checksum(address)} in block {block} does not hold: {shorten(reason, 200)}; use another RPC"
        )


class RegistryAbsentError(SurroundingsError):
    """There is no contract at the registry's address in finalized state, perhaps not yet."""

    def __init__(self, address: bytes, block: int) -> None:
        """Holds the address and the finalized block."""
        self.address = address
        self.block = block
        super().__init__(
            f"finalized block {block} holds no contract at {to_checksum(address)}: wait until its deployment is final, "
            "or correct oracle.registry in the settings"
        )


class NothingFinalizedError(SurroundingsError):
    """The light client has no finalized execution block yet."""

    def __init__(self) -> None:
        """Holds nothing."""
        super().__init__("the light client has no finalized block yet, so nothing is signed; see its condition")


class NodeRefusesError(SurroundingsError):
    """A node does not take our transaction, for a reason that time or a person may remove."""

    def __init__(self, index: int, reason: str, remedy: str) -> None:
        """Holds the anchor's index and the node's reason."""
        self.index = index
        self.reason = reason
        super().__init__(f"the node does not take the transaction of batch {index}: {reason}; {remedy}")


class RecordMovedError(SurroundingsError):
    """A publication was changed by somebody else meanwhile; it is read again."""

    def __init__(self, index: int) -> None:
        """Holds the anchor's index."""
        self.index = index
        super().__init__(f"the record of batch {index} was changed meanwhile: it is read again; run one gateway per store")
