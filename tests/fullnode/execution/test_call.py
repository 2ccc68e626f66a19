import pytest

from fullnode.devnet.execution.call import Call, Outcome, estimate_gas, execute
from fullnode.devnet.execution.chain import ExecutionChain
from fullnode.devnet.execution.environment import own_environment
from fullnode.devnet.execution.errors import InvalidCallError
from tests.fullnode.execution.builders import call_data, deploy, make_chain, mine, receipt_of, signed
from tests.fullnode.execution.contract import FAIL, GET, INIT, SET, SPIN, word


def run(chain: ExecutionChain, call: Call, gas: int = 1_000_000) -> Outcome:
    world = chain.world(chain.head)
    return execute(world, own_environment(chain.chain_id, chain.head.header, [], world), call, gas)


def estimate(chain: ExecutionChain, call: Call) -> int | Outcome:
    world = chain.world(chain.head)
    return estimate_gas(world, own_environment(chain.chain_id, chain.head.header, [], world), call)


def test_a_call_answers_and_changes_nothing() -> None:
    chain = make_chain()
    contract = deploy(chain, chain.accounts[0])
    root = chain.world(chain.head).root
    assert run(chain, Call(to=contract, data=SET + word(9))).error is None
    assert run(chain, Call(to=contract, data=GET)).output == word(0)
    assert chain.world(chain.head).root == root


def test_estimates_suffice_and_are_close() -> None:
    chain = make_chain()
    a = chain.accounts[0]
    contract = deploy(chain, a)
    for nonce, data in enumerate((SET + word(9), SET + word(0)), start=1):
        gas = estimate(chain, Call(sender=a.address, to=contract, data=data))
        assert isinstance(gas, int)
        sent = chain.submit(signed(a, nonce, **call_data(contract, data, gas=gas)))
        mine(chain)
        receipt = receipt_of(chain, sent)
        assert receipt.succeeded
        assert gas <= receipt.gas_used * 1.3 + 2300


def test_a_plain_transfer_needs_what_everybody_knows() -> None:
    chain = make_chain()
    assert estimate(chain, Call(sender=chain.accounts[0].address, to=b"\x11" * 20, value=1)) == 21_000


def test_a_deployment_is_estimated() -> None:
    chain = make_chain()
    a = chain.accounts[0]
    gas = estimate(chain, Call(sender=a.address, data=INIT))
    assert isinstance(gas, int)
    sent = chain.submit(signed(a, 0, to=None, value=0, gas=gas, data=INIT))
    mine(chain)
    assert receipt_of(chain, sent).succeeded


@pytest.mark.parametrize("data", [FAIL, SPIN])
def test_what_always_fails_has_no_estimate(data: bytes) -> None:
    chain = make_chain()
    contract = deploy(chain, chain.accounts[0])
    answer = estimate(chain, Call(to=contract, data=data, gas=300_000))
    assert isinstance(answer, Outcome)
    assert answer.error is not None


@pytest.mark.parametrize(
    ("call", "gas", "reason"),
    [
        (Call(to=b"\x11" * 20), 20_999, "intrinsic gas too low"),
        (Call(to=b"\x11" * 20, value=1), 50_000, "insufficient funds for transfer"),
        (Call(data=bytes(49_153)), 1_000_000, "max initcode size exceeded"),
    ],
)
def test_a_call_that_cannot_begin_is_refused(call: Call, gas: int, reason: str) -> None:
    with pytest.raises(InvalidCallError, match=reason):
        run(make_chain(), call, gas)


def test_touched_slots_are_told() -> None:
    chain = make_chain()
    contract = deploy(chain, chain.accounts[0])
    outcome = run(chain, Call(to=contract, data=GET))
    assert outcome.accessed == ((contract, (word(0),)),)
    listed = run(chain, Call(to=contract, data=GET, access_list=outcome.accessed))
    assert listed.gas_used == outcome.gas_used + 2400 + 1900 - 2000


def test_the_deepest_nesting_that_gas_allows_can_be_followed() -> None:
    # Calls itself with all its gas until there is none left: CALL(gas, this, 0, 0, 0, 0, 0).
    itself = bytes.fromhex("5f5f5f5f5f305af100")
    init = bytes.fromhex("68") + itself + bytes.fromhex("5f5260096017f3")
    chain = make_chain()
    sent = chain.submit(signed(chain.accounts[0], 0, to=None, value=0, gas=200_000, data=init))
    mine(chain)
    contract = receipt_of(chain, sent).contract_address
    assert contract is not None
    assert run(chain, Call(to=contract), 2**24).error is None
