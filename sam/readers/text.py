"""Printed labels and numbers of official tables: one spelling, one value."""

from __future__ import annotations

import math
import re
import unicodedata

import numpy as np

_MARKS = "\u2460-\u2487\u24eb-\u24f4\u2776-\u277f*\uff0a†‡"
"""Footnote marks: circled and bracketed numerals (①, ⑴, ❶), stars and daggers."""

_FOOTNOTES = re.compile(f"[{_MARKS}]")

_TRAILING = re.compile(rf"[{_MARKS}\s]+$")

_POWERS = str.maketrans({sign: f"^{k}" for k, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")})

_SIGNS = str.maketrans(dict.fromkeys("‐‑‒–—―−─", "-") | {"⋯": "...", "\u200b": "", "\ufeff": ""})
"""Dashes and the minus sign, the raised ellipsis, invisible marks."""

_NIL = re.compile(r"-+|\.{3}|\.{6}")

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")

_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?|[+-]?\d{1,3}( \d{3})+(\.\d*)?")


def normalise(text: str) -> str:
    """A label in one spelling: half-width, without white space and footnote marks.

    Unicode NFKC makes ``（１）`` into ``(1)`` and ``CO₂`` into ``CO2``; superscripts become powers
    (``10⁴`` into ``10^4``).
    """
    bare = _FOOTNOTES.sub("", text).translate(_POWERS).replace("\u200b", "")
    return "".join(unicodedata.normalize("NFKC", bare).split())


def to_number(text: str) -> float:
    """The number a cell prints.

    Read as numbers: digits of any width, a sign, a decimal point, an exponent; thousands in groups
    of three parted by commas or blanks (``1,234.5``, ``12 345``); footnote marks after the number
    (``123*``, ``123①``). Read as zero: blanks; dashes and ``…``, with which statistical yearbooks
    mark "none" and "below half the smallest unit of the table" (National Bureau of Statistics,
    notes to users of the China Statistical Yearbook).

    Refused, because they mean different things in different tables: parentheses (minus in accounts,
    a part of the total in yearbooks), percent signs, two dots or ``n.a.`` (not known, so not zero),
    signs that hold a digit without being one (``²``, ``₂``, ``㉑``, ``½``: a power, a footnote or a
    part of the number), groups of other than three digits, numbers that no computer holds.

    Raises:
        ValueError: says what is wrong; the caller knows where.
    """
    if _PLAIN.fullmatch(text):  # nearly every cell: a table of 153 sectors has 25,000
        return _finite(text)
    bare = _TRAILING.sub("", text)
    odd = next((sign for sign in bare if _holds_digits(sign)), None)
    if odd is not None and not _FOOTNOTES.match(odd):
        raise ValueError(f"{odd!r} may be a power, a footnote or a part of the number")
    if _FOOTNOTES.search(bare):
        raise ValueError("a footnote mark stands before the end of the number")
    body = unicodedata.normalize("NFKC", bare).translate(_SIGNS)
    body = " ".join(body.split())
    if not body and text.strip():
        raise ValueError("a footnote mark without a number")
    if not body or _NIL.fullmatch(body.replace(" ", "")):
        return 0.0
    body = re.sub(r"^([+-]) ", r"\1", body)
    if _PLAIN.fullmatch(body):
        return _finite(body)
    if _GROUPED.fullmatch(body):
        return _finite(body.replace(",", "").replace(" ", ""))
    raise ValueError(_reason(body))


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError("it is beyond the range of numbers")
    return number


def number_of(value: object) -> float:
    """The number that a cell or an entry of a frame holds, as number or as text.

    Raises:
        ValueError: it holds nothing, a truth value, no finite number or what ``to_number`` refuses.
    """
    if isinstance(value, str):
        if not value.strip():
            raise ValueError("nothing stands there")
        return to_number(value)
    if value is None or isinstance(value, (bool, np.bool_)):
        raise ValueError("nothing is told" if value is None else "a truth value is no number")
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ValueError("no number is read from it") from None
    if not math.isfinite(number):
        raise ValueError("it is not finite")
    return number


def _holds_digits(sign: str) -> bool:
    """Whether a sign is no digit but becomes one when it is made half-width."""
    return not sign.isdecimal() and any(c.isdecimal() for c in unicodedata.normalize("NFKC", sign))


def _reason(body: str) -> str:
    if "%" in body:
        return "a percentage is not a level"
    if "(" in body:
        return "parentheses may mean minus or a part of a total"
    if re.fullmatch(r"[+-]?\d[\d, .]*", body):
        return "digits must stand in groups of three"
    return "text is not read as zero"
