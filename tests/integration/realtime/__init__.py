"""Tests of what browsers hear, on PostgreSQL and Redis."""
