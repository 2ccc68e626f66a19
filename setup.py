"""Lists the packages that are shipped; everything else is in pyproject.toml.

`config` holds no code: networks, scenarios and the example of the settings lie beside the packages, in a checkout as in an installation.
"""

from setuptools import setup

setup(
    packages=[
        "config",
        "drivers",
        "drivers.mqtt",
        "drivers.senml",
        "edge_agents",
        "edge_agents.cold_chain",
        "edge_agents.lots",
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
        "gateway.cli",
        "gateway.demo",
        "gateway.pipeline",
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
        "lightclient.serving",
        "lightclient.spec",
        "lightclient.ssz",
        "lightclient.trust",
        "lightclient.types",
        "oracle",
        "oracle.artifacts",
        "oracle.epcis",
    ],
    package_data={
        "config": ["*.toml", "networks/*.toml", "scenarios/*.toml"],
        **{room: ["py.typed"] for room in ("drivers", "edge_agents", "firmware_sim", "fullnode", "gateway", "lightclient", "oracle")},
        "edge_agents.cold_chain": ["products/*.toml"],
        "edge_agents.surface_defects": ["manifest.toml", "*.onnx", "MODEL_CARD.md"],
        "gateway.store": ["schema/*.sql"],
        "gateway.web": ["static/*"],
        "oracle.artifacts": ["*.json"],
    },
)
