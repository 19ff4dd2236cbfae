"""What supervisors may do. Pure."""
