"""`python -m labeler` is `labeler`."""

from labeler.cli.main import main

main()
