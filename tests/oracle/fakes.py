"""A chain, its finality, a store and a signer that implement the real interfaces, and fail on demand before or after doing their work."""

import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, TypeVar

import rlp

from oracle import anchor, artifacts, calls, eas
from oracle.chain import Sent
from oracle.fees import GWEI, FeeHistory, Fees, day_of
from oracle.finality import AnchorTarget, ProvenAccount
from oracle.keccak import keccak256
from oracle.publication import CLOSED, FinalizedBlock, Inclusion, Key, Kind, Publication, State, decode, encode
from oracle.publication_errors import ProofRefusedError, RpcUnreachableError
from oracle.publication_steps import ReportedState
from oracle.publisher import Publisher
from oracle.secret import SecretKey
from oracle.settings import PublisherSettings
from oracle.signature import recover_secp256k1 as recover
from oracle.signer import ANCHORS, LocalSigner
from oracle.transaction import SignedTransaction, Transaction, sign, signing_digest

KEY = SecretKey(bytes(range(1, 33)))
EAS = b"\xe0" * 20
TARGET = AnchorTarget(chain_id=1337, registry=b"\xa0" * 20, gateway_registry=b"\xb0" * 20, gateway=KEY.address, eas=EAS)
GENUINE = anchor.anchor_registry_code_hash(TARGET.gateway_registry)
GENUINE_CODE = artifacts.runtime_code(artifacts.load("AnchorRegistry"), {"GATEWAY_REGISTRY": TARGET.gateway_registry})
NOTHING = bytes(32)
GENESIS_S = 1_800_000_000
T = TypeVar("T")


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Returns what a coroutine returns that never really waits: fakes answer at once, so no event loop is needed."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    raise AssertionError("a fake waited")


def root_of(index: int) -> bytes:
    return keccak256(b"batch %d" % index)


class Crash(Exception):
    """The process dies here; not an OracleError, so nothing may catch it."""


@dataclass
class Faults:
    """Fails the n-th crossing of any edge, before or after its effect."""

    at: int = -1
    after: bool = False
    kind: Callable[[], Exception] = Crash
    crossings: int = 0

    def enter(self) -> bool:
        self.crossings += 1
        if self.crossings - 1 != self.at:
            return False
        if not self.after:
            raise self.kind()
        return True

    def leave(self, due: bool) -> None:
        if due:
            raise self.kind()


@dataclass(frozen=True)
class Tx:
    """A transaction as the chain sees it."""

    raw: bytes
    hash: bytes
    sender: bytes
    nonce: int
    max_fee_wei: int
    to: bytes
    data: bytes

    @classmethod
    @lru_cache(maxsize=1024)
    def parse(cls, raw: bytes) -> "Tx":
        fields: Any = rlp.decode(raw[1:])
        digest = keccak256(raw[:1] + rlp.encode(fields[:9]))
        signature = fields[10].rjust(32, b"\0") + fields[11].rjust(32, b"\0") + bytes([27 + int.from_bytes(fields[9], "big")])
        number = [int.from_bytes(item, "big") for item in fields[:4]]
        assert number[0] == TARGET.chain_id
        return cls(raw, keccak256(raw), recover(digest, signature), number[1], number[3], fields[5], fields[7])


@dataclass(frozen=True)
class Block:
    """A block with the state after it."""

    number: int
    salt: int
    nonce: int = 0
    roots: Mapping[int, bytes] = field(default_factory=dict)
    receipts: Mapping[bytes, bool] = field(default_factory=dict)
    words: Mapping[bytes, bytes] = field(default_factory=dict)
    """Storage of EAS."""

    @property
    def time_s(self) -> int:
        return GENESIS_S + 12 * self.number

    @property
    def state(self) -> dict[str, Any]:
        roots = {str(index): root.hex() for index, root in self.roots.items()}
        return {"nonce": self.nonce, "roots": roots, "words": {slot.hex(): word.hex() for slot, word in self.words.items()}}

    @property
    def finalized(self) -> FinalizedBlock:
        name = keccak256(b"block %d %d" % (self.number, self.salt))
        return FinalizedBlock(self.number, name, commitment(self.state), self.time_s)


def commitment(state: Mapping[str, Any]) -> bytes:
    return keccak256(json.dumps(state, sort_keys=True).encode())


class FakeChain:
    """A chain with a pool, reorgs and finality, on which one gateway anchors; and the RPC in front of it, which may lie."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.blocks = [Block(0, 0)]
        self.pool: dict[int, Tx] = {}
        self.salt = 0
        self.final_number = 0
        self.base_fee_wei = GWEI
        self.active = True
        self.awaited = True
        self.code_hash = GENUINE
        self.eas_code = b"\xea" * 32
        self.codes: dict[bytes, bytes] = {TARGET.registry: GENUINE_CODE, EAS: b"\xea"}
        self.disbelieved: list[bytes] = []
        self.chain_id_found = TARGET.chain_id
        self.lie: Inclusion | None = None
        self.alter_proof: Callable[[dict[str, Any]], dict[str, Any]] | None = None
        self.send_answers: list[Sent] = []
        self.silent_calls = 0
        self.hides_receipts = False
        self.on_send: Callable[[bytes], None] = lambda raw: None
        self.handed_over: list[bytes] = []
        self.proofs_asked = 0

    @property
    def head(self) -> Block:
        return self.blocks[-1]

    # What happens on the chain

    def mine(self) -> None:
        self.salt += 1
        block = Block(self.head.number + 1, self.salt, self.head.nonce, dict(self.head.roots), words=dict(self.head.words))
        receipts = {}
        while (tx := self.pool.get(block.nonce)) is not None and tx.max_fee_wei >= self.base_fee_wei:
            del self.pool[block.nonce]
            roots, words = dict(block.roots), dict(block.words)
            receipts[tx.hash] = self._attest(tx, words, block.time_s) if tx.to == EAS else self._execute(tx, roots)
            block = replace(block, nonce=block.nonce + 1, roots=roots, words=words)
        self.blocks.append(replace(block, receipts=receipts))
        self.pool = {nonce: tx for nonce, tx in self.pool.items() if nonce >= block.nonce}

    def _execute(self, tx: Tx, roots: dict[int, bytes]) -> bool:
        if tx.to != TARGET.registry:
            return True
        assert tx.data[:4] == anchor.ANCHOR
        index, root = int.from_bytes(tx.data[4:36], "big"), tx.data[36:68]
        if not self.active or index in roots or index != len(roots):
            return False
        roots[index] = root
        return True

    def _attest(self, tx: Tx, words: dict[bytes, bytes], time_s: int) -> bool:
        layout, argument = TARGET.eas_layout, tx.data[4:36]
        if tx.data[:4] == eas.ATTEST:
            if not self.awaited:
                return False
            uid = eas.uid_of(eas.decode_attest(tx.data), tx.sender, time_s)
            words[eas.attestation_slot(layout, uid)] = uid
            return True
        stamped = tx.data[:4] == eas.TIMESTAMP
        slot = eas.timestamp_slot(layout, argument) if stamped else eas.revocation_slot(layout, tx.sender, argument)
        if slot in words:
            return False
        words[slot] = time_s.to_bytes(32, "big")
        return True

    def finalize(self) -> None:
        self.final_number = self.head.number

    def reorg(self, depth: int, *, keep: bool = True) -> None:
        """Undoes up to `depth` blocks that are not final; their transactions wait again, unless the nodes forget them."""
        for _ in range(min(depth, self.head.number - self.final_number)):
            gone = self.blocks.pop()
            if keep:
                for raw in self.handed_over:
                    tx = Tx.parse(raw)
                    if tx.hash in gone.receipts:
                        self.pool[tx.nonce] = tx
        self.salt += 1

    # What the RPC says

    async def chain_id(self) -> int:
        due = self.faults.enter()
        self.faults.leave(due)
        return self.chain_id_found

    async def fee_history(self, blocks: int) -> FeeHistory:
        due = self.faults.enter()
        self.faults.leave(due)
        return FeeHistory(self.base_fee_wei, (GWEI,))

    async def send_raw_transaction(self, raw: bytes) -> Sent:
        self._silence()
        due = self.faults.enter()
        answer = self.send_answers.pop(0) if self.send_answers else self.take(raw)
        self.faults.leave(due)
        return answer

    def take(self, raw: bytes) -> Sent:
        tx = Tx.parse(raw)
        if raw not in self.handed_over and tx.sender == TARGET.gateway and tx.to in {TARGET.registry, EAS, TARGET.gateway}:
            self.on_send(raw)
        self.handed_over.append(raw)
        waiting = self.pool.get(tx.nonce)
        if tx.nonce < self.head.nonce:
            return Sent.NONCE_TOO_LOW
        if waiting is not None and waiting.hash != tx.hash and tx.max_fee_wei * 10 < waiting.max_fee_wei * 11:
            return Sent.UNDERPRICED
        self.pool[tx.nonce] = tx
        return Sent.TAKEN

    def _silence(self) -> None:
        if self.silent_calls:
            self.silent_calls -= 1
            raise unreachable()

    async def receipt(self, tx_hash: bytes) -> Inclusion | None:
        self._silence()
        due = self.faults.enter()
        self.faults.leave(due)
        if self.hides_receipts:
            return None
        if self.lie is not None:
            return replace(self.lie, tx_hash=tx_hash)
        for block in self.blocks:
            if tx_hash in block.receipts:
                return Inclusion(tx_hash, block.number, block.finalized.block_hash, block.receipts[tx_hash], 53_000, self.base_fee_wei)
        return None

    def disbelieve(self, tx_hash: bytes) -> None:
        self.disbelieved.append(tx_hash)

    async def reported(self, address: bytes) -> ReportedState:
        due = self.faults.enter()
        self.faults.leave(due)
        return ReportedState(self.final_number, self.blocks[self.final_number].nonce)

    async def get_code(self, address: bytes) -> bytes:
        due = self.faults.enter()
        self.faults.leave(due)
        return self.codes[address]

    async def checked_proof(self, address: bytes, slots: Sequence[bytes], block: int, check: Callable[[Mapping[str, Any]], T]) -> T:
        return check(await self.get_proof(address, slots, block))

    async def get_proof(self, address: bytes, slots: Sequence[bytes], block: int) -> Mapping[str, Any]:
        self._silence()
        due = self.faults.enter()
        self.proofs_asked += 1
        answer = {
            "address": address.hex(),
            "state": self.blocks[block].state,
            "code": (self.eas_code if address == EAS else self.code_hash).hex(),
        }
        self.faults.leave(due)
        return self.alter_proof(answer) if self.alter_proof else answer


class FakeFinality:
    """A light client that knows which block is final, and that an answer proves a state if it hashes to the state's root."""

    def __init__(self, chain: FakeChain) -> None:
        self.chain = chain
        self.silent = False

    def finalized(self) -> FinalizedBlock | None:
        return None if self.silent else self.chain.blocks[self.chain.final_number].finalized

    def verify(self, answer: Mapping[str, Any], block: FinalizedBlock, address: bytes, slots: Sequence[bytes]) -> ProvenAccount:
        state = answer["state"]
        if commitment(state) != block.state_root or answer["address"] != address.hex():
            raise ProofRefusedError(address, block.number, "it hashes to another root")
        if address == TARGET.gateway:
            return ProvenAccount(state["nonce"], NOTHING, ())
        if address == EAS:
            words = {bytes.fromhex(slot): bytes.fromhex(word) for slot, word in state["words"].items()}
            return ProvenAccount(1, bytes.fromhex(answer["code"]), tuple(words.get(slot, NOTHING) for slot in slots))
        by_slot = {anchor.anchor_slot(TARGET.gateway, int(index)): bytes.fromhex(root) for index, root in state["roots"].items()}
        return ProvenAccount(1, bytes.fromhex(answer["code"]), tuple(by_slot.get(slot, NOTHING) for slot in slots))


class FakeStore:
    """A PublicationStore that keeps what a disk would: bytes, the nonce ledger, and the book of fees."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.kept: dict[Key, bytes] = {}
        self.nonces: dict[int, Key] = {}
        self.fees: dict[int, tuple[int, int]] = {}
        self.pins: dict[bytes, bytes] = {}

    def put(self, record: Publication) -> None:
        self.kept[record.key] = encode(record)

    def all(self, kind: Kind | None = Kind.ANCHOR) -> list[Publication]:
        """Returns the records of a kind by index, or all as they were staged."""
        every = [decode(record) for record in self.kept.values()]
        return every if kind is None else sorted((one for one in every if one.kind is kind), key=lambda one: one.index)

    def _held(self, floor: int) -> list[int]:
        holding = [one for one in self.all(None) if one.state not in CLOSED and one.state is not State.REPLACED]
        return sorted(one.nonce for one in holding if one.nonce is not None and one.nonce >= floor)

    async def load_open(self, gateway: bytes) -> tuple[Publication, ...]:
        due = self.faults.enter()
        self.faults.leave(due)
        left = [record for record in self.all(None) if record.state not in CLOSED]
        return tuple(sorted(left, key=lambda record: record.kind is not Kind.FILLER))

    async def compare_and_swap(self, old: Publication | None, new: Publication) -> bool:
        due = self.faults.enter()
        done = new.index == len(self.all(new.kind)) if old is None else decode(self.kept[old.key]).revision == old.revision
        if done:
            self.put(new)
            if new.nonce is not None and new.attempts:
                day = self.fees.get(new.nonce, (day_of(new.attempts[0].signed_ms), 0))[0]
                self.fees[new.nonce] = (day, new.cost_wei())
        self.faults.leave(due)
        return done

    async def reserve_nonce(self, gateway: bytes, key: Key, floor: int) -> int:
        due = self.faults.enter()
        nonce = max([floor, *(held + 1 for held in self._held(floor))])
        self.nonces[nonce] = key
        self.faults.leave(due)
        return nonce

    async def next_index(self, gateway: bytes, kind: Kind) -> int:
        due = self.faults.enter()
        self.faults.leave(due)
        return len(self.all(kind))

    async def find_gaps(self, gateway: bytes, floor: int) -> tuple[int, ...]:
        due = self.faults.enter()
        self.faults.leave(due)
        held = self._held(floor)
        return tuple(sorted(set(range(floor, max(held, default=floor))) - set(held)))

    async def spent_wei(self, gateway: bytes, since_ms: int) -> int:
        due = self.faults.enter()
        self.faults.leave(due)
        return sum(wei for day, wei in self.fees.values() if day >= since_ms)

    async def pin(self, address: bytes, fingerprint: bytes) -> bytes:
        due = self.faults.enter()
        kept = self.pins.setdefault(address, fingerprint)
        self.faults.leave(due)
        return kept


class FakeAnchorSigner:
    """Signs with the test key, and remembers like the guarded one: one call per number."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.signed: dict[int, bytes] = {}
        self.others: dict[str, dict[int, bytes]] = {}
        self.refusal: Exception | None = None

    @property
    def address(self) -> bytes:
        return TARGET.gateway

    async def sign_transaction(self, stream: str, sequence: int, call: Transaction, fees: Fees) -> bytes:
        due = self.faults.enter()
        if self.refusal is not None:
            raise self.refusal
        signed = self.signed if stream == ANCHORS else self.others.setdefault(stream, {})
        assert signed.setdefault(sequence, call.data) == call.data
        assert sorted(signed) == list(range(len(signed)))
        signature = LocalSigner(KEY).sign_digest(signing_digest(call, fees))
        self.faults.leave(due)
        return signature


class World:
    """Everything around a publisher, with a clock; the publisher can be replaced by a new one at any time."""

    def __init__(self, faults: Faults | None = None, settings: PublisherSettings | None = None, *, proving: bool = True) -> None:
        self.faults = faults or Faults()
        self.settings = settings or PublisherSettings()
        self.proving = proving
        self.chain = FakeChain(self.faults)
        self.finality = FakeFinality(self.chain)
        self.store = FakeStore(self.faults)
        self.signer = FakeAnchorSigner(self.faults)
        self.now_ms = 1_800_000_000_000
        self.conditions: dict[str, str] = {}
        self.told: list[tuple[str, str | None]] = []
        self.chain.on_send = self._check_sent
        self.restart()

    def restart(self) -> None:
        self.conditions = {}
        self.publisher = Publisher(
            chain=self.chain,
            finality=self.finality if self.proving else None,
            store=self.store,
            signer=self.signer,
            target=TARGET,
            settings=self.settings,
            now_ms=lambda: self.now_ms,
            report=self._report,
        )

    def _report(self, name: str, severity: str | None, text: str) -> None:
        self.told.append((name, severity))
        if severity is None:
            del self.conditions[name]
        else:
            self.conditions[name] = text

    def _check_sent(self, raw: bytes) -> None:
        assert any(attempt.raw == raw for record in self.store.all(None) for attempt in record.attempts), "sent before it was on disk"

    def stage(self, count: int = 1) -> None:
        for _ in range(count):
            index = len(self.store.all())
            self.store.put(Publication(TARGET.chain_id, TARGET.registry, TARGET.gateway, index, root_of(index), 9, self.now_ms))

    def stage_verdict(self) -> None:
        index = len(self.store.all(Kind.VERDICT))
        verdict = eas.OnchainAttestation(schema=b"\x5c" * 32, data=b"verdict %d" % index)
        self.store.put(calls.stage_verdict(TARGET.chain_id, EAS, TARGET.gateway, index=index, attestation=verdict, now_ms=self.now_ms))

    def stage_revocation(self) -> None:
        index = len(self.store.all(Kind.REVOCATION))
        uid = keccak256(b"uid %d" % index)
        self.store.put(calls.stage_revocation(TARGET.chain_id, EAS, TARGET.gateway, index=index, uid=uid, now_ms=self.now_ms))

    def stage_stamp(self) -> None:
        index = len(self.store.all(Kind.STAMP))
        record = calls.stage_stamp(TARGET.chain_id, EAS, TARGET.gateway, index=index, root=root_of(index), count=3, now_ms=self.now_ms)
        self.store.put(record)

    def step(self, seconds: int = 5) -> bool:
        self.now_ms += seconds * 1000
        return drive(self.publisher.step())

    def foreign(self, nonce: int | None = None) -> SignedTransaction:
        """Returns a transaction of the gateway's key that is not the publisher's, already taken by the chain."""
        call = Transaction(TARGET.chain_id, self.chain.head.nonce if nonce is None else nonce, b"\x99" * 20, b"", 21_000)

        async def local(digest: bytes) -> bytes:
            return LocalSigner(KEY).sign_digest(digest)

        signed = drive(sign(call, Fees(10**13, 1), TARGET.gateway, local))
        self.chain.take(signed.raw)
        return signed

    def copy_anchors(self, record: Publication, nonce: int | None = None) -> None:
        """Another copy of the gateway, with the same key and store, anchors a batch under a nonce of its own."""
        data = anchor.anchor_calldata(record.index, record.root, record.count)
        call = Transaction(TARGET.chain_id, self.chain.head.nonce if nonce is None else nonce, TARGET.registry, data, 100_000)

        async def local(digest: bytes) -> bytes:
            return LocalSigner(KEY).sign_digest(digest)

        signed = drive(sign(call, Fees(10**13, 1), TARGET.gateway, local))
        # The signer is one, whoever asks it.
        self.signer.signed.setdefault(record.index, data)
        tx = Tx.parse(signed.raw)
        self.chain.handed_over.append(signed.raw)
        self.chain.pool[tx.nonce] = tx

    @property
    def states(self) -> list[State]:
        return [record.state for record in self.store.all()]

    def states_of(self, kind: Kind) -> list[State]:
        return [record.state for record in self.store.all(kind)]

    def check(self) -> None:
        """Holds at every moment: what is final is anchored, in order, once, and with the root that was staged."""
        final = self.chain.blocks[self.chain.final_number]
        for block in self.chain.blocks:
            assert list(block.roots) == list(range(len(block.roots)))
            assert all(root == root_of(index) for index, root in block.roots.items())
        for record in self.store.all(None):
            if record.kind is Kind.ANCHOR:
                assert record.root == root_of(record.index)
                assert record.state is not State.FINAL or final.roots.get(record.index) == record.root
            if record.kind is Kind.VERDICT and record.state is State.FINAL:
                assert record.uid is not None
                assert final.words[eas.attestation_slot(TARGET.eas_layout, record.uid)] == record.uid
            assert (record.state is State.FINAL) == (record.final is not None)
            assert self.proving or record.state is not State.FINAL
        verdicts = [word for word in self.chain.head.words.values() if any(word[:16])]
        assert len(verdicts) <= len(self.store.all(Kind.VERDICT)), "a verdict stands twice"
        unspent = [record for record in self.store.all(None) if record.nonce is not None and record.state not in {State.REPLACED, *CLOSED}]
        assert len({record.nonce for record in unspent}) == len(unspent), "two publications under one nonce"

    def settle(self, rounds: int = 60, seconds: int = 300) -> None:
        """Lets an honest world run until everything is final."""
        for _ in range(rounds):
            self.step(seconds)
            self.check()
            self.chain.mine()
            self.check()
            self.chain.finalize()
            if all(record.state in CLOSED for record in self.store.all(None)):
                return
        left = [(record.key, record.state, record.nonce) for record in self.store.all(None) if record.state not in CLOSED]
        raise AssertionError(f"not final after {rounds} rounds: {left}, {self.conditions}")


def unreachable() -> Exception:
    return RpcUnreachableError("eth_anything", "connection reset")
