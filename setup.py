"""Lists the packages that are shipped; everything else is in pyproject.toml."""

from setuptools import setup

setup(
    packages=[
        "drivers",
        "drivers.mqtt",
        "drivers.senml",
        "edge_agents",
        "firmware_sim",
        "fullnode",
        "fullnode.devnet",
        "gateway",
        "lightclient",
        "oracle",
    ],
)
