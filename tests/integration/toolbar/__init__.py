"""Tests of the toolbar."""
