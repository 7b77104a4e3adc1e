"""Tables of a dataset as arrays: labels are checked here, so that nothing aligns by accident."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from calibration.errors import CalibrationError

Array = npt.NDArray[np.float64]


def labelled_array(
    table: pd.DataFrame,
    axes: Mapping[str, Sequence[str]],
    column: str,
    name: str,
    *,
    most: float = np.inf,
) -> Array:
    """A column of a dataset's table over its labels, zero where not listed.

    Arguments:
        table: one line per value.
        axes: label columns of the table and the labels of each, in the order of the array.
        column: column of the values, which must be numbers from zero to ``most``.
        name: name of the table, for messages.
        most: largest value that makes sense.

    Raises:
        CalibrationError: unknown label, a value missing or out of range, or a line given twice.
    """
    for key, labels in axes.items():
        unknown = sorted(set(table[key]) - set(labels))
        if unknown:
            raise CalibrationError(
                f"dataset table {name}: unknown {key} {', '.join(map(str, unknown[:5]))}; correct "
                f"it to one of {', '.join(labels)}"
            )
    values = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float)
    bad = np.flatnonzero(~((values >= 0.0) & (values <= most) & np.isfinite(values)))
    if bad.size:
        line = table.iloc[int(bad[0])]
        limit = "a number >= 0" if np.isinf(most) else f"a number from 0 to {most:g}"
        raise CalibrationError(
            f"dataset table {name}, {_place(line, axes)}: {column} is {line[column]}; correct it "
            f"to {limit}"
        )
    twice = np.flatnonzero(table.duplicated(list(axes)))
    if twice.size:
        place = _place(table.iloc[int(twice[0])], axes)
        raise CalibrationError(f"dataset table {name}: {place} is listed twice; keep one line")
    places = [pd.Index(labels).get_indexer(pd.Index(table[key])) for key, labels in axes.items()]
    result = np.zeros([len(labels) for labels in axes.values()])
    result[tuple(places)] = values
    return result


def _place(line: pd.Series, axes: Mapping[str, Sequence[str]]) -> str:
    return " ".join(str(line[key]) for key in axes)
