"""Tests of missed calls."""
