"""What decides about work orders: pure, no Django, no I/O."""
