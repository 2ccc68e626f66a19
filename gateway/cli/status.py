"""`aios status`: how the running gateway is doing."""

import json
from pathlib import Path

from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption, JsonOption, out, visible


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
    for name, value in answer.items():
        out.print(f"{name.replace('_', ' '):18}  {'-' if value is None else value}", markup=False)
    if not conditions:
        out.print("nothing is wrong")
    for condition in conditions:
        out.print(f"{condition['severity']}: {condition['name']}: {visible(condition['text'])}", markup=False)
