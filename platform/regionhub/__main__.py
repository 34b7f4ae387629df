"""`python -m regionhub` is the command `regionhub`."""

from regionhub.cli import main

main()
