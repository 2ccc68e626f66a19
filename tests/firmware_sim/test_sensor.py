import numpy as np
import pytest

from firmware_sim.sensor import Sensor, followed, reported


def test_a_lagging_sensor_approaches_the_truth() -> None:
    sensor, felt = Sensor(lag_s=120, noise=0, resolution=0.1), 5.0
    for _ in range(24):
        felt = followed(sensor, felt, 15.0, 5.0)
    assert felt == pytest.approx(5 + 10 * (1 - np.exp(-1)), abs=0.1)
    assert followed(Sensor(0, 0, 0.1), 5.0, 15.0, 5.0) == 15.0


def test_reports_are_whole_steps() -> None:
    assert reported(Sensor(0, 0, 0.1), 5.2345, np.random.default_rng(1)) == 5.2
    assert {reported(Sensor(0, 0.4, 0.5), 60.0, np.random.default_rng(i)) % 0.5 for i in range(20)} == {0.0}
