"""The listener on Asterisk's manager interface."""
