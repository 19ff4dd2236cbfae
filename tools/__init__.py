"""What the Makefile calls: bootstrap, demo, lab, test, check. Standard library only; run as `python3 -m tools.NAME`."""
