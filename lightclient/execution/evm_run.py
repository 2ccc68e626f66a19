"""One run of a call by the execution specification's own interpreter, over proven state.

The library keeps its tries as dictionaries; it is given mappings instead that read proven state underneath and keep changes above, so
nothing in the library is replaced. It is imported when a `Runner` is made. Block hashes come from the header (the parent's) and from the
history contract (EIP-2935), proven like any other slot.
"""

from typing import Any

from lightclient.execution.evm_call import Call, Outcome
from lightclient.execution.evm_errors import CallCannotBegin, CallTooDeep, CallTooExpensive
from lightclient.execution.evm_fork import Fork
from lightclient.execution.evm_state import BlockHashes, Changes
from lightclient.execution.header import ExecutionHeader
from lightclient.execution.proven_state import EnoughMissedError, ProvenState
from lightclient.execution.transaction_fields import AccessList
from lightclient.execution.trie import EMPTY_TRIE_ROOT

_TRANSACTION_GAS_CAP = 1 << 24  # EIP-7825


class Runner:
    """Executes calls at one block, over one proven state."""

    def __init__(self, header: ExecutionHeader, chain_id: int, fork: str, state: ProvenState, total_gas: int) -> None:
        self.state = state
        """What is proven so far."""
        self.transaction_gas_cap = header.gas_limit if fork == "prague" else _TRANSACTION_GAS_CAP
        """Most gas one transaction may have under these rules (EIP-7825)."""
        self._header = header
        self._chain_id = chain_id
        self._fork = Fork(fork)
        self._total_gas = total_gas
        self._spent_gas = 0

    def execute(self, call: Call, gas: int) -> Outcome:
        """Returns what the call does with that much gas.

        Raises:
            CallCannotBegin, CallTooDeep, CallTooExpensive: as named.
            EnoughMissedError: so much state is missing that it has to be asked for first.
        """
        if self._spent_gas + gas > self._total_gas:
            raise CallTooExpensive("gas", self._total_gas)
        fork = self._fork
        environment = self._environment(call)
        sender = fork.address(call.sender)
        account = fork.state.get_account(environment.state, sender)
        transaction = self._transaction(call, int(account.nonce), gas)
        intrinsic, floor = fork.transactions.calculate_intrinsic_cost(transaction)
        if max(intrinsic, floor) > transaction.gas:
            raise CallCannotBegin(f"intrinsic gas too low: have {gas}, want {int(max(intrinsic, floor))}")
        if int(account.balance) < call.value:
            raise CallCannotBegin(f"insufficient funds for transfer: address 0x{call.sender.hex()}")
        fork.state.increment_nonce(environment.state, sender)
        message = fork.message.prepare_message(environment, self._envelope(call, environment, transaction.gas - intrinsic), transaction)
        try:
            result = fork.interpreter.process_message_call(message)
        except RecursionError:
            raise CallTooDeep from None
        except EnoughMissedError:
            self._spent_gas += gas
            raise
        peak = int(transaction.gas - result.gas_left)
        used = max(peak - min(peak // 5, int(result.refund_counter)), int(floor))
        self._spent_gas += peak
        if self.state.missing:
            raise EnoughMissedError
        error = None if result.error is None else type(result.error).__name__
        return Outcome(bytes(result.return_data), used, max(peak, int(floor)), error, self._accessed(message, sender, environment.coinbase))

    def _environment(self, call: Call) -> Any:
        fork, header = self._fork, self._header
        # As in geth, a call that offers no fee sees no base fee, so contracts that compare the two do not refuse it.
        base_fee = header.base_fee_per_gas or 0 if call.gas_price else 0
        return fork.vm.BlockEnvironment(
            chain_id=fork.numeric.U64(self._chain_id),
            state=self._open(),
            block_gas_limit=fork.numeric.Uint(header.gas_limit),
            block_hashes=BlockHashes(header, self.state),
            coinbase=fork.address(header.fee_recipient),
            number=fork.numeric.Uint(header.number),
            base_fee_per_gas=fork.numeric.Uint(base_fee),
            time=fork.numeric.U256(header.timestamp),
            prev_randao=fork.bytes.Bytes32(header.prev_randao),
            excess_blob_gas=fork.numeric.U64(header.excess_blob_gas or 0),
            parent_beacon_block_root=fork.bytes.Bytes32(header.parent_beacon_block_root or bytes(32)),
        )

    def _open(self) -> Any:
        """Returns a state that the interpreter may change freely, over what is proven."""
        fork, state = self._fork, self.state
        uint, u256 = fork.numeric.Uint, fork.numeric.U256

        def account(address: Any) -> Any:
            known = state.account(bytes(address))
            if known is None or not known.exists:
                return None
            return fork.types.Account(uint(known.account.nonce), u256(known.account.balance), known.code)

        def slots(address: bytes) -> Any:
            return lambda key: u256(state.slot(address, bytes(key))) or None

        # An account without storage needs no mapping: the interpreter reads zeros of its own accord, which the empty root proves.
        with_storage = [address for address, known in state.accounts.items() if known.account.storage_hash != EMPTY_TRIE_ROOT]
        return fork.state.State(
            _main_trie=fork.trie.Trie(secured=True, default=None, _data=Changes(account)),
            _storage_tries={
                fork.address(address): fork.trie.Trie(secured=True, default=u256(0), _data=Changes(slots(address)))
                for address in with_storage
            },
        )

    def _envelope(self, call: Call, environment: Any, gas: Any) -> Any:
        fork = self._fork
        return fork.vm.TransactionEnvironment(
            origin=fork.address(call.sender),
            gas_price=fork.numeric.Uint(call.gas_price),
            gas=gas,
            access_list_addresses={environment.coinbase} | {fork.address(address) for address, _ in call.access_list},
            access_list_storage_keys={
                (fork.address(address), fork.bytes.Bytes32(key)) for address, keys in call.access_list for key in keys
            },
            transient_storage=fork.state.TransientStorage(),
            blob_versioned_hashes=(),
            authorizations=(),
            index_in_block=None,
            tx_hash=None,
        )

    def _transaction(self, call: Call, nonce: int, gas: int) -> Any:
        fork = self._fork
        if call.to is None and len(call.data) > fork.interpreter.MAX_INIT_CODE_SIZE:
            raise CallCannotBegin(f"max initcode size exceeded: code size {len(call.data)}, limit {fork.interpreter.MAX_INIT_CODE_SIZE}")
        uint, u256 = fork.numeric.Uint, fork.numeric.U256
        return fork.transactions.FeeMarketTransaction(
            chain_id=fork.numeric.U64(self._chain_id),
            nonce=u256(nonce),
            max_priority_fee_per_gas=uint(0),
            max_fee_per_gas=uint(call.gas_price),
            gas=uint(gas),
            to=fork.bytes.Bytes0() if call.to is None else fork.address(call.to),
            value=u256(call.value),
            data=call.data,
            access_list=tuple(
                fork.transactions.Access(fork.address(address), tuple(fork.bytes.Bytes32(key) for key in keys))
                for address, keys in call.access_list
            ),
            y_parity=u256(0),
            r=u256(0),
            s=u256(0),
        )

    def _accessed(self, message: Any, sender: Any, coinbase: Any) -> AccessList:
        always = {*self._fork.precompiles.PRE_COMPILED_CONTRACTS, sender, coinbase, message.current_target}
        keys: dict[bytes, list[bytes]] = {bytes(address): [] for address in message.accessed_addresses - always}
        for address, key in message.accessed_storage_keys:
            keys.setdefault(bytes(address), []).append(bytes(key))
        return tuple((address, tuple(sorted(its))) for address, its in sorted(keys.items()))
