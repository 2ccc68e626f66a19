"""Lists the packages that are shipped; everything else is in pyproject.toml."""

from setuptools import setup

setup(
    packages=[
        "drivers",
        "drivers.mqtt",
        "drivers.senml",
        "edge_agents",
        "edge_agents.cold_chain",
        "edge_agents.surface_defects",
        "firmware_sim",
        "firmware_sim.inspection",
        "firmware_sim.links",
        "fullnode",
        "fullnode.devnet",
        "fullnode.devnet.beacon",
        "fullnode.devnet.consensus",
        "fullnode.devnet.execution",
        "fullnode.devnet.rpc",
        "gateway",
        "gateway.demo",
        "gateway.store",
        "gateway.web",
        "gateway.web.pages",
        "lightclient",
        "lightclient.bls",
        "lightclient.endpoints",
        "lightclient.errors",
        "lightclient.execution",
        "lightclient.network",
        "lightclient.rpc",
        "lightclient.spec",
        "lightclient.ssz",
        "lightclient.types",
        "oracle",
        "oracle.artifacts",
        "oracle.epcis",
    ],
    package_data={
        "edge_agents.cold_chain": ["products/*.toml"],
        "edge_agents.surface_defects": ["manifest.toml", "*.onnx", "MODEL_CARD.md"],
        "gateway.store": ["schema/*.sql"],
        "gateway.web": ["static/*"],
        "oracle.artifacts": ["*.json"],
    },
    data_files=[
        (
            "share/aios-edge-gateway/config/networks",
            [f"config/networks/{name}.toml" for name in ("devnet", "hoodi", "mainnet", "sepolia")],
        ),
    ],
)
