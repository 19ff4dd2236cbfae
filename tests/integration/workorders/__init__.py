"""Tests of work orders with a real database."""
