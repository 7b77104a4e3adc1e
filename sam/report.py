r"""The report of a dataset: every total that it was made to meet, and how near it came.

A dataset's provenance holds published numbers, assumptions and control totals; control totals are
the rows with a target. The deviation of a total is

.. math:: d = \frac{\text{achieved}}{\text{target}} - 1 .
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.dataset import Dataset
from sam.errors import DatasetError
from sam.ratios import ratio

CONTROL = "control: "
"""Prefix of the items of control totals among the rows of provenance."""

MISSING = "no number of "
"""Beginning of the source of a number that stands in for one of the base year that is missing."""

COLUMNS = (
    "item",
    "region",
    "unit",
    "target",
    "achieved",
    "deviation",
    "source",
    "quality",
    "note",
)
"""Columns of the report."""


def control_totals(dataset: Dataset) -> pd.DataFrame:
    """Control totals of a dataset: target, what the accounts achieve, deviation, source, quality.

    Arguments:
        dataset: any dataset; one without control totals gives an empty table.

    Returns:
        One row per total with the columns ``COLUMNS``; the deviation is a fraction of the target.

    Raises:
        DatasetError: a target has no number that was achieved.
    """
    table = dataset.provenance
    if "target" not in table.columns:
        return pd.DataFrame(columns=list(COLUMNS))
    rows = table[table["target"].notna()].reset_index(drop=True)
    if "note" not in rows.columns:
        rows["note"] = ""
    _check_achieved(dataset.name, rows)
    target, achieved = (rows[name].to_numpy(float) for name in ("target", "achieved"))
    return rows.assign(
        item=rows["item"].str.removeprefix(CONTROL),
        deviation=deviation(target, achieved),
        note=rows["note"].astype(object).where(rows["note"].notna(), ""),
    )[list(COLUMNS)]


def deviation(
    target: npt.NDArray[np.float64], achieved: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Achieved over target less one; a total of zero is met by zero and missed without bound."""
    missed = np.where(achieved == target, 0.0, np.inf)
    return ratio(achieved, target, missed + 1.0, where=target != 0.0) - 1.0 + 0.0


def _check_achieved(name: str, rows: pd.DataFrame) -> None:
    lost = rows.index[rows["achieved"].isna()]
    if len(lost):
        row = rows.loc[lost[0]]
        raise DatasetError(
            f"dataset {name}: control total {row['item']!r} of {row['region']} has a target but no "
            f"achieved value ({len(lost)} such in all); rebuild the dataset with its recipe"
        )


def missing_totals(dataset: Dataset) -> pd.DataFrame:
    """Numbers of the base year that were not at hand, for which those of another year stand in.

    Arguments:
        dataset: any dataset.

    Returns:
        Rows of provenance: ``item, region, value, unit, source, quality``.
    """
    table = dataset.provenance
    stands_in = table["source"].astype(str).str.startswith(MISSING)
    own = stands_in & ~table["item"].astype(str).str.startswith(CONTROL)
    return table[own][["item", "region", "value", "unit", "source", "quality"]].reset_index(
        drop=True
    )
