"""Tests against a real Asterisk, with SIPp as carriers, callers and desk phones."""
