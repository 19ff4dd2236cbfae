"""Missed calls, who calls them back, and the calls of late."""
