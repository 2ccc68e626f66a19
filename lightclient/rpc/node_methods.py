"""Methods about this endpoint and the chain as a whole; answered from the light client alone, no server is asked."""

from importlib.metadata import PackageNotFoundError, version

from lightclient.errors import EnvironmentalError
from lightclient.execution.trie import keccak256
from lightclient.rpc.answer import Answer
from lightclient.rpc.chain import VerifiedChain
from lightclient.rpc.forms import hex_data, hex_quantity

SETTINGS = "the network's settings"
"""What chain ids follow from."""


async def chain_id(chain: VerifiedChain) -> Answer:
    """Returns the chain id of the light client's network; endpoints have no say."""
    return Answer(hex_quantity(chain.chain_id), SETTINGS)


async def net_version(chain: VerifiedChain) -> Answer:
    """Returns the chain id in decimal."""
    return Answer(str(chain.chain_id), SETTINGS)


async def block_number(chain: VerifiedChain) -> Answer:
    """Returns the number of the optimistic head."""
    head = await chain.head()
    return Answer(hex_quantity(head.number), "sync committee", block=head)


async def syncing(chain: VerifiedChain) -> Answer:
    """Returns false while the head is young enough to be served, else how far the chain is known."""
    try:
        await chain.head()
    except EnvironmentalError as error:
        known = chain.newest()
        number = hex_quantity(0 if known is None else known[1])
        return Answer({"startingBlock": "0x0", "currentBlock": number, "highestBlock": number}, f"sync committee: {error}")
    return Answer(False, "sync committee")


async def accounts(_chain: VerifiedChain) -> Answer:
    """Returns nothing: no key lies here."""
    return Answer([], "no key lies here")


async def listening(_chain: VerifiedChain) -> Answer:
    """Returns true."""
    return Answer(True, "this answer")


async def client_version(_chain: VerifiedChain) -> Answer:
    """Returns name and version of this software."""
    try:
        installed = version("aios-edge-gateway")
    except PackageNotFoundError:
        installed = "source"
    return Answer(f"aios-lightclient/{installed}", "this software")


async def sha3(_chain: VerifiedChain, data: bytes) -> Answer:
    """Returns the Keccak-256 digest."""
    return Answer(hex_data(keccak256(data)), "computed here")
