"""Who gets the call, and why; how many agents it needs. Pure: no Django, no I/O."""
