"""The pure heart of the ledger: facts, and the call folded from them. No Django, no I/O."""
