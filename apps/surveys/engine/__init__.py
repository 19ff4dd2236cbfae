"""The survey after a call: pure, by the same voice as flows."""
