"""People: the page and the command line."""
