"""Answering: from a question to checked, cited statements."""
