"""The known spelling that an unknown word is nearest to, for messages."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def near(word: str, known: Iterable[str]) -> str:
    """`` (did you mean 'mass'?)`` for ``Mas``, empty where nothing is near."""
    spelt = {name.casefold(): name for name in known}
    found = get_close_matches(word.casefold(), list(spelt), 1)
    return f" (did you mean {spelt[found[0]]!r}?)" if found else ""
