"""Who may use the embedded amqtt broker: everyone who reaches it, which on loopback is this machine.

amqtt's own anonymous access marks sessions as anonymous and forgets those one second after they disconnect, with every message they
wait for. A session that is to survive a restart must therefore be let in by name, which is all this does.
"""

from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session


class LoopbackAuth(BaseAuthPlugin):  # type: ignore[misc]  # amqtt carries no type information
    """Lets every session in without marking it as anonymous."""

    async def authenticate(self, *, session: Session) -> bool:
        """Returns True."""
        del session
        return True
