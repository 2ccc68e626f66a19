from drivers.senml import signed
from firmware_sim.__main__ import fleet


def test_the_shipped_fleet_ends_when_it_should() -> None:
    devices, start_ms, signers = fleet(seed=1, end_ms=1_760_000_000_000)
    assert [device.id for device in devices] == ["container-1", "container-2", "container-3", "camera-1"]
    times = [message.time_ms for message in devices[-1].messages]
    assert start_ms == times[0] < times[-1] < 1_760_000_000_000
    assert next(iter(devices[0].messages)).time_ms == start_ms
    assert list(signers) == ["container-3"]


def test_every_container_signs_when_told_so() -> None:
    devices, _, signers = fleet(seed=1, end_ms=1_760_000_000_000, sign="EdDSA")
    for device in devices[:-1]:
        key = signed.load_key(signers[device.id].public_pem.encode())
        assert signed.verify(next(iter(device.messages)).payload, device.id, key)
