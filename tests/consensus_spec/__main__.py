"""`python -m tests.consensus_spec DIR [--fork F] [--preset P]`: runs the official vectors and prints passed and failed per suite.

DIR is any directory laid out as consensus-spec-tests (or a `.tar.gz` of one). Exit code 1 if any case fails.
"""

import argparse
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.consensus_spec.run import run_all


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.consensus_spec", description=__doc__)
    parser.add_argument("directory", type=Path, help="directory, or .tar.gz, laid out as consensus-spec-tests")
    parser.add_argument("--fork", help="altair .. fulu; default: all")
    parser.add_argument("--preset", help="general, minimal or mainnet; default: all")
    arguments = parser.parse_args()
    if arguments.directory.is_dir():
        return _report(arguments.directory, arguments.fork, arguments.preset)
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(arguments.directory) as archive:
            archive.extractall(folder, filter="data")
        return _report(Path(folder), arguments.fork, arguments.preset)


def _report(directory: Path, fork: str | None, preset: str | None) -> int:
    results = run_all(directory, fork=fork, preset=preset)
    print(f"{'suite':<58} {'passed':>7} {'failed':>7} {'not ours':>9}")  # noqa: T201 -- this command's output
    for name, result in sorted(results.items()):
        print(f"{name:<58} {result.passed:>7} {len(result.failures):>7} {result.not_ours:>9}")  # noqa: T201
    for result in results.values():
        for failure in result.failures:
            print(f"FAILED {failure}")  # noqa: T201
    total = sum(result.passed for result in results.values())
    failed = sum(len(result.failures) for result in results.values())
    print(f"{total} passed, {failed} failed")  # noqa: T201
    return 1 if failed or not total else 0


if __name__ == "__main__":
    sys.exit(main())
