from fullnode.devnet.execution.logs import LogFilter, find, may_contain
from tests.fullnode.execution.builders import call_data, deploy, make_chain, mine, signed
from tests.fullnode.execution.contract import SET, TOPIC, word

ANY: frozenset[bytes] = frozenset()


def test_address_and_topics_select() -> None:
    chain = make_chain()
    a, b, _ = chain.accounts
    contract = deploy(chain, a)
    chain.submit(signed(a, 1, **call_data(contract, SET + word(1))))
    chain.submit(signed(b, 0, **call_data(contract, SET + word(2))))
    mine(chain)
    blocks = [chain.at(number) for number in range(3)]
    by_a, by_b = bytes(12) + a.address, bytes(12) + b.address

    def count(addresses: frozenset[bytes], *topics: frozenset[bytes]) -> int:
        return len(list(find(blocks, LogFilter(addresses, topics))))

    assert count(ANY) == 2
    assert count(frozenset({contract})) == 2
    assert count(frozenset({a.address})) == 0
    assert count(ANY, frozenset({TOPIC})) == 2
    assert count(ANY, ANY, frozenset({by_a})) == 1
    assert count(ANY, frozenset({TOPIC}), frozenset({by_a, by_b})) == 2
    assert count(ANY, frozenset({by_a})) == 0
    assert count(ANY, ANY, ANY, ANY) == 0


def test_an_empty_bloom_holds_nothing_but_everything_is_wanted() -> None:
    assert may_contain(bytes(256), LogFilter(ANY, (ANY,)))
    assert not may_contain(bytes(256), LogFilter(ANY, (frozenset({TOPIC}),)))
