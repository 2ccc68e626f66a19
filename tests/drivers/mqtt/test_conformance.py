"""MQTT through the suite that every driver passes, against two brokers."""

import pytest

from tests.drivers.conformance import DriverConformance, Harness
from tests.drivers.mqtt.broker import MqttHarness, require


@pytest.mark.peer
class TestMosquitto(DriverConformance):
    @pytest.fixture
    def harness(self) -> Harness:
        require("mosquitto")
        return MqttHarness("mosquitto")


@pytest.mark.peer
class TestMosquittoWithANarrowWindow(DriverConformance):
    @pytest.fixture
    def harness(self) -> Harness:
        require("mosquitto")
        return MqttHarness("mosquitto", receive_maximum=5)


@pytest.mark.loopback
class TestAmqtt(DriverConformance):
    @pytest.fixture
    def harness(self) -> Harness:
        return MqttHarness("amqtt")
