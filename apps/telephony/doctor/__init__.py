"""The doctor: names what is wrong with a set-up, and how to cure it."""
