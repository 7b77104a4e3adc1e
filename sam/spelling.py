"""Words in messages: the known one that an unknown one is nearest to, and some of many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


def near(word: str, known: Iterable[str]) -> str:
    """`` (did you mean 'mass'?)`` for ``Mas``, empty where nothing is near."""
    spelt = {name.casefold(): name for name in known}
    found = get_close_matches(word.casefold(), list(spelt), 1)
    return f" (did you mean {spelt[found[0]]!r}?)" if found else ""


def some(words: Sequence[str], shown: int) -> str:
    """``a, b and 3 more``: the first words, and how many more there are."""
    more = f" and {len(words) - shown} more" if len(words) > shown else ""
    return ", ".join(words[:shown]) + more
