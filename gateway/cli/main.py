"""Where `aios` begins, and how it ends.

Exit codes: 0 done; 1 refused (a proof does not hold, the demo's story failed); 2 the call, the settings or the machine are in the way;
130 interrupted; 141 nobody reads the output any more. A plain `aios run`, which lives for months, goes around the command line's parser:
that would stay in its memory (13 MB with what it validates by) and take a third of a second of each start.
"""

import sys
from pathlib import Path
from typing import NoReturn

from gateway.cli.daemon import DEFAULT_CONFIG, allow_rich, run_gateway
from gateway.cli.errors import messages


def main() -> NoReturn:
    """Runs the command line; an error that a person can act on is one line, never a traceback."""
    try:
        config = _plain_run(sys.argv[1:])
        if config is not None:
            run_gateway(config)
        else:
            from gateway.cli.commands import app

            app(prog_name="aios")
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # the rim: here it is decided who is to read it
        said = messages(error)
        if said is None:
            raise
        allow_rich()
        from gateway.cli.terminal import fail

        fail(*said, code=2)
    sys.exit(0)


def _plain_run(words: list[str]) -> Path | None:
    """Returns the settings file of a call that says no more than `run`, or None where the parser is needed."""
    match words:
        case ["run"]:
            return DEFAULT_CONFIG
        case ["run", "--config" | "-c", path] if not path.startswith("-"):
            return Path(path)
        case _:
            return None
