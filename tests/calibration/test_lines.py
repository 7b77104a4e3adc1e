"""Lines: they carry what regions sent each other in the base year, and lose a little."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration import AssumptionError
from calibration.lines import Lines, load_lines
from calibration.tables import table_text
from recipes.yrd2020.grid import line_capacity
from sam import load_dataset

REGIONS = ("SH", "JS", "ZJ", "AH", "RCN")


@pytest.fixture(scope="module")
def lines() -> Lines:
    return load_lines()


def test_lines_carry_what_regions_sent_each_other(lines: Lines) -> None:
    """TWh sent in the base year run less than the hours of a year on each line."""
    provenance = load_dataset("yrd2020").provenance
    most = 8.76 * lines.capacity(REGIONS, [2020])[:, :, 0]
    rows = provenance[provenance["item"].str.startswith("electricity sent by ")]
    crossing = 0
    for item, region, twh in zip(rows["item"], rows["region"], rows["value"], strict=True):
        o, d = REGIONS.index(item.removeprefix("electricity sent by ")), REGIONS.index(region)
        if o != d:
            assert 0.0 < float(twh) < most[o, d]
            crossing += 1
    assert crossing >= 10


def test_lines_are_where_the_base_year_routes_electricity(lines: Lines) -> None:
    """Other sources for the lines within the Delta, so that sizes differ by up to two thirds."""
    here, there = lines.capacity(REGIONS, [2020])[:, :, 0], line_capacity(REGIONS)
    np.testing.assert_array_equal(here > 0.0, there > 0.0)
    on = here > 0.0
    assert (np.abs(here[on] / there[on] - 1.0) <= 0.67).all()
    assert here[4].sum() == pytest.approx(there[4].sum())  # from the rest of China


def test_baihetan_came_in_2022(lines: Lines) -> None:
    """Two lines of 8 GW to Jiangsu and Zhejiang; nothing else changes by 2025."""
    added = np.diff(lines.capacity(REGIONS, [2020, 2025]), axis=2)[:, :, 0]
    expected = np.zeros((5, 5))
    expected[4, 1:3] = 8.0
    np.testing.assert_allclose(added, expected, atol=1e-12)


def test_far_lines_lose_more(lines: Lines) -> None:
    loss = lines.loss(REGIONS, [2020])[:, :, 0]
    assert (loss < 0.1).all()
    assert loss[:4, :4].max() < loss[4, :4].min()
    np.testing.assert_array_equal(loss > 0.0, lines.capacity(REGIONS, [2020])[:, :, 0] > 0.0)


def test_the_table_laid_over_itself_changes_nothing(tmp_path: Path, lines: Lines) -> None:
    file = tmp_path / "whole.csv"
    file.write_text(table_text(lines.rows), encoding="utf-8")
    assert load_lines(file) == lines == load_lines(file, whole=True)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("SH,SH,capacity,2020,5,me,assumed", "a line ends in another region than SH"),
        ("SH,JS,loss,2020,1,me,assumed", "a loss must be below 1: something arrives"),
        ("SH,JS,capacity,2020,-5,me,assumed", "value is '-5': Input should be greater than or"),
        ("SH,JS,capacity,2030,5,me,assumed", "begins in 2030; a path is replaced as a whole, so"),
        ("SH,RCN,capacity,2020,5,me,assumed", "line from SH to RCN has no row for 'loss'; add it"),
        ("SH,JS,length,2020,5,me,assumed", "item is 'length': Input should be 'capacity' or"),
        ("SH,JS,capacity,2020,5,me,wild", "quality is 'wild': Input should be 'published'"),
        (",JS,capacity,2020,5,me,assumed", "origin is '': String should have at least 1 char"),
    ],
)
def test_a_wrong_row_is_named(row: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(f"origin,destination,item,year,value,source,quality\n{row}\n", encoding="utf-8")
    with pytest.raises(AssumptionError) as found:
        load_lines(file)
    assert said in str(found.value)
    assert str(file) in str(found.value)


def test_an_unknown_region_is_refused(lines: Lines) -> None:
    with pytest.raises(AssumptionError, match="unknown region 'ROC'; did you mean 'RCN'"):
        lines.capacity(["ROC"], [2020])
