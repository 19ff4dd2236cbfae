"""The live board on the console, screens on the wall, and alarms."""
