"""`aios devices`: who has been heard, and what they said last."""

import json

from rich.table import Table

from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption, JsonOption, out


def devices(path: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Lists the devices that have been heard, with the last value of each of their quantities.

    Works whether the gateway runs or not.

    Example: `aios devices --config demo-data/gateway.toml`
    """
    from gateway.cli.reading import moment, open_store
    from gateway.settings import load
    from gateway.store import devices as table
    from gateway.store import readings

    settings = load(path)
    titles = {device.id: device.title for device in settings.devices}
    rows = []
    with open_store(settings) as connection:
        for device in table.select_all(connection):
            for quantity in readings.quantities(connection, device.id, limit=8):
                last = readings.select_latest(connection, device.id, quantity)[-1].reading
                shown = f"{len(last.value)} bytes" if isinstance(last.value, bytes) else f"{last.value} {last.unit}".strip()
                rows.append((device.id, titles.get(device.id, ""), quantity, shown, last.time_ms, last.quality.value))
    if as_json:
        keys = ("device", "title", "quantity", "value", "time_ms", "quality")
        out.print_json(json.dumps([dict(zip(keys, row, strict=True)) for row in rows]))
        return
    grid = Table("device", "title", "quantity", "last value", "device time", "quality")
    for device_id, title, quantity, value, time_ms, quality in rows:
        grid.add_row(device_id, title, quantity, value, moment(time_ms), quality)
    out.print(grid)
