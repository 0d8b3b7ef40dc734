"""Where cases come from: the project's own, a file, a folder of public data."""
