"""Errors of closures: which variable or condition does not fit, and what to do."""


class ClosureError(ValueError):
    """What is freed and what is fixed do not determine each other."""
