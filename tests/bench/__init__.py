"""Measurements: `make bench` runs every part and prints one table. Not collected by pytest."""
