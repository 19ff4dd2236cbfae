"""Which order an operation gives. Pure."""
