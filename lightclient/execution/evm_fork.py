"""The modules of the execution specification that hold one fork's rules, imported when they are first needed."""

import importlib
from typing import Any

from lightclient.execution.evm_errors import EvmNotInstalled, UnsupportedRules

FORKS = ("prague", "osaka", "bpo1", "bpo2")
"""Rules that are supported, by their names in the execution specification."""


class Fork:
    """One fork's rules; each attribute is a module of the library, `address` its type of addresses."""

    def __init__(self, name: str) -> None:
        if name not in FORKS:
            raise UnsupportedRules(name, FORKS)
        try:
            self.numeric: Any = importlib.import_module("ethereum_types.numeric")
            self.bytes: Any = importlib.import_module("ethereum_types.bytes")
            base = f"ethereum.forks.{name}"
            self.types: Any = importlib.import_module(f"{base}.fork_types")
            self.state: Any = importlib.import_module(f"{base}.state")
            self.trie: Any = importlib.import_module(f"{base}.trie")
            self.transactions: Any = importlib.import_module(f"{base}.transactions")
            self.message: Any = importlib.import_module(f"{base}.utils.message")
            self.vm: Any = importlib.import_module(f"{base}.vm")
            self.interpreter: Any = importlib.import_module(f"{base}.vm.interpreter")
            self.precompiles: Any = importlib.import_module(f"{base}.vm.precompiled_contracts.mapping")
        except ImportError as error:
            raise EvmNotInstalled(str(error)) from None
        self.address: Any = self.types.Address
