"""What the light client makes of our proofs: it believes the true ones and none of the lies."""

from typing import Any

import pytest

from fullnode.devnet.rpc.misbehave import Lie
from lightclient.errors import PeerError
from lightclient.execution.proof import ProvenAccount, verify_proof_answer
from tests.fullnode.execution.builders import call_data, deploy, make_chain, mine, signed
from tests.fullnode.execution.contract import SET, word
from tests.fullnode.rpc.client import Client

PROOF_LIES = [Lie.PROOF_VALUE, Lie.PROOF_BALANCE, Lie.PROOF_ACCOUNT, Lie.PROOF_NODE]
KEYS = (word(0), word(1))


@pytest.fixture(scope="module")
def asked() -> tuple[Client, bytes, bytes]:
    """A server, the state root of its head, and a contract whose slot 0 holds 5."""
    chain = make_chain()
    contract = deploy(chain, chain.accounts[0])
    chain.submit(signed(chain.accounts[0], 1, **call_data(contract, SET + word(5))))
    return Client(chain), mine(chain).state_root, contract


def proven(asked: tuple[Client, bytes, bytes], address: bytes) -> ProvenAccount:
    client, root, _ = asked
    answer: Any = client.ask("eth_getProof", "0x" + address.hex(), ["0x0", "0x1"], "latest")
    return verify_proof_answer(answer, state_root=root, address=address, keys=KEYS)


def test_what_is_there_and_what_is_not_is_proven(asked: tuple[Client, bytes, bytes]) -> None:
    found = proven(asked, asked[2])
    assert (found.exists, found.storage) == (True, (5, 0))
    nobody = proven(asked, b"\x99" * 20)
    assert (nobody.exists, nobody.storage) == (False, (0, 0))


@pytest.mark.parametrize("lie", PROOF_LIES)
def test_a_lie_is_refused(asked: tuple[Client, bytes, bytes], lie: Lie) -> None:
    asked[0].misbehaviour.lies = {lie}
    try:
        with pytest.raises(PeerError):
            proven(asked, asked[2])
    finally:
        asked[0].misbehaviour.lies = set()
