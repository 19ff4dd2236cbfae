"""Seats by half-hour, forecast from a queue's own history."""
