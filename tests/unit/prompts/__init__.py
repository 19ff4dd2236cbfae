"""Prompts' sounds and files, without a database."""
