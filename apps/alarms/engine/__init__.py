"""Alarms without I/O: when one is raised and when it is over."""
