"""The doctor's checks against fakes."""
