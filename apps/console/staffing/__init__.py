"""Staffing on the console: what a week needs, and what there was."""
