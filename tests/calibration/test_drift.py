"""Drift of coefficients: paths between years, users that are named, and what is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration import AssumptionError, Drift, load_drift

HEADER = "item,good,user,year,value,source,quality\n"


def drift(folder: Path, *lines: str) -> Drift:
    file = folder / "drift.csv"
    file.write_text(HEADER + "".join(f"{line},made up,assumed\n" for line in lines))
    return load_drift(file, whole=True)


def test_factors_are_log_linear_between_years_and_constant_outside(tmp_path: Path) -> None:
    table = drift(tmp_path, "material,NMM,CON,2020,1", "material,NMM,CON,2030,0.25")
    found = [table.materials(["NMM"], ["CON"], year)[0, 0] for year in (2010, 2025, 2040)]
    assert found == pytest.approx([1.0, 0.5, 0.25])


def test_a_named_user_goes_before_all_users(tmp_path: Path) -> None:
    table = drift(tmp_path, "material,FER,,2020,0.9", "material,FER,CON,2020,0.5")
    found = table.materials(["FER", "NMM"], ["CON", "GEM"], 2020)
    assert found == pytest.approx(np.array([[0.5, 0.9], [1.0, 1.0]]))


def test_without_a_user_a_row_laid_over_replaces_those_of_all_users(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(HEADER + "material,FER,,2020,1,none,assumed\n")
    laid = load_drift(file)
    assert (laid.materials(["FER"], ["CON", "GEM", "FER"], 2060) == 1.0).all()
    assert laid.materials(["NMM"], ["CON"], 2060)[0, 0] < 1.0


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["material,NMN,,2020,1"], "line 2, material NMN 2020: unknown sector 'NMN'"),
        (["investment,CON,GEM,2020,1"], "investment has no users; leave 'GEM' out"),
        (["kept,BUS,,2020,0.7", "kept,SCI,,2020,0.5"], "the shares of 'kept' sum to 1.2"),
        (["material,NMM,,2020,0"], "greater than 0"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(AssumptionError) as caught:
        drift(tmp_path, *lines)
    assert message in str(caught.value)


def test_the_table_of_the_project_begins_with_the_base_year() -> None:
    table = load_drift()
    sectors = ["NMM", "FER", "NFM", "CON", "GEM", "TRE"]
    assert (table.materials(sectors, sectors, 2020) == 1.0).all()
    for item in ("investment", "government"):
        assert (table.basket(item, ["CON", "INF", "HEA", "EDU"], 2020) == 1.0).all()
