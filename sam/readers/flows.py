"""The largest intermediate flows of provincial input-output tables, as a list."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from sam.readers.listing import Listing, read_listing

_COLUMNS = {"reg": "province", "Input": "commodity", "Output": "activity", "perc": "share"}

TOLERANCE = 1e-6
"""Share of a number by which value and share of a flow may disagree."""


def read_largest_flows(
    path: str | Path,
    edition: str,
    provinces: Sequence[str] = (),
    others: Collection[str] = (),
) -> pd.DataFrame:
    """The largest flows of each province: columns ``province, commodity, activity, share``.

    Arguments:
        path: CSV file with the columns ``reg, year, Input, Output, perc, rank, value``.
        edition: value of ``year`` to keep, e.g. ``2017 new``.
        provinces: provinces whose flows have to be there; default: any.
        others: further provinces whose flows may be there.

    Returns:
        One row per flow; ``share`` is its share in all intermediate flows of the province, no unit.

    Raises:
        SourceError: the file, a column, the edition or a province is missing, a province is
            unknown, a flow is listed twice, a share is not in (0, 1), the shares of a province
            exceed one together or are not proportional to the values of its flows, or its ranks
            have a gap.
    """
    listing = read_listing(path, ("year", *_COLUMNS, "rank", "value"))
    rows = [row for row in listing.rows if listing.text(row, "year") == edition]
    if not rows:
        known = sorted({listing.text(row, "year") for row in listing.rows})
        raise listing.sheet.error(None, listing.columns["year"], known, repr(edition))
    if provinces:
        listing.require("reg", provinces, rows, others)
    seen: dict[tuple[str, str, str], float] = {}
    for row in rows:
        province, commodity, activity = (
            listing.name(row, column, f"the name of a {_COLUMNS[column]}")
            for column in ("reg", "Input", "Output")
        )
        share = listing.number(row, "perc", "a share between 0 and 1")
        if not 0.0 < share < 1.0:
            raise listing.error(row, "perc", "a share between 0 and 1")
        if (province, commodity, activity) in seen:
            raise listing.error(row, "Output", f"each flow of {province} once")
        seen[province, commodity, activity] = share
    for province in dict.fromkeys(province for province, *_ in seen):
        _check_province(listing, [row for row in rows if listing.text(row, "reg") == province])
    return pd.DataFrame(
        [(*key, share) for key, share in seen.items()], columns=list(_COLUMNS.values())
    )


def _check_province(listing: Listing, rows: Sequence[int]) -> None:
    """Shares are values over one total and sum to at most one; ranks have no gap."""
    shares = [listing.number(row, "perc", "a share") for row in rows]
    values = [listing.number(row, "value", "1e4 CNY") for row in rows]
    total = sum(values) / sum(shares)
    for row, share, value in zip(rows, shares, values, strict=True):
        if not abs(share * total - value) <= TOLERANCE * value + TOLERANCE * total * share:
            expected = (
                f"the value over one total of {listing.text(row, 'reg')}, {value / total:.6g}"
            )
            raise listing.error(row, "perc", expected)
    if sum(shares) > 1.0:
        found = f"shares of {listing.text(rows[0], 'reg')} that sum to {sum(shares):.4f}"
        raise listing.sheet.error(None, listing.columns["perc"], found, "at most 1")
    ranks = {listing.number(row, "rank", "a rank"): row for row in rows}
    for rank in range(1, len(rows) + 1):
        if rank not in ranks:
            raise listing.error(rows[-1], "rank", f"ranks 1 to {len(rows)}, {rank} too")
