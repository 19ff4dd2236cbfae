"""Migrations of the toolbar app."""
