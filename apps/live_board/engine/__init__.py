"""The live board without I/O: its parts, who sees which row, what has changed."""
