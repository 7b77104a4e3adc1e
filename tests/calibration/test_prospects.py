"""Prospects: what grows outside the drivers of a dataset, and how fast."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration import AssumptionError, load_prospects
from calibration.prospects import Prospects

HEADER = "item,label,year,value,source,quality\n"
YEARS = range(2020, 2061)


def prospects(folder: Path, *lines: str) -> Prospects:
    file = folder / "mine.csv"
    file.write_text(HEADER + "".join(f"{line},me,assumed\n" for line in lines), encoding="utf-8")
    return load_prospects(file, whole=True)


def test_a_factor_grows_by_the_same_percentage_every_year_between_given_years(
    tmp_path: Path,
) -> None:
    """Fifteen times the ore in forty years is 7 % a year."""
    table = prospects(tmp_path, "resource,MMO,2020,1", "resource,MMO,2060,15")
    (ore,) = table.factors("resource", ["MMO"], YEARS)
    np.testing.assert_allclose(ore[1:] / ore[:-1], 15.0 ** (1 / 40), rtol=1e-12)
    assert ore[0] == 1.0
    assert ore[-1] == pytest.approx(15.0, rel=1e-12)
    assert ore[20] == pytest.approx(15.0**0.5, rel=1e-12)


def test_the_order_of_lines_does_not_matter_and_ends_stay(tmp_path: Path) -> None:
    table = prospects(tmp_path, "world,,2040,4", "world,,2030,2", "world,,2050,3")
    (world,) = table.factors("world", [""], [2020, 2030, 2035, 2040, 2050, 2060])
    np.testing.assert_allclose(world, [2.0, 2.0, 8.0**0.5, 4.0, 3.0, 3.0], rtol=1e-12)


def test_a_label_of_its_own_overrides_the_empty_one(tmp_path: Path) -> None:
    table = prospects(tmp_path, "resource,,2030,2", "resource,OIL,2030,1.5")
    found = table.factors("resource", ["COL", "OIL", "GAS"], [2030])
    np.testing.assert_allclose(found[:, 0], [2.0, 1.5, 2.0])


def test_what_is_not_named_stays(tmp_path: Path) -> None:
    table = prospects(tmp_path, "resource,GAS,2060,15")
    assert (table.factors("resource", ["COL", "OIL"], YEARS) == 1.0).all()
    assert (table.factors("world", [""], YEARS) == 1.0).all()


def test_defaults_start_at_the_base_year() -> None:
    table = load_prospects()
    for item, label in (("world", ""), ("resource", "COL"), ("saving", "")):
        np.testing.assert_allclose(table.factors(item, [label], [2020]), 1.0)


def test_saving_falls_as_people_grow_old() -> None:
    (saving,) = load_prospects().factors("saving", [""], YEARS)
    assert (np.diff(saving) <= 0.0).all()
    assert 0.0 < saving[-1] < saving[0]


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ("resource,COL,2060,0", "line 2, resource COL 2060: value is '0': Input should be "),
        ("resource,COL,60,15", "year is '60': Input should be greater than or equal to 1900"),
        ("site,,2060,15", "item is 'site': Input should be 'world', 'resource' or 'saving'"),
        ("world,SH,2060,2", "world has no labels; leave 'SH' out"),
        ("resource,COAL,2060,2", "unknown sector 'COAL'; did you mean 'COL'? known: AGR"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, line: str, finding: str) -> None:
    with pytest.raises(AssumptionError) as found:
        prospects(tmp_path, line)
    assert finding in str(found.value)
    assert str(found.value).startswith(f"{tmp_path / 'mine.csv'}, line 2")
