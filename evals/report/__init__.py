"""The parts of a run's report: pure functions from values to HTML, everything escaped."""
