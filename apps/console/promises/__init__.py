"""The promises of the service on the console."""
