"""Recordings that stand out by their sound."""
