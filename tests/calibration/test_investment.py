"""The rule of investment, and the path of saving, as tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration import AssumptionError, load_assumptions, load_investment, load_prospects

HEADER = "item,value,source,quality\n"


def written(folder: Path, *lines: str) -> Path:
    file = folder / "mine.csv"
    file.write_text(HEADER + "".join(f"{line},me,assumed\n" for line in lines), encoding="utf-8")
    return file


def test_a_row_is_laid_over_the_table_and_changes_the_hash(tmp_path: Path) -> None:
    mine = load_assumptions({"investment": written(tmp_path, "slope,2")})
    usual = load_assumptions()
    assert mine.investment.value("slope") == 2.0
    assert mine.investment.value("headroom") == usual.investment.value("headroom")
    assert mine.hash != usual.hash
    assert usual.replace(investment=mine.investment).hash == mine.hash


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ("slope,0", "line 2, slope: value is '0': Input should be greater than 0"),
        ("steepness,2", "item is 'steepness': Input should be 'slope' or 'headroom'"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, line: str, finding: str) -> None:
    with pytest.raises(AssumptionError) as found:
        load_investment(written(tmp_path, line))
    assert finding in str(found.value)


def test_a_table_that_lacks_a_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssumptionError, match=r"mine\.csv: no row of 'headroom'; add it"):
        load_investment(written(tmp_path, "slope,2"), whole=True)


def test_saving_falls_from_the_rates_of_the_base_year() -> None:
    (path,) = load_prospects().factors("saving", [""], range(2020, 2061))
    assert path[0] == 1.0
    assert (np.diff(path) < 0.0).all()
    assert np.abs(np.diff(path, 2)).max() < 0.01  # no jump from one year to the next
