"""`python -m gateway` is `aios`."""

from gateway.cli.main import main

main()
