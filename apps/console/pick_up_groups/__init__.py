"""Pick-up groups on the console."""
