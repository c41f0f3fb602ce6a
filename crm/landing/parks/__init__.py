"""Parks (载体): land, buildings, thresholds."""
