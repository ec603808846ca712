"""`python -m entrypoints` is the command `remit`."""

from entrypoints.cli import main

main()
