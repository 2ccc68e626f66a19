"""`aios devices`: who has been heard, and what they said last."""

import json
from typing import Any

from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption, JsonOption, out, print_table


def devices(path: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Lists the devices that have been heard: the last value of each quantity, whether they sign, and how long each sensor is calibrated.

    Works whether the gateway runs or not.

    Example: `aios devices --config demo-data/gateway.toml`
    """
    from edge_agents.conditions.policy import POSITION_UNITS
    from gateway.cli.reading import moment, open_store
    from gateway.settings import load
    from gateway.store import devices as table
    from gateway.store import readings

    settings = load(path)
    titles = {device.id: device.title for device in settings.devices}
    signing = {device.id for device in settings.devices if device.key or device.key_file}
    certified: dict[tuple[str, str], int] = {}
    for one in settings.certificates():
        certified[one.device, one.quantity] = max(one.until_ms, certified.get((one.device, one.quantity), 0))
    rows: list[dict[str, Any]] = []
    with open_store(settings) as connection:
        for device in table.select_all(connection):
            for quantity in readings.quantities(connection, device.id, limit=8):
                stored = readings.select_latest_of(connection, device.id, quantity)
                if stored is None:  # pruned between the two questions
                    continue
                last = stored.reading
                rows.append(
                    {
                        "device": device.id,
                        "title": titles.get(device.id, ""),
                        "quantity": quantity,
                        "value": f"{len(last.value)} bytes" if isinstance(last.value, bytes) else f"{last.value} {last.unit}".strip(),
                        "time_ms": last.time_ms,
                        "quality": last.quality.value,
                        "signed": device.id in signing,
                        "calibrated_until_ms": certified.get((device.id, "position" if quantity in POSITION_UNITS else quantity)),
                    }
                )
    if as_json:
        out.print_json(json.dumps(rows))
        return
    columns = ("device", "quantity", "last value", "device time", "quality", "signed", "calibrated until", "title")
    print_table(columns, [_cells(row, moment(row["time_ms"]), moment(row["calibrated_until_ms"])) for row in rows])


def _cells(row: dict[str, Any], heard: str, calibrated: str) -> list[str]:
    signed = "yes" if row["signed"] else "-"
    return [row["device"], row["quantity"], row["value"], heard, row["quality"], signed, calibrated, row["title"]]
