"""amqtt as a process of its own: `python -m gateway.demo.amqtt_broker HOST PORT`. For machines without mosquitto; demo and tests only.

A process, because in ours it would share the interpreter with the gateway and leave its sockets to the garbage collector. Two things are
made different from amqtt 0.12 as it comes:

- It forgets a message that it sent and that was not acknowledged as soon as the connection ends, or after five seconds. A gateway that is
  killed before its commit would lose what the broker already took from the device. Here a message stays in the session until its
  acknowledgement comes (MQTT 3.1.1 section 4.4), and what is left is sent again, marked DUP, at the next connection, without holding
  that connection up.
- Its anonymous access forgets a session one second after it disconnects. Here everyone is let in by name, which on loopback is this
  machine.
"""

import asyncio
import logging
import sys
from typing import Any

import amqtt.broker
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import OUTGOING, Session


class LoopbackAuth(BaseAuthPlugin):  # type: ignore[misc]  # amqtt carries no type information
    """Lets every session in without marking it as anonymous."""

    async def authenticate(self, *, session: Session) -> bool:
        """Returns True."""
        del session
        return True


class PatientHandler(BrokerProtocolHandler):  # type: ignore[misc]  # amqtt carries no type information
    """amqtt's handler of one connection, with another end to QoS 1."""

    async def _handle_qos1_message_flow(self, app_message: Any) -> None:
        if app_message.direction != OUTGOING:
            await super()._handle_qos1_message_flow(app_message)
            return
        session, number = self.session, app_message.packet_id
        session.inflight_out[number] = app_message
        waiter: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._puback_waiters[number] = waiter
        try:
            app_message.publish_packet = app_message.build_publish_packet(dup=app_message.publish_packet is not None)
            await self._send_packet(app_message.publish_packet)
            app_message.puback_packet = await waiter
        finally:
            self._puback_waiters.pop(number, None)
        session.inflight_out.pop(number, None)

    async def _retry_deliveries(self) -> None:
        left = list(self.session.inflight_out.values())
        self._retries = [asyncio.ensure_future(self._handle_message_flow(message)) for message in left]


async def serve(host: str, port: int) -> None:
    """Runs the broker until the process is ended."""
    amqtt.broker.BrokerProtocolHandler = PatientHandler
    config = {
        "listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}"}},
        "plugins": {f"{LoopbackAuth.__module__}.{LoopbackAuth.__qualname__}": {}},
    }
    await amqtt.broker.Broker(config).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    # amqtt looks its plugins up by name, and this module's name is __main__ while it runs.
    sys.modules["gateway.demo.amqtt_broker"] = sys.modules["__main__"]
    LoopbackAuth.__module__ = "gateway.demo.amqtt_broker"
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
