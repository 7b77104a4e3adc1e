"""Persons employed by region and group of sectors: published totals on both sides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recipes.yrd2020.employment import YEAR, employment
from recipes.yrd2020.inputs import load_inputs
from recipes.yrd2020.inventory import REGIONS
from recipes.yrd2020.sources import EMPLOYMENT
from sam import load_dataset
from sam.concordance import load_concordance
from sam.dataset import QUALITIES
from sam.readers import read_employment
from tests.recipes import nations

PERSONS = {"primary": 177.15, "secondary": 215.43, "tertiary": 358.06}
"""Employed at the end of 2020, million (China Statistical Yearbook 2021)."""

PROVINCES = {"SH": 13.7, "JS": 48.9, "ZJ": 38.6, "AH": 32.4}
"""Employed at the end of 2020, million (provincial yearbooks, rounded)."""


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return load_dataset("yrd2020").employment


def industry(group: str) -> str:
    """Industry of a group of sectors."""
    first = group.split("+")[0]
    if first == "AGR":
        return "primary"
    place = nations.SECTORS.index(first)
    return "secondary" if place <= nations.SECTORS.index("CON") else "tertiary"


def test_industries_employ_what_is_published(table: pd.DataFrame) -> None:
    found = table["million"].groupby(table["group"].map(industry)).sum()
    for name, persons in PERSONS.items():
        assert found[name] == pytest.approx(persons, rel=1e-8)
    assert table["million"].sum() == pytest.approx(750.64, rel=1e-8)


def test_regions_employ_what_is_published(table: pd.DataFrame) -> None:
    found = table.groupby("region")["million"].sum()
    for region, persons in PROVINCES.items():
        assert found[region] == pytest.approx(persons, rel=5e-3)
    labour = load_dataset("yrd2020").driver("labour").loc[2020]
    np.testing.assert_allclose(found[labour.index] / found.sum(), labour / labour.sum(), rtol=1e-8)


def test_every_group_of_sectors_is_told_in_every_region(table: pd.DataFrame) -> None:
    groups = load_concordance("employment_to_groups").targets
    assert len(groups) == 38
    assert len(table) == len(groups) * len(REGIONS)
    members = table.drop_duplicates("group")["sectors"].str.split().explode()
    assert sorted(members) == sorted(nations.SECTORS)  # each sector once
    assert (table["million"] >= 0.0).all()
    assert table["quality"].isin(QUALITIES).all()
    assert (table["quality"] == "derived").all()


def test_quarries_are_flagged_as_enterprises_only(table: pd.DataFrame) -> None:
    flagged = table[table["note"].notna() & (table["note"] != "")]
    assert set(flagged["group"]) == {"MMO", "NMO"}
    assert len(flagged) == 2 * len(REGIONS)
    assert flagged["note"].str.startswith("enterprises only").all()


def test_labour_costs_of_a_person_are_those_of_the_trades(table: pd.DataFrame) -> None:
    """10,000 yuan a year: self-employed earn little, quarries tell too few persons."""
    sam = load_dataset("yrd2020").sam
    paid = sam.flow("factor", "activity", row="LAB").sum(axis=0).groupby(level=1).sum()
    persons = table.groupby("group")["million"].sum()
    cost = {
        group: float(paid[group.split("+")].sum()) / persons[group] / 100.0
        for group in persons.index
    }
    for group, expected in {"HOT": 2.4, "TRD": 3.4, "AGR": 4.6, "SCI": 21.0, "REA": 20.0}.items():
        assert cost[group] == pytest.approx(expected, rel=0.25), group
    whole = float(paid.sum()) / persons.sum() / 100.0
    assert cost["NMO"] > 2.0 * whole


def test_persons_follow_the_wages_of_regions_within_the_totals(sources: Path) -> None:
    flows = nations.regions(4, count=len(REGIONS))
    labour = np.array([13.7, 48.9, 38.6, 32.4, 617.0])
    found = employment(sources, 2020, load_inputs(), flows, labour)
    wide = found.pivot(index="region", columns="group", values="million").loc[list(REGIONS)]
    np.testing.assert_allclose(wide.sum(axis=1), labour * 750.64 / labour.sum(), rtol=1e-9)
    groups = load_concordance("employment_to_groups")
    printed = read_employment(sources / EMPLOYMENT, YEAR)
    detail = printed[printed["detail"]]
    persons = detail["persons"] @ groups.matrix(detail.index.tolist(), groups.targets)
    both = pd.Series(persons, groups.targets)
    moved = wide.sum()[groups.targets] / both  # groups of one industry move alike
    for name in PERSONS:
        own = [group for group in groups.targets if industry(group) == name]
        np.testing.assert_allclose(moved[own], moved[own[0]], rtol=1e-9)
    # odds of two groups in two regions are those of what labour is paid there
    wages = flows.value_added[:, 0]
    steel, food = nations.at("FER", "FOO")
    odds = (wide.loc["SH", "FER"] / wide.loc["SH", "FOO"]) / (
        wide.loc["JS", "FER"] / wide.loc["JS", "FOO"]
    )
    expected = (wages[0, steel] / wages[0, food]) / (wages[1, steel] / wages[1, food])
    assert odds == pytest.approx(expected, rel=1e-6)


def test_the_year_of_the_last_account_has_its_persons(sources: Path) -> None:
    flows = nations.regions(4, count=len(REGIONS))
    labour = np.array([13.7, 48.9, 38.6, 32.4, 617.0])
    found = employment(sources, YEAR, load_inputs(), flows, labour)
    assert found["million"].sum() == pytest.approx(775.84, abs=0.01)
    farms = found.loc[found["group"] == "AGR", "million"].sum()
    assert farms == pytest.approx(207.72, abs=0.01)
    assert not found["source"].str.contains("by industry").any()
