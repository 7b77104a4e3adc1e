"""What studies print: known quantities, ranges that are not empty, sources and qualities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration import AssumptionError
from calibration.studies import STUDIED, load_studies

HEADER = "study,scenario,quantity,year,bound,value,source,quality"


def write(folder: Path, *rows: str) -> Path:
    file = folder / "studies.csv"
    file.write_text("\n".join((HEADER, *rows)), encoding="utf-8")
    return file


def test_every_quantity_is_used_and_every_number_has_a_source() -> None:
    studies = load_studies()
    assert {row.quantity for row in studies.rows} == set(STUDIED)
    assert all(row.source and row.quality in ("published", "recalled") for row in studies.rows)
    assert len(studies.to_frame()) == len(studies.rows)


def test_a_range_holds_what_lies_in_it(tmp_path: Path) -> None:
    rows = ("A,neutrality,co2,2060,least,1,x,recalled", "A,neutrality,co2,2060,most,3,x,recalled")
    (finding,) = load_studies(write(tmp_path, *rows), whole=True).findings()
    assert (finding.least, finding.most) == (1.0, 3.0)
    assert [finding.holds(value) for value in (0.9, 1.0, 2.0, 3.1)] == [False, True, True, False]


def test_one_end_is_open(tmp_path: Path) -> None:
    file = write(tmp_path, "A,neutrality,co2,2060,least,1,x,recalled")
    (finding,) = load_studies(file, whole=True).findings()
    assert finding.most == np.inf
    assert finding.holds(1e9)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (("A,neutrality,heat,2060,exactly,1,x,recalled",), "heat"),
        (("A,neutrality,co2,2060,exactly,-1,x,recalled",), "must not be negative"),
        (
            ("A,neutrality,co2,2060,least,3,x,recalled", "A,neutrality,co2,2060,most,1,x,recalled"),
            "exceeds the most",
        ),
    ],
)
def test_wrong_rows_are_named(tmp_path: Path, rows: tuple[str, ...], message: str) -> None:
    with pytest.raises(AssumptionError, match=message):
        load_studies(write(tmp_path, *rows), whole=True)
