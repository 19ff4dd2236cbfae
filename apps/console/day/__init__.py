"""An agent's own day, the calls behind it, and the targets beside it."""
