import json

from gateway.networks import known_networks
from oracle.hexes import to_checksum
from tests.vectors import vectors

GONE = {"base-goerli", "linea-goerli", "optimism-goerli"}
"""Test networks that were shut down with Goerli."""


def test_every_network_of_eas_that_lives_is_known_with_its_addresses() -> None:
    known = {network.name: network for network in known_networks()}
    for deployment in json.loads(vectors("eas/deployments.json").read_text())["networks"]:
        if deployment["network"] in GONE:
            continue
        network = known[deployment["network"]]
        assert network.chain_id == deployment["chainId"]
        assert (network.contracts.eas, network.contracts.schema_registry) == (deployment["EAS"], deployment["SchemaRegistry"])
        assert network.contracts.eas_version == deployment["readme_version"]


def test_final_means_proven_only_where_the_light_client_follows() -> None:
    known = {network.name: network for network in known_networks()}
    assert {name for name, network in known.items() if network.assurance == "proven"} == {
        "devnet",
        "devnet-mainnet",
        "devnet-minimal",
        "hoodi",
        "mainnet",
        "sepolia",
    }
    assert "nothing is ever final" in known["base"].meaning
    assert "no RPC is believed" in known["mainnet"].meaning


def test_addresses_are_checksummed_and_chain_ids_differ() -> None:
    known = [network for network in known_networks() if not network.name.startswith("devnet")]
    assert len({network.chain_id for network in known}) == len(known)
    for network in known:
        for text in (network.contracts.eas, network.contracts.schema_registry):
            assert text is None or text == to_checksum(bytes.fromhex(text[2:]))
