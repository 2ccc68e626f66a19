"""Settings of the execution half of the devnet; the consensus half keeps its own."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta


@dataclass(frozen=True, slots=True)
class ExecutionSettings:
    """What the execution chain is made of and how much of it is kept."""

    seed: str = "aios"
    """Accounts are derived from it: the same seed gives the same keys, hence the same deployment addresses."""
    chain_id: Annotated[int, Meta(ge=1, lt=2**53)] = 1337
    """Chain id (EIP-155), signed into every transaction."""
    accounts: Annotated[int, Meta(ge=0, le=1000)] = 10
    """How many funded accounts genesis holds."""
    balance_wei: Annotated[int, Meta(ge=0, lt=2**128)] = 10_000 * 10**18
    """What each of them owns at genesis, wei."""
    gas_limit: Annotated[int, Meta(ge=5_000, lt=2**63)] = 60_000_000
    """Gas limit of every block (EIP-7935)."""
    base_fee_wei: Annotated[int, Meta(ge=7, lt=2**63)] = 10**9
    """Base fee of genesis, wei; from then on EIP-1559 moves it."""
    fee_recipient: Annotated[str, Meta(pattern="^0x[0-9a-fA-F]{40}$")] = "0x00000000000000000000000000000000000000aa"
    """Who receives the tips."""
    state_history: Annotated[int, Meta(ge=1)] = 1024
    """How many blocks behind the head can still be asked for their state (eth_call, eth_getProof)."""
    block_history: Annotated[int, Meta(ge=256)] = 16384
    """How many blocks behind the head are kept with their receipts and logs."""
    pool_size: Annotated[int, Meta(ge=1)] = 4096
    """How many transactions may wait in the pool."""
    call_gas: Annotated[int, Meta(ge=21_000)] = 2**24
    """The most gas one eth_call may use; it runs in the thread that builds blocks, so it also bounds how long that may wait."""
