"""Rows that Asterisk reads, rendered into include files and reloaded."""
