"""Quality inspection on the console: lists, scoring, sheets, plans, calibration, results."""
