"""The soft-phone bar for other programs: a page in a frame, let in by a one-time token."""
