"""Pure reckoning of forecasts and seats: no Django, no I/O."""
