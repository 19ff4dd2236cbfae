"""Voicemail by phone, without I/O."""
