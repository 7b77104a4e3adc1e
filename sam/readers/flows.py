"""The largest intermediate flows of provincial input-output tables, as a list."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sam.readers.listing import read_listing

_COLUMNS = {"reg": "province", "Input": "commodity", "Output": "activity", "perc": "share"}


def read_largest_flows(path: str | Path, edition: str) -> pd.DataFrame:
    """The largest flows of each province: columns ``province, commodity, activity, share``.

    Arguments:
        path: CSV file with the columns ``reg, year, Input, Output, perc``.
        edition: value of ``year`` to keep, e.g. ``2017 new``.

    Returns:
        One row per flow; ``share`` is its share in all intermediate flows of the province, no unit.

    Raises:
        SourceError: the file, a column or the edition is missing, a flow is listed twice, a share
            is not in (0, 1), or the shares of a province exceed one together.
    """
    listing = read_listing(path, ("year", *_COLUMNS))
    rows = [row for row in listing.rows if listing.text(row, "year") == edition]
    if not rows:
        known = sorted({listing.text(row, "year") for row in listing.rows})
        raise listing.sheet.error(None, listing.columns["year"], known, repr(edition))
    seen: dict[tuple[str, str, str], float] = {}
    for row in rows:
        province, commodity, activity = (listing.text(row, name) for name in list(_COLUMNS)[:3])
        share = listing.number(row, "perc", "a share between 0 and 1")
        if not 0.0 < share < 1.0:
            raise listing.error(row, "perc", "a share between 0 and 1")
        if (province, commodity, activity) in seen:
            raise listing.error(row, "Output", f"each flow of {province} once")
        seen[province, commodity, activity] = share
    table = pd.DataFrame(
        [(*key, share) for key, share in seen.items()], columns=list(_COLUMNS.values())
    )
    sums = table.groupby("province", sort=False)["share"].sum()
    if (sums > 1.0).any():
        found = f"shares of {sums.idxmax()} that sum to {sums.max():.4f}"
        raise listing.sheet.error(None, listing.columns["perc"], found, "at most 1")
    return table
