"""What the Makefile calls.

Bootstrap, demo, lab, test, check. Standard library only; run as `python3 -m tools.NAME`.
"""
