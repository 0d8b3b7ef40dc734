"""What may be cited: sources, how they are read, and how they are split into passages."""
