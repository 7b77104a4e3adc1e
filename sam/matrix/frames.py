"""A SAM's payments as a long frame: columns, labels, conventions, and tables of other shapes.

The long frame has one line per payment. ``long_frame`` accepts what economists bring (columns in
any order, keys in the index, numbers as text), ``melt`` a square table; ``checked`` enforces the
conventions and names the payment that breaks one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.accounts import KINDS, SIGNED
from sam.errors import SAMError
from sam.kinds import account_name
from sam.readers.text import number_of
from sam.spelling import some

COLUMNS = ("row_region", "row_kind", "row", "col_region", "col_kind", "col", "value")
"""Columns of a long frame: who receives (row), who pays (col), how much."""

KEYS = list(COLUMNS[:-1])
NAMED = ("row", "col", "value")
"""Columns of a long frame whose accounts have names only."""

ROW_KEYS = ["row_region", "row_kind", "row"]
COL_KEYS = ["col_region", "col_kind", "col"]
TURNED = dict(zip(ROW_KEYS + COL_KEYS, COL_KEYS + ROW_KEYS, strict=True))
"""The other side of the payment, by column."""

ACCOUNT = ["region", "kind", "account"]
"""Levels of an account's label, in order."""

UNIT = "unit"
"""Optional column of a long table: the unit of its values, the same on every line."""

NOT_STATED = "(unit not stated)"
"""Unit of a table or a file that does not tell it."""

SHOWN = 5  # offenders that a message lists

T = TypeVar("T")


def located(place: object, read: Callable[[], T]) -> T:
    """Read, with the place before what the SAM itself objects to."""
    try:
        return read()
    except SAMError as cause:
        cause.args = (f"{place}: {cause}",)
        raise


def long_frame(table: pd.DataFrame, region: str | None = None) -> tuple[pd.DataFrame, str | None]:
    """Read a long table of payments, whatever the order of its columns.

    Arguments:
        table: the columns of ``COLUMNS`` and ``unit`` if it tells it, others are ignored; capitals
            in headings and kinds and blanks around labels do not matter, keys may be index levels.
        region: region of all accounts where the table has neither region column.

    Returns:
        The frame with ``COLUMNS``, or with ``NAMED`` where accounts have names only; labels as text
        without blanks around them; the unit, ``None`` if the table does not tell.

    Raises:
        SAMError: columns are missing or ambiguous, a label is missing, a value is no number, the
            unit changes.
    """
    require_frame(table)
    frame = table.reset_index() if set(table.index.names) - {None} else table
    names = [str(name).strip().lower() for name in frame.columns]
    if len(set(names) & {*COLUMNS, UNIT}) < sum(name in (*COLUMNS, UNIT) for name in names):
        raise SAMError(f"SAM: a column is there twice in {names}; keep one")
    frame = frame.set_axis(names, axis=1)
    if names_only(names):
        return _named(frame), _unit(frame[UNIT]) if UNIT in frame else None
    if region is not None and not {"row_region", "col_region"} & set(names):
        frame = frame.assign(row_region=region, col_region=region)
    require_columns(frame)
    labels = {key: _labels(frame[key], small=key.endswith("kind")) for key in KEYS}
    values = _numbers(frame["value"])
    result = pd.DataFrame({**labels, "value": values})
    return result, _unit(frame[UNIT]) if UNIT in frame else None


def names_only(columns: Iterable[str]) -> bool:
    """Whether columns are those of a long table whose accounts have names only."""
    found = set(columns)
    return set(NAMED) <= found and len(found & set(COLUMNS)) == len(NAMED)


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    """A long table whose accounts have names only, in its standard form."""
    for side in ("row", "col"):
        empty = frame[side].isna().to_numpy()
        if empty.any():
            place = frame.index[int(empty.argmax())]
            raise SAMError(f"SAM: the payment with index {place!r} has no {side}; write a label")
    labels = {side: _labels(frame[side]) for side in ("row", "col")}
    return pd.DataFrame({**labels, "value": _numbers(frame["value"])})


def require_frame(table: object) -> None:
    """Assert that a table is a frame, which has names.

    Raises:
        SAMError: it is none.
    """
    if not isinstance(table, pd.DataFrame):
        raise SAMError(
            f"SAM: found a table of type {type(table).__name__}, which names no accounts; put it "
            "in a frame, pandas.DataFrame(table, index=NAMES, columns=NAMES)"
        )


def require_columns(frame: pd.DataFrame) -> None:
    """Assert that no column of a long frame is missing.

    Raises:
        SAMError: names the missing and the found columns.
    """
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        found = [str(name) for name in frame.columns[:12]]
        raise SAMError(
            f"SAM: columns {missing} are missing; a SAM has {list(COLUMNS)}, found {found} "
            "(a square table goes through SAM.from_matrix)"
        )


def melt(table: pd.DataFrame, region: str | None = None) -> pd.DataFrame:
    """Turn a square table into a long frame, without its zeros.

    Arguments:
        table: as ``aligned`` takes it.
        region: region of all accounts where labels are only (kind, account).

    Returns:
        As ``unpivoted``.

    Raises:
        SAMError: as ``aligned``.
    """
    return unpivoted(aligned(table, region))


def aligned(table: pd.DataFrame, region: str | None = None) -> pd.DataFrame:
    """A square table whose columns follow the order of the rows, with full labels on both sides.

    Arguments:
        table: receiving accounts as index, paying accounts as columns, both labelled (region, kind,
            account), named levels in any order, or all by names only.
        region: region of all accounts where labels are only (kind, account).

    Raises:
        SAMError: an account is listed twice, in the rows only or in the columns only, labels have
            other levels, or a cell is no finite number.
    """
    if table.index.nlevels == table.columns.nlevels == 1:
        rows, columns = (_square_names(axis) for axis in (table.index, table.columns))
    else:
        rows, columns = (_square_labels(axis, region) for axis in (table.index, table.columns))
    _same_accounts(rows, columns)
    values = _square_values(table, rows, columns)[:, columns.get_indexer(rows)]
    return pd.DataFrame(values, rows, rows)


def unpivoted(square: pd.DataFrame) -> pd.DataFrame:
    """The payments of an aligned table as a long frame, without zeros.

    An account that receives nothing keeps its place by a payment of zero to itself.

    Arguments:
        square: as ``aligned`` gives it.

    Returns:
        A frame with ``COLUMNS``, or with ``NAMED`` where accounts have names only.
    """
    values, labels = square.to_numpy(), square.index
    paid = values != 0.0
    np.fill_diagonal(paid, paid.diagonal() | ~paid.any(axis=1))
    places = np.nonzero(paid)
    ends = (["row"], ["col"]) if labels.nlevels == 1 else (ROW_KEYS, COL_KEYS)
    sides = (
        labels[place].to_frame(index=False).set_axis(keys, axis=1)
        for place, keys in zip(places, ends, strict=True)
    )
    return pd.concat([*sides, pd.Series(values[places], name="value")], axis=1)


def checked(frame: pd.DataFrame, *, strict: bool) -> pd.DataFrame:
    """The frame in its standard form, if it keeps the conventions.

    Arguments:
        frame: has at least ``COLUMNS``.
        strict: refuse negative payments outside ``SIGNED``.

    Raises:
        SAMError: columns are missing, a label is empty or unreadable, a value is not finite, a
            payment is listed twice, a kind is unknown, a payment is negative.
    """
    require_columns(frame)
    frame = frame.loc[:, list(COLUMNS)].reset_index(drop=True)
    for key in KEYS:
        _refuse(frame, frame[key].isna(), f"have no {key}", "write a label")
        frame[key] = frame[key].astype("str")
    frame["value"] = frame["value"].astype(float) + 0.0  # no negative zeros
    _check_labels(frame)
    _check_kinds(frame)
    bad = ~np.isfinite(frame["value"].to_numpy())
    _refuse(frame, bad, "are not finite", "write numbers, or leave out payments that are not made")
    _refuse(frame, frame.duplicated(KEYS), "are listed twice", "add them up in one line")
    if strict:
        _refuse(
            frame,
            negative(frame),
            "are negative",
            "write a negative transfer as the opposite payment (SAM.flip_negative), or keep them "
            "with strict=False",
        )
    return frame


def negative(frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which payments are negative although no subsidy or change in stocks."""
    result = frame["value"].to_numpy() < 0.0
    lines = frame.loc[result, ["row_kind", "col_kind"]].itertuples(index=False, name=None)
    result[result] = [pair not in SIGNED for pair in lines]
    return np.asarray(result, dtype=bool)


def merge(frame: pd.DataFrame) -> pd.DataFrame:
    """Add up payments between the same accounts."""
    return frame.groupby(KEYS, sort=False)[["value"]].sum().reset_index()


def flip(frame: pd.DataFrame) -> pd.DataFrame:
    """Write negative payments, but those of ``SIGNED``, as the opposite payments."""
    return merge(turned(frame, negative(frame)))


def turned(frame: pd.DataFrame, chosen: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """Some payments written as the opposite payments: the payer receives, with the other sign."""
    result = frame.copy()
    result.loc[chosen, ROW_KEYS] = frame.loc[chosen, COL_KEYS].to_numpy()
    result.loc[chosen, COL_KEYS] = frame.loc[chosen, ROW_KEYS].to_numpy()
    result.loc[chosen, "value"] = -frame.loc[chosen, "value"]
    return result


def readable(label: str) -> bool:
    """Text without blanks around it and without signs that files cannot hold.

    These are control characters, surrogates and non-characters of Unicode.
    """
    return (
        bool(label.strip())
        and label == label.strip()
        and not any(
            unicodedata.category(sign) in ("Cc", "Cs") or ord(sign) & 0xFFFE == 0xFFFE
            for sign in label
        )
    )


def describe(frame: pd.DataFrame, mask: npt.NDArray[np.bool_]) -> str:
    """The first payment of a mask in words."""
    line = frame.loc[mask].iloc[0]
    return (
        f"{line.row_region}/{line.row_kind}/{line.row} <- "
        f"{line.col_region}/{line.col_kind}/{line.col} = {line.value:g}"
    )


def _labels(series: pd.Series, *, small: bool = False) -> pd.Series:
    """Labels as text without blanks around them; whole numbers without decimals."""
    unique = {value: _label(value) for value in series.dropna().unique()}
    labels = series.map(unique)
    return labels.str.lower() if small else labels


def _label(value: object) -> str:
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def _numbers(series: pd.Series) -> npt.NDArray[np.float64]:
    numbers = np.zeros(len(series))
    for place, value in enumerate(series):
        try:
            numbers[place] = number_of(value)
        except ValueError as reason:
            raise SAMError(
                f"SAM: line {place + 1} of the table (index {_shown(series.index[place])}) has the "
                f"value {_shown(value)}, which is no number ({reason}); correct it"
            ) from None
    return numbers


def _shown(value: object) -> str:
    """A value as the user wrote it, not as the type that holds it."""
    return repr(value.item() if isinstance(value, np.generic) else value)


def _unit(series: pd.Series) -> str | None:
    units = [str(unit).strip() for unit in series.dropna().unique()]
    if len(units) > 1:
        raise SAMError(f"SAM: payments are in several units, {units[:SHOWN]}; convert them to one")
    return units[0] if units else None


def _square_labels(axis: pd.Index, region: str | None) -> pd.MultiIndex:
    """Labels of one side of a square table as (region, kind, account)."""
    levels = axis.nlevels
    if levels not in (2, 3) or (levels == 2) == (region is None):
        raise SAMError(
            f"SAM: a square table has labels (region, kind, account), (kind, account) with one "
            f"`region` given, or names alone; found {levels} levels {list(axis.names)}"
        )
    parts = axis.to_frame(index=False, name=range(levels))
    if levels == 2:
        parts.insert(0, "region", region)
    elif set(axis.names) == set(ACCOUNT):
        parts = parts[[list(axis.names).index(name) for name in ACCOUNT]]
    parts = parts.set_axis(ACCOUNT, axis=1)
    if parts.isna().any(axis=None):
        place = int(parts.isna().any(axis=1).to_numpy().argmax())
        raise SAMError(f"SAM: account {place + 1} of the square table has no full label")
    columns = {name: _labels(parts[name], small=name == "kind") for name in ACCOUNT}
    return pd.MultiIndex.from_frame(pd.DataFrame(columns))


def _square_names(axis: pd.Index) -> pd.MultiIndex:
    """Names of accounts along one side of a square table, as labels of one level."""
    if axis.isna().any():
        place = int(np.asarray(axis.isna()).argmax())
        raise SAMError(f"SAM: account {place + 1} of the square table has no name")
    return pd.MultiIndex.from_arrays([[account_name(name) for name in axis]], names=["account"])


def _same_accounts(rows: pd.MultiIndex, columns: pd.MultiIndex) -> None:
    for what, axis in (("rows", rows), ("columns", columns)):
        twice = axis[axis.duplicated()]
        if len(twice):
            raise SAMError(
                f"SAM: accounts listed twice in the {what}: {_listed(twice)}; add them up"
            )
    problems = [
        f"in the {what} only: {_listed(lone)}"
        for what, lone in (
            ("rows", rows.difference(columns, sort=False)),
            ("columns", columns.difference(rows, sort=False)),
        )
        if len(lone)
    ]
    if problems:
        numbered = [name for (*_, name) in rows] == list(map(str, range(len(rows))))
        unread = "; if the names stand in a column, read it as index, index_col=0" * numbered
        raise SAMError(
            f"SAM: rows and columns differ; {'; '.join(problems)}. Give every account both{unread}"
        )


def _square_values(
    table: pd.DataFrame, rows: pd.MultiIndex, columns: pd.MultiIndex
) -> npt.NDArray[np.float64]:
    numeric = all(isinstance(kind, np.dtype) and kind.kind in "iuf" for kind in table.dtypes)
    values = (table if numeric else table.map(_number_or_nan)).to_numpy(dtype=float)
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        i, j = bad[0]
        raise SAMError(
            f"SAM: {len(bad)} cells are no finite numbers, first {'/'.join(rows[i])} <- "
            f"{'/'.join(columns[j])} = {_shown(table.iat[i, j])}; write 0 where nothing is paid"
            + ", .fillna(0)"
            * bool(table.isna().iat[i, j])
        )
    return values


def _number_or_nan(value: object) -> float:
    try:
        return number_of(value)
    except ValueError:
        return np.nan


def _listed(labels: Iterable[tuple[str, ...]]) -> str:
    return some(["/".join(label) for label in labels], SHOWN)


def _refuse(frame: pd.DataFrame, bad: npt.ArrayLike, what: str, remedy: str) -> None:
    mask = np.asarray(bad, dtype=bool)
    if mask.any():
        noun = "value" if what == "are not finite" else "payment"
        count = int(mask.sum())
        told = f"{count} {noun}s {what}, first" if count > 1 else f"1 {noun} {_single(what)},"
        raise SAMError(f"SAM: {told} {describe(frame, mask)}; {remedy}")


def _single(what: str) -> str:
    """The same said of one."""
    verb, rest = what.split(" ", 1)
    return f"{'is' if verb == 'are' else 'has'} {rest}"


def _check_labels(frame: pd.DataFrame) -> None:
    for key in KEYS:
        for label in frame[key].unique():
            if not readable(label):
                raise SAMError(
                    f"SAM: label {label!r} in {key} is empty, has blanks around it or unprintable "
                    f"characters, first in {describe(frame, (frame[key] == label).to_numpy())}; "
                    "correct it (SAM.from_frame strips blanks)"
                )


def _check_kinds(frame: pd.DataFrame) -> None:
    for key in ("row_kind", "col_kind"):
        unknown = sorted(set(frame[key]) - set(KINDS))
        if unknown:
            bad = frame[key].isin(unknown).to_numpy()
            raise SAMError(
                f"SAM: unknown {key} {unknown}; known kinds: {list(KINDS)} "
                f"(sam.accounts.ROLES says what they are), first in {describe(frame, bad)}"
            )
