"""Flows and calendars against PostgreSQL."""
