"""What an outcome is worth: scorers from outcomes to scores, and the table of measures."""
