"""Runs a shipped fleet against a broker: `python -m firmware_sim --port 1883 --minutes 1`.

Containers, one per scenario, and one camera live through the three days that end now, in as many real minutes as told. How much they
said is printed; before that, the public key of each that signs.
"""

import argparse
import asyncio
import sys
import time
from dataclasses import replace
from pathlib import Path

from firmware_sim.clock import ScaledClock
from firmware_sim.device import Device, camera, container
from firmware_sim.fleet import run
from firmware_sim.inspection.line import Line, shots
from firmware_sim.links.mqtt import MqttLink
from firmware_sim.scenario import load
from firmware_sim.settings import MqttLinkSettings
from firmware_sim.signer import Algorithm, Signer
from firmware_sim.trip import measurements

SCENARIOS = Path(__file__).parents[1] / "config" / "scenarios"
"""Where the shipped scenarios lie in a checkout."""


def fleet(seed: int, end_ms: int, sign: Algorithm | None = None) -> tuple[list[Device], int, dict[str, Signer]]:
    """Returns one container per shipped scenario and one camera, when their story begins so that it ends at `end_ms`, and who signs.

    With `sign` every container signs, whatever its scenario says.
    """
    scenarios = [load(path) for path in sorted(SCENARIOS.glob("*.toml"))]
    hours = max(scenario.hours for scenario in scenarios)
    start_ms = end_ms - round(hours * 3_600_000)
    named = {f"container-{number}": scenario for number, scenario in enumerate(scenarios, 1)}
    signers = {
        name: Signer.seeded(algorithm, name, seed) for name, scenario in named.items() if (algorithm := sign or scenario.sign) is not None
    }
    devices = [
        container(name, measurements(scenario, seed=seed + number, start_ms=start_ms), signer=signers.get(name))
        for number, (name, scenario) in enumerate(named.items(), 1)
    ]
    line = replace(Line(), interval_ms=round(hours * 3_600_000 / Line().items))
    devices.append(camera("camera-1", line.gtin, line.lot, shots(line, seed=seed, start_ms=start_ms)))
    return devices, start_ms, signers


def main(argv: list[str] | None = None) -> int:
    """Runs the fleet to its end; returns 0 once the broker has acknowledged everything."""
    parser = argparse.ArgumentParser(prog="python -m firmware_sim", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="broker (default: %(default)s)")
    parser.add_argument("--port", type=int, default=1883, help="its port (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=1.0, help="real minutes for the whole story (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of weather, noise and defects (default: %(default)s)")
    parser.add_argument("--sign", choices=("EdDSA", "ES256"), help="let every container sign (default: those whose scenario says so)")
    chosen = parser.parse_args(argv)
    end_ms = time.time_ns() // 1_000_000
    devices, start_ms, signers = fleet(chosen.seed, end_ms, chosen.sign)
    for name, signer in signers.items():
        sys.stdout.write(f"{name} signs ({signer.algorithm}); its key, for [[devices]]:\n{signer.public_pem}")
    clock = ScaledClock(start_ms, (end_ms - start_ms) / 60_000 / chosen.minutes)
    settings = MqttLinkSettings(host=chosen.host, port=chosen.port)
    counts = asyncio.run(run(devices, lambda name: MqttLink(name, settings), clock))
    for name, count in counts.items():
        sys.stdout.write(f"{name}: {count} messages acknowledged\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
