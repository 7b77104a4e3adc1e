"""Employed persons by sector: a list of sections (letters) and their divisions by year.

The layout is that of the employment accounts of Wang, Jia and Wang (2021), Statistical Research
38(12), 3-18, which hold to the totals of the National Bureau of Statistics.

Sections ``A`` to ``T`` sum to the total ``TOT``, divisions ``A01``, ``A02`` ... to their section;
some sections have none. Numbers are printed in whole 1e4 persons, so a sum of :math:`n` of them may
be off by :math:`(n + 1) / 2`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from sam.readers.bounds import interval
from sam.readers.listing import Listing, read_listing

TOTAL = "TOT"

EMPLOYED = (300.0, 1200.0)
"""Employed persons of China, millions, outside which the unit may be wrong: 647 in 1990, 776 in
2017."""

_MILLION = 100.0
"""Printed units of 1e4 persons in a million."""

_COLUMNS = ("Code", "Description", "DescriptionInChinese")


def read_employment(
    path: str | Path, year: int, plausible: tuple[float, float] = EMPLOYED
) -> pd.DataFrame:
    """Employed persons of one year by printed code (columns ``Code``, names, years).

    Arguments:
        path: CSV file, packed (``.csv.gz``) or not; numbers in 1e4 persons.
        year: one of its columns.
        plausible: least and most persons in all, millions.

    Returns:
        By code: ``name`` (Chinese), ``english`` (empty where it repeats the code), ``persons``
        (millions) and ``detail``, whether no other code divides it: those add up to the total but
        for roundings.

    Raises:
        SourceError: the file, the year, a code or a number is missing, repeated or no number above
            or at zero, a sum is off by more than roundings, or the total is not that of a nation.
    """
    low, high = interval("plausible", plausible)
    listing = read_listing(path, _COLUMNS)
    if str(year) not in listing.columns:
        years = [name for name in listing.columns if name not in _COLUMNS]
        raise listing.sheet.error(listing.heads, None, f"years {', '.join(years)}", f"{year}")
    rows = _rows(listing)
    printed = {code: _persons(listing, row, str(year)) for code, row in rows.items()}
    divisions = {code: _divisions(code, list(rows)) for code in rows}
    for whole, parts in divisions.items():
        if parts:
            _check_sum(listing, rows[whole], str(year), printed, whole, parts)
    if not low <= printed[TOTAL] / _MILLION <= high:
        expected = (
            f"{low * _MILLION:g} to {high * _MILLION:g} (1e4 persons of a nation); correct the"
            " numbers, or say plausible=(low, high), in millions, if they are right"
        )
        raise listing.error(rows[TOTAL], str(year), expected)
    english = {code: listing.text(row, "Description") for code, row in rows.items()}
    return pd.DataFrame(
        {
            "name": [listing.text(row, "DescriptionInChinese") for row in rows.values()],
            "english": [text if text != code else "" for code, text in english.items()],
            "persons": [value / _MILLION for value in printed.values()],
            "detail": [not parts for parts in divisions.values()],
        },
        index=pd.Index(list(rows), name="code"),
    )


def _rows(listing: Listing) -> dict[str, int]:
    """The line of each code."""
    rows: dict[str, int] = {}
    for row in listing.rows:
        code = listing.text(row, "Code")
        if code != TOTAL and not re.fullmatch("[A-Z][0-9]*", code):
            raise listing.error(row, "Code", f"{TOTAL}, a letter, or a letter and digits")
        if code in rows:
            raise listing.error(row, "Code", f"each code once (line {rows[code] + 1})")
        listing.name(row, "DescriptionInChinese", f"the Chinese name of {code}")
        rows[code] = row
    sections = [code[0] for code in rows if code != TOTAL]
    missing = [code for code in (TOTAL, *dict.fromkeys(sections)) if code not in rows]
    if missing:
        found = f"no code {', '.join(missing)}"
        expected = f"{TOTAL} and the letter of every division"
        raise listing.sheet.error(None, listing.columns["Code"], found, expected)
    return rows


def _divisions(code: str, codes: Sequence[str]) -> list[str]:
    """The codes that divide one: sections the total, divisions a section."""
    if code == TOTAL:
        return [other for other in codes if len(other) == 1]
    others = [other for other in codes if other not in (code, TOTAL)]
    return [other for other in others if len(code) == 1 and other.startswith(code)]


def _persons(listing: Listing, row: int, year: str) -> float:
    value = listing.number(row, year, f"persons of {listing.text(row, 'Code')}")
    if math.isnan(value) or value < 0.0:
        raise listing.error(row, year, "a number of at least zero")
    return value


def _check_sum(
    listing: Listing,
    row: int,
    year: str,
    printed: Mapping[str, float],
    whole: str,
    parts: Sequence[str],
) -> None:
    """Parts sum to the whole within what rounding each to 1 can make."""
    total, limit = sum(printed[part] for part in parts), (len(parts) + 1) / 2
    if abs(total - printed[whole]) > limit:
        expected = f"{total:g}, the sum of {parts[0]} to {parts[-1]}, to {limit:g}"
        raise listing.error(row, year, expected)
