"""Tests of an agent's day."""
