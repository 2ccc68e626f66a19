"""`aios devices`: who has been heard, and what they said last."""

import json

from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption, JsonOption, out, print_table


def devices(path: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Lists the devices that have been heard, with the last value of each of their quantities, and whether they sign.

    Works whether the gateway runs or not.

    Example: `aios devices --config demo-data/gateway.toml`
    """
    from gateway.cli.reading import moment, open_store
    from gateway.settings import load
    from gateway.store import devices as table
    from gateway.store import readings

    settings = load(path)
    titles = {device.id: device.title for device in settings.devices}
    signing = {device.id for device in settings.devices if device.key or device.key_file}
    rows = []
    with open_store(settings) as connection:
        for device in table.select_all(connection):
            for quantity in readings.quantities(connection, device.id, limit=8):
                stored = readings.select_latest_of(connection, device.id, quantity)
                if stored is None:  # pruned between the two questions
                    continue
                last = stored.reading
                shown = f"{len(last.value)} bytes" if isinstance(last.value, bytes) else f"{last.value} {last.unit}".strip()
                rows.append((device.id, titles.get(device.id, ""), quantity, shown, last.time_ms, last.quality.value, device.id in signing))
    if as_json:
        keys = ("device", "title", "quantity", "value", "time_ms", "quality", "signed")
        out.print_json(json.dumps([dict(zip(keys, row, strict=True)) for row in rows]))
        return
    columns = ("device", "quantity", "last value", "device time", "quality", "signed", "title")
    table_rows = [
        (one, what, value, moment(at), good, "yes" if has_key else "-", title) for one, title, what, value, at, good, has_key in rows
    ]
    print_table(columns, table_rows)
