"""Errors of the modelling language: what is wrong, where, and what to do."""


class DeclarationError(ValueError):
    """A model is declared inconsistently (unknown letter, misaligned array, unbalanced market)."""


class LetterWarning(UserWarning):
    """Letters that stand for the same labels may have been confused; see ``docs/letters.md``."""
