"""FastAGI: Asterisk's dialplan asks what to do with a call."""
