"""A real browser as the agent, on the embedded product with a real Asterisk."""
