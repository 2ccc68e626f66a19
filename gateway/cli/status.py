"""`aios status`: how the running gateway is doing."""

import json
from pathlib import Path

from rich.table import Table

from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption, JsonOption, out


def status(path: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Shows the running gateway's conditions, its heads of the chain, and how many readings, findings and anchors it holds.

    Exit code 2 if no gateway answers.

    Example: `aios status --config demo-data/gateway.toml`
    """
    from gateway.control import call
    from gateway.settings import load

    answer = call(Path(load(path).gateway.data_dir), "status")
    if as_json:
        out.print_json(json.dumps(answer))
        return
    conditions = answer.pop("conditions")
    grid = Table("what", "value", show_header=False)
    for name, value in answer.items():
        grid.add_row(name.replace("_", " "), "-" if value is None else str(value))
    out.print(grid)
    if not conditions:
        out.print("nothing is wrong")
    for condition in conditions:
        out.print(f"{condition['severity']}: {condition['name']}: {condition['text']}", markup=False)
