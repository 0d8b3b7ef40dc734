"""Proving it: cases, fitting and benchmarks."""
