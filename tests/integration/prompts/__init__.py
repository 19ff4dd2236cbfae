"""Prompts against PostgreSQL, with the real ffmpeg and espeak-ng."""
