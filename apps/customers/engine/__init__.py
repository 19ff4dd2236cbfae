"""Decisions about customers without any I/O."""
