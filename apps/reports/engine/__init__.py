"""Reports without I/O: quarter-hours, sums, periods, columns."""
