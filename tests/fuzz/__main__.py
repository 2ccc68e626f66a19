"""`python -m tests.fuzz TARGET [-max_total_time=N] [libFuzzer options]`: fuzzes one decoder with coverage feedback (atheris).

Without a corpus folder among the options, one is made from the target's seeds and thrown away afterwards. Exit code 0 if nothing was found.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["lightclient", "oracle", "drivers"], enable_loader_override=False):
    from tests.fuzz.seeds import SEEDS
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Runs the target named first on the command line; libFuzzer ends the process."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in TARGETS:
        sys.exit(f"usage: python -m tests.fuzz TARGET [-max_total_time=SECONDS] ...; targets: {', '.join(TARGETS)}")
    options = sys.argv[2:]
    if all(option.startswith("-") for option in options):
        corpus = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
        for index, seed in enumerate(SEEDS[name]()):
            (corpus / str(index)).write_bytes(seed)
        options.append(str(corpus))
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


main()
