"""Sending and finding transactions, with servers that deny, invent and lag."""

from lightclient.endpoints.errors import EndpointRefused
from tests.fullnode.execution.builders import make_chain, signed
from tests.lightclient.rpc.stage import Stage


def send(stage: Stage, nonce: int = 0, **fields: object) -> str:
    answer = stage.raw("eth_sendRawTransaction", "0x" + signed(stage.chain.accounts[0], nonce, **fields).hex())
    assert answer["verified"]["status"] == "unverifiable", answer
    sent: str = answer["result"]
    return sent


def test_a_transaction_waits_and_is_then_proven(stage: Stage) -> None:
    sender = "0x" + stage.chain.accounts[0].address.hex()
    sent = send(stage)
    waiting = stage.raw("eth_getTransactionByHash", sent)
    assert (waiting["result"]["blockHash"], waiting["result"]["from"], waiting["verified"]["status"]) == (None, sender, "unverifiable")
    assert stage.raw("eth_getTransactionReceipt", sent)["result"] is None
    assert stage.ask("eth_getTransactionCount", sender) == "0x0"
    assert stage.raw("eth_getTransactionCount", sender, "pending")["result"] == "0x1"
    stage.mine()
    found = stage.ask("eth_getTransactionByHash", sent)
    true = stage.runner.run(stage.servers[0].endpoint.ask("eth_getTransactionByHash", sent))
    assert {name: found[name] for name in true if name in found} == {name: value for name, value in true.items() if name in found}
    assert stage.ask("eth_getTransactionReceipt", sent)["status"] == "0x1"
    unknown = stage.raw("eth_getTransactionReceipt", "0x" + "33" * 32)
    assert (unknown["result"], unknown["verified"]["status"]) == (None, "unverifiable")


def test_a_block_that_is_not_verified_yet_is_no_place(stage: Stage) -> None:
    sent = send(stage)
    before = stage.light.heads
    stage.mine()
    stage.light.heads = before
    assert stage.raw("eth_getTransactionReceipt", sent)["result"] is None


def test_what_was_sent_here_is_found_even_if_every_server_denies_it(stage: Stage) -> None:
    sent = send(stage)
    stage.mine(4)
    true = stage.servers[0].endpoint.ask

    async def deny(method: str, *params: object) -> object:
        return None if method == "eth_getTransactionByHash" else await true(method, *params)

    stage.servers[0].endpoint.ask = deny  # type: ignore[method-assign]
    assert stage.ask("eth_getTransactionReceipt", sent)["status"] == "0x1"
    assert stage.verified.asking.scores[0].last_problem.split(": ")[1] == "WithheldTransaction"


def test_a_transaction_in_another_place_is_refused(stage: Stage) -> None:
    first, second = send(stage), send(stage, 1)
    stage.mine()
    true = stage.servers[0].endpoint.ask
    place = {"transactionIndex": "0x0"}

    async def misplace(method: str, *params: object) -> object:
        answer = await true(method, *params)
        return {**answer, **place} if method == "eth_getTransactionByHash" else answer

    async def swap(method: str, *params: object) -> object:
        return await true(method, *([first] if method == "eth_getTransactionByHash" else params))

    for lie, name in ((misplace, "WrongPlace"), (swap, "WrongPendingTransaction")):
        stage.servers[0].endpoint.ask = lie  # type: ignore[method-assign]
        stage.raw("eth_getTransactionByHash", second)
        assert stage.verified.asking.refusals[name] == 1


def test_only_transactions_for_this_chain_are_handed_over(stage: Stage) -> None:
    for fields, name in (
        ({"chainId": 1}, "TransactionOfAnotherChain"),
        ({"type": None, "chainId": None, "gasPrice": 10**10, "maxFeePerGas": None, "maxPriorityFeePerGas": None}, "ReplayableTransaction"),
    ):
        raw = "0x" + signed(stage.chain.accounts[0], 0, **fields).hex()
        assert stage.refusal("eth_sendRawTransaction", raw) == name
    assert stage.verified.asking.scores[0].accepted == 1  # the head alone


def test_what_a_server_says_against_a_transaction_is_told(stage: Stage) -> None:
    raw = "0x" + signed(stage.chain.accounts[0], 0, value=10**30).hex()
    assert "insufficient funds" in stage.refusal("eth_sendRawTransaction", raw)
    true = stage.servers[0].endpoint.ask

    async def other(method: str, *params: object) -> object:
        return "0x" + "44" * 32 if method == "eth_sendRawTransaction" else await true(method, *params)

    async def known(method: str, *params: object) -> object:
        if method == "eth_sendRawTransaction":
            await true(method, *params)
            raise EndpointRefused("x", method, -32000, "already known")
        return await true(method, *params)

    good = "0x" + signed(stage.chain.accounts[0], 0).hex()
    stage.servers[0].endpoint.ask = other  # type: ignore[method-assign]
    assert "WrongSentHash" in stage.refusal("eth_sendRawTransaction", good)
    stage.servers[0].endpoint.ask = known  # type: ignore[method-assign]
    assert stage.raw("eth_sendRawTransaction", good)["verified"]["taken_by"] == 1


def test_a_liar_among_honest_servers_is_passed_over_and_remembered() -> None:
    stage = Stage(make_chain(), servers=2)
    stage.misbehave.garbage = True
    stage.mine(3)
    assert stage.ask("eth_blockNumber") == "0x3"
    first, second = stage.verified.asking.scores
    assert (first.quality, second.quality) == (0.5, 1.0)
    assert stage.raw("eth_sendRawTransaction", "0x" + signed(stage.chain.accounts[0], 0).hex())["verified"]["taken_by"] == 1
    stage.close()
