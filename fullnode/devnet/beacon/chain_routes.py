"""What a beacon node says about itself, its configuration, its blocks and its checkpoints.

Spec: https://ethereum.github.io/beacon-APIs/, the groups Beacon, Config and Node.
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fullnode.devnet.beacon.forms import finality_flags, header_form, refusal, to_json
from fullnode.devnet.beacon.settings import BeaconApiSettings
from fullnode.devnet.consensus.block import Block
from fullnode.devnet.consensus.chain import BeaconChain
from fullnode.devnet.consensus.errors import NotFoundError
from fullnode.devnet.consensus.forks import DOMAIN_BEACON_PROPOSER, DOMAIN_RANDAO, FORK_VERSIONS
from lightclient.forks import DOMAIN_SYNC_COMMITTEE, ForkName

VERSION = "AiOS-devnet/v0.1.0"
"""What `/eth/v1/node/version` says; it names no real client."""


class ChainRoutes:
    """The handlers, over one chain."""

    def __init__(self, chain: BeaconChain, settings: BeaconApiSettings, *, now_s: Callable[[], float]) -> None:
        self._chain = chain
        self._settings = settings
        self._now_s = now_s

    def routes(self) -> list[Route]:
        """Returns the routes for a Starlette application."""
        return [
            Route("/eth/v1/beacon/genesis", self.genesis),
            Route("/eth/v1/beacon/headers/{block_id}", self.header),
            Route("/eth/v1/beacon/blocks/{block_id}/root", self.root),
            Route("/eth/v1/beacon/states/{state_id}/finality_checkpoints", self.finality_checkpoints),
            Route("/eth/v1/config/spec", self.spec),
            Route("/eth/v1/config/fork_schedule", self.fork_schedule),
            Route("/eth/v1/node/version", self.version),
            Route("/eth/v1/node/syncing", self.syncing),
            Route("/eth/v1/node/health", self.health),
        ]

    async def genesis(self, _: Request) -> Response:
        """Answers with what names the chain."""
        data = {
            "genesis_time": str(self._chain.network.genesis_time),
            "genesis_validators_root": to_json(self._chain.network.genesis_validators_root),
            "genesis_fork_version": to_json(FORK_VERSIONS[ForkName.PHASE0]),
        }
        return JSONResponse({"data": data})

    async def header(self, request: Request) -> Response:
        """Answers with a block's header."""
        return self._about(request.path_params["block_id"], lambda block: header_form(self._chain, block))

    async def root(self, request: Request) -> Response:
        """Answers with a block's root."""
        return self._about(
            request.path_params["block_id"],
            lambda block: {"data": {"root": to_json(block.root)}, **finality_flags(self._chain, block)},
        )

    async def finality_checkpoints(self, request: Request) -> Response:
        """Answers with a state's checkpoints."""
        return self._about(
            request.path_params["state_id"],
            lambda block: {"data": to_json(block.checkpoints), **finality_flags(self._chain, block)},
            by_state=True,
        )

    async def spec(self, _: Request) -> Response:
        """Answers with the configuration, as far as a light client or a wallet asks for it."""
        return JSONResponse({"data": specification(self._chain)})

    async def fork_schedule(self, _: Request) -> Response:
        """Answers with every fork that has an epoch."""
        rows, previous = [], FORK_VERSIONS[ForkName.PHASE0]
        for entry in self._chain.network.forks:
            rows.append({"previous_version": to_json(previous), "current_version": to_json(entry.version), "epoch": str(entry.epoch)})
            previous = entry.version
        return JSONResponse({"data": rows})

    async def version(self, _: Request) -> Response:
        """Answers with this server's name."""
        return JSONResponse({"data": {"version": VERSION}})

    async def syncing(self, _: Request) -> Response:
        """Answers with the head and its distance to the clock's slot."""
        distance = max(0, self._chain.network.slot_at_time(self._now_s()) - self._chain.head.slot)
        data = {
            "head_slot": str(self._chain.head.slot),
            "sync_distance": str(distance),
            "is_syncing": False,
            "is_optimistic": False,
            "el_offline": False,
        }
        return JSONResponse({"data": data})

    async def health(self, _: Request) -> Response:
        """Answers that the node is ready."""
        return Response(status_code=200)

    def _about(self, name: str, form: Callable[[Block], dict[str, object]], *, by_state: bool = False) -> Response:
        try:
            block = self._state(name) if by_state else self._block(name)
        except ValueError:
            return refusal(400, f"Invalid {'state' if by_state else 'block'} id: {name[:80]}")
        except NotFoundError as error:
            return refusal(self._settings.missing_status, str(error))
        return JSONResponse(form(block))

    def _block(self, name: str) -> Block:
        chain = self._chain
        named = {"head": chain.head, "genesis": chain.genesis, "finalized": chain.finalized, "justified": chain.justified}
        if name in named:
            return named[name]
        if name.startswith("0x"):
            return chain.block(_root(name))
        return chain.at(int(name))

    def _state(self, name: str) -> Block:
        if not name.startswith("0x"):
            return self._block(name)
        root = _root(name)
        for block in self._chain.blocks():
            if block.header.beacon.state_root == root:
                return block
        raise NotFoundError(f"State {name}")


def specification(chain: BeaconChain) -> dict[str, object]:
    """Returns the answer of `/eth/v1/config/spec`; every number is a decimal string."""
    preset, network = chain.rules.preset, chain.network
    numbers = {
        "SECONDS_PER_SLOT": network.seconds_per_slot,
        "SLOT_DURATION_MS": 1000 * network.seconds_per_slot,
        "SLOTS_PER_EPOCH": preset.slots_per_epoch,
        "SLOTS_PER_HISTORICAL_ROOT": preset.slots_per_historical_root,
        "EPOCHS_PER_SYNC_COMMITTEE_PERIOD": preset.epochs_per_sync_committee_period,
        "SYNC_COMMITTEE_SIZE": preset.sync_committee_size,
        "MIN_SYNC_COMMITTEE_PARTICIPANTS": 1,
        "UPDATE_TIMEOUT": preset.slots_per_sync_committee_period,
        "MIN_GENESIS_TIME": network.genesis_time,
        "GENESIS_DELAY": 0,
        "DEPOSIT_CHAIN_ID": network.chain_id,
        "DEPOSIT_NETWORK_ID": network.chain_id,
        "MAX_BLOBS_PER_BLOCK_ELECTRA": network.max_blobs_per_block_electra,
        **{f"{fork.name}_FORK_EPOCH": network.fork_epoch(fork) for fork in FORK_VERSIONS if fork},
    }
    schedule = [{"EPOCH": str(entry.epoch), "MAX_BLOBS_PER_BLOCK": str(entry.max_blobs_per_block)} for entry in network.blob_schedule]
    return {
        "PRESET_BASE": preset.name,
        "CONFIG_NAME": network.name,
        "GENESIS_FORK_VERSION": to_json(FORK_VERSIONS[ForkName.PHASE0]),
        **{f"{fork.name}_FORK_VERSION": to_json(FORK_VERSIONS[fork]) for fork in FORK_VERSIONS if fork},
        "DOMAIN_BEACON_PROPOSER": to_json(DOMAIN_BEACON_PROPOSER),
        "DOMAIN_RANDAO": to_json(DOMAIN_RANDAO),
        "DOMAIN_SYNC_COMMITTEE": to_json(DOMAIN_SYNC_COMMITTEE),
        "BLOB_SCHEDULE": schedule,
        **{name: str(number) for name, number in numbers.items()},
    }


def _root(text: str) -> bytes:
    root = bytes.fromhex(text.removeprefix("0x"))
    if len(root) != 32:
        raise ValueError(text)
    return root
