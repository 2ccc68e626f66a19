"""Methods that read the state after a block: every value is proven under the state root of a verified header."""

from lightclient.execution.proof import ProvenAccount
from lightclient.rpc.answer import Answer, unverifiable
from lightclient.rpc.chain import VerifiedChain
from lightclient.rpc.errors import TooMuchAsked
from lightclient.rpc.forms import BlockRef, hex_data, hex_quantity

ACCOUNT = "account proof"
"""What balances and nonces follow from."""


async def get_balance(chain: VerifiedChain, address: bytes, at: BlockRef) -> Answer:
    """Returns an account's balance, wei."""
    header = await chain.resolve(at)
    account = await chain.state.account(header, address)
    return Answer(hex_quantity(account.balance), ACCOUNT, block=header)


async def get_transaction_count(chain: VerifiedChain, address: bytes, at: BlockRef) -> Answer:
    """Returns an account's nonce; `pending` counts those handed over here on top, which is a promise of nobody."""
    header = await chain.resolve(at)
    nonce = (await chain.state.account(header, address)).nonce
    if at.tag != "pending":
        return Answer(hex_quantity(nonce), ACCOUNT, block=header)
    following = chain.sending.next_nonce(address, nonce)
    why = "account proof, and the transactions handed over here that may still be waiting"
    return unverifiable(hex_quantity(following), why, block=header, proven=hex_quantity(nonce))


async def get_code(chain: VerifiedChain, address: bytes, at: BlockRef) -> Answer:
    """Returns an account's code."""
    header = await chain.resolve(at)
    return Answer(hex_data(await chain.state.code(header, address)), "account proof and code hash", block=header)


async def get_storage_at(chain: VerifiedChain, address: bytes, key: bytes, at: BlockRef) -> Answer:
    """Returns a storage word, 32 bytes."""
    header = await chain.resolve(at)
    proven, _ = await chain.state.prove(header, address, (key,))
    return Answer(hex_data(proven.storage[0].to_bytes(32, "big")), "account and storage proof", block=header)


async def get_proof(chain: VerifiedChain, address: bytes, keys: tuple[bytes, ...], at: BlockRef) -> Answer:
    """Returns an account and storage words with the proofs that were checked (EIP-1186), written in one way whatever the server's is.

    Raises:
        TooMuchAsked: more keys than the settings allow.
    """
    limit = chain.settings.limits.proof_keys
    if len(keys) > limit:
        raise TooMuchAsked("storage keys", len(keys), limit)
    header = await chain.resolve(at)
    proven, answer = await chain.state.prove(header, address, keys)
    words = [
        {"key": hex_data(key), "value": hex_quantity(value), "proof": entry["proof"]}
        for key, value, entry in zip(keys, proven.storage, answer["storageProof"], strict=True)
    ]
    result = {**_account(proven), "accountProof": answer["accountProof"], "storageProof": words}
    return Answer(result, "account and storage proof", block=header)


def _account(proven: ProvenAccount) -> dict[str, str]:
    return {
        "address": hex_data(proven.address),
        "balance": hex_quantity(proven.account.balance),
        "nonce": hex_quantity(proven.account.nonce),
        "storageHash": hex_data(proven.account.storage_hash),
        "codeHash": hex_data(proven.account.code_hash),
    }
