"""Accounts, storage and code after a verified block, each proven under its state root (EIP-1186)."""

from collections.abc import Mapping, Sequence
from typing import Any

from lightclient.endpoints.endpoint import Endpoint
from lightclient.execution.header import ExecutionHeader
from lightclient.execution.json_fields import data
from lightclient.execution.proof import EMPTY_CODE_HASH, Account, ProvenAccount, verify_code, verify_proof_answer
from lightclient.rpc.asking import Asking
from lightclient.rpc.cache import Recent
from lightclient.rpc.forms import hex_data
from lightclient.rpc.headers import mapping

MAX_CODE_BYTES = 1 << 18
"""Longest code asked for: ten times the limit of today (EIP-170), four times what is proposed."""


class State:
    """The state after any verified block."""

    def __init__(self, asking: Asking, codes: int) -> None:
        self._asking = asking
        self._codes: Recent[bytes, bytes] = Recent(codes)

    async def prove(self, header: ExecutionHeader, address: bytes, keys: Sequence[bytes]) -> tuple[ProvenAccount, Mapping[str, Any]]:
        """Returns the account and the words at the keys after a block, and the answer of `eth_getProof` that proves them."""
        asked = [hex_data(key) for key in keys]

        async def attempt(endpoint: Endpoint) -> tuple[ProvenAccount, Mapping[str, Any]]:
            answer = mapping(await self._asking.call_at(endpoint, header, "eth_getProof", hex_data(address), asked))
            return verify_proof_answer(answer, state_root=header.state_root, address=address, keys=keys), answer

        return await self._asking.ask(f"prove account 0x{address.hex()} at block {header.number}", attempt)

    async def account(self, header: ExecutionHeader, address: bytes) -> Account:
        """Returns the account after a block; an absent one is empty."""
        return (await self.prove(header, address, ()))[0].account

    async def code(self, header: ExecutionHeader, address: bytes) -> bytes:
        """Returns the code of an account after a block."""
        return await self.code_of(header, address, await self.account(header, address))

    async def code_of(self, header: ExecutionHeader, address: bytes, account: Account) -> bytes:
        """Returns the code of an account that is proven already; each code is fetched once."""
        if account.code_hash == EMPTY_CODE_HASH:
            return b""
        known = self._codes.get(account.code_hash)
        if known is not None:
            return known

        async def attempt(endpoint: Endpoint) -> bytes:
            answer = await self._asking.call_at(endpoint, header, "eth_getCode", hex_data(address))
            return verify_code(data(answer, "code", max_length=MAX_CODE_BYTES), account)

        return self._codes.put(account.code_hash, await self._asking.ask(f"give the code of 0x{address.hex()}", attempt))
