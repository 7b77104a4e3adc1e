"""Numbers in messages: as many digits as tell two of them apart."""

from __future__ import annotations

_SHORTEST, _LONGEST = 6, 17


def told_apart(first: float, second: float) -> tuple[str, str]:
    """Two numbers with the fewest digits, at least six, with which they print differently.

    Arguments:
        first: any number.
        second: any other; equal ones print alike.
    """
    for digits in range(_SHORTEST, _LONGEST + 1):
        texts = f"{first:.{digits}g}", f"{second:.{digits}g}"
        if texts[0] != texts[1]:
            return texts
    return f"{first:g}", f"{second:g}"
