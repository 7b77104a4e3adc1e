"""What titles around a table say of it: the unit of its values."""

from __future__ import annotations

import re
from collections.abc import Iterable

SEARCHED = 30
"""Rows above a table, and columns before it, that may hold titles."""

_UNIT = r"(?:\bunits?|单位)\s*[:：]\s*"
_SCALE = r"(?:\d+e\d+|thousands?|millions?|billions?|trillions?|mn|bn|亿|万)"
_MONEY = r"(?:yuan|cny|rmb|euros?|eur|usd|dollars?|yen|pounds?|rupees?|元)"
_FORMS = (
    re.compile(rf"\s*{_UNIT}(.+)", re.IGNORECASE),
    re.compile(rf".*?{_UNIT}([^;；)）]+)", re.IGNORECASE),
    re.compile(rf".*[(（]\s*in\s+([^()（）]*\b(?:{_SCALE}|{_MONEY})\b[^()（）]*)", re.IGNORECASE),
    re.compile(rf".*[(（]\s*({_SCALE}(?:\s+of\b|\b|(?=元))[^()（）]*)", re.IGNORECASE),
)
"""A cell that is ``unit: X``, that holds it, or that holds ``(in X)`` or ``(X)`` with X money."""


def stated_unit(cells: Iterable[object]) -> str | None:
    """The unit that one of some cells around a table states.

    Arguments:
        cells: titles and headings.
    """
    texts = [cell for cell in cells if isinstance(cell, str)]
    for form in _FORMS:
        for text in texts:
            match = form.match(text)
            if match and match.group(1).strip():
                return match.group(1).strip()
    return None
