"""Pure measuring of the promises: no Django, no I/O."""
