"""Pages in docs/ that must not go stale."""
