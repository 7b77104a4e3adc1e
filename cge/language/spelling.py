"""Misspelt names: what they may mean."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from cge.language.words import some


def near(name: str, known: Iterable[str], *, most: int = 10, otherwise: str = "") -> str:
    """What a misspelt name may mean, for messages.

    Arguments:
        name: what was written.
        known: the names there are.
        most: most names that are told.
        otherwise: what to say where none is close; by default some of those there are.

    Returns:
        Names that contain what was written, the shortest first, then those that are spelt nearly
        so, whatever their case: ``"close ones: labour_supply"``.
    """
    names, low = list(dict.fromkeys(known)), name.lower()
    longer = sorted((k for k in names if low and low in k.lower()), key=len)
    spelt = get_close_matches(low, {k.lower() for k in names}, n=most)
    close = dict.fromkeys([*longer, *(k for s in spelt for k in names if k.lower() == s)])
    if close:
        return f"close ones: {', '.join([*close][:most])}"
    if otherwise:
        return otherwise
    return f"known are {some(names, most) or 'none'}"
