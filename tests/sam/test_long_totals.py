"""Totals in long tables of names: left out once they are held against the payments."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sam import SAM, SAMError, suggest_kinds
from tests.sam import published

NAMES = published.NAMES["IFPRI"]
KINDS = {NAMES[account]: kind for account, kind in published.KINDS.items()}
TABLE = published.matrix(NAMES)
SOUND = SAM.from_matrix(TABLE, kinds=KINDS)


def long(name: str, table: pd.DataFrame = TABLE) -> pd.DataFrame:
    """The payments of a table, and what its accounts receive and pay under a name."""
    table = table.copy()
    table[name] = table.sum(axis=1)
    table.loc[name] = table.sum(axis=0)
    frame = table.rename_axis(index="row", columns="col").stack().rename("value").reset_index()
    return frame[frame["value"] != 0.0]


def same(found: SAM) -> None:
    expected = SOUND.matrix()
    there = found.matrix().reindex(index=expected.index, columns=expected.columns)
    pd.testing.assert_frame_equal(there, expected)


@pytest.mark.parametrize("name", ["TOTAL", "Tot.", "Total receipts", "合计"])
@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_totals_of_a_long_table_are_no_account(tmp_path: Path, name: str, suffix: str) -> None:
    frame, path = long(name), tmp_path / f"sam{suffix}"
    if suffix == ".csv":
        frame.to_csv(path, index=False)
    elif suffix == ".xlsx":
        frame.to_excel(path, index=False)
    else:
        frame.to_parquet(path)
    for found in (SAM.read(path, kinds=KINDS), SAM.from_frame(frame, kinds=KINDS)):
        same(found)
        assert name not in set(found.accounts["account"])
    assert name not in suggest_kinds(frame).accounts
    assert name not in suggest_kinds(path).accounts


def test_a_total_on_one_side_is_no_account() -> None:
    frame = long("Total")
    one = frame[frame["col"] != "Total"]
    same(SAM.from_frame(one, kinds=KINDS))


def test_a_total_that_contradicts_its_payments_is_named_unless_ignored() -> None:
    frame = long("Total")
    wrong = frame["row"].eq("Total") & frame["col"].eq(TABLE.columns[0])
    frame.loc[wrong, "value"] += 5.0
    with pytest.raises(SAMError, match=rf"Total .* of the column '{TABLE.columns[0]}'.*--ignore"):
        SAM.from_frame(frame, kinds=KINDS)
    found = SAM.from_frame(frame, kinds=KINDS, ignore_totals=True)
    same(found)


def test_totals_by_an_unknown_name_are_told_by_their_numbers() -> None:
    with pytest.raises(SAMError, match="'zzz', whose entries are the sums of all others"):
        SAM.from_frame(long("zzz"), kinds={**KINDS, "zzz": "enterprise"})


def test_rounded_totals_of_payments_that_are_not_are_told_by_their_numbers() -> None:
    exact = TABLE * 1.0123456789012
    frame = long("zzz", exact)
    stated = frame["row"].eq("zzz") | frame["col"].eq("zzz")
    frame.loc[stated, "value"] = frame.loc[stated, "value"].round(1)
    with pytest.raises(SAMError, match="'zzz', whose entries are the sums of all others"):
        SAM.from_frame(frame, kinds={**KINDS, "zzz": "enterprise"})


@pytest.mark.parametrize("noted", [b"{", b'{"columns": 3}'])
def test_what_pandas_noted_of_a_parquet_file_does_not_matter(tmp_path: Path, noted: bytes) -> None:
    path = tmp_path / "sam.parquet"
    frame = long("Total").reset_index(drop=True)
    table = pa.Table.from_pandas(frame).replace_schema_metadata({b"pandas": noted})
    pq.write_table(table, path)
    same(SAM.read(path, kinds=KINDS))
