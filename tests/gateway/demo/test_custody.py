from gateway.demo.cast import CONTAINERS
from gateway.demo.custody import hand_over, new_parties
from oracle.custody import verify_chain
from oracle.gs1 import SSCC, Key


def test_each_container_goes_from_the_maker_over_one_carrier_to_a_warehouse_of_its_own() -> None:
    parties = new_parties(CONTAINERS)
    for role in CONTAINERS:
        warehouse = parties.warehouses[role.sscc]
        first = hand_over(role, (), parties.maker, parties.carrier, 1000)
        last = hand_over(role, (first,), parties.carrier, warehouse, 2000)
        verify_chain((first, last), Key(SSCC, role.sscc), now_ms=3000)
        assert last.terms.taker_party == warehouse.name == f"Warehouse {role.title.split()[-1]}"
    assert len({party.signer.address for party in parties.warehouses.values()}) == len(CONTAINERS)
