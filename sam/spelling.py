"""The known spelling that an unknown word is nearest to, for messages."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def near(word: str, known: Iterable[str]) -> str:
    """`` (did you mean 'mass'?)`` for ``mas``, empty where nothing is near."""
    found = get_close_matches(word, list(known), 1)
    return f" (did you mean {found[0]!r}?)" if found else ""
