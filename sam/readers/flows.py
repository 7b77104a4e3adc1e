"""The largest intermediate flows of provincial input-output tables, as a list."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sam.errors import SourceError

_COLUMNS = {"reg": "province", "Input": "commodity", "Output": "activity", "perc": "share"}


def read_largest_flows(path: str | Path, edition: str) -> pd.DataFrame:
    """The largest flows of each province: columns ``province, commodity, activity, share``.

    Arguments:
        path: CSV file with the columns ``reg, year, Input, Output, perc``.
        edition: value of ``year`` to keep, e.g. ``2017 new``.

    Returns:
        One row per flow; ``share`` is its share in all intermediate flows of the province.

    Raises:
        SourceError: the file, a column or the edition is missing, or a share is not in (0, 1).
    """
    path = Path(path)
    if not path.is_file():
        raise SourceError(f"{path}: file not found; give the folder that holds the official tables")
    frame = pd.read_csv(path, comment="#")
    missing = [name for name in ("year", *_COLUMNS) if name not in frame.columns]
    if missing:
        raise SourceError.at(
            path.name, "csv", row=1, found=list(frame.columns), expected=f"columns {missing}"
        )
    chosen = frame[frame["year"].astype(str) == edition]
    if chosen.empty:
        known = sorted(set(frame["year"].astype(str)))
        raise SourceError.at(path.name, "csv", column="year", found=known, expected=repr(edition))
    table = chosen[list(_COLUMNS)].rename(columns=_COLUMNS).reset_index(drop=True)
    table["share"] = pd.to_numeric(table["share"], errors="coerce")
    bad = ~table["share"].between(0.0, 1.0, inclusive="neither")
    if bad.any():
        found = chosen["perc"].iloc[int(bad.to_numpy().argmax())]
        raise SourceError.at(
            path.name, "csv", column="perc", found=found, expected="a share between 0 and 1"
        )
    return table
