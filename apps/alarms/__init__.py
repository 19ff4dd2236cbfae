"""Alarms: a figure of the live board crossed a threshold for some time, and people are told."""
