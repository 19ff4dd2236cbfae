"""What the service promises, measured."""
