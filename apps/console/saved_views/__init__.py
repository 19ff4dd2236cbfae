"""Saved filters of lists on the console."""
