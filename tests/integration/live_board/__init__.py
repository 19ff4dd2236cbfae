"""Tests of an agent's day without a database."""
