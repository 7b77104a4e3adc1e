"""Energy accounts of a year: those of the dataset in the base year, and physical in all others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.testing import assert_allclose

from calibration.electricity import PJ_PER_TWH
from cge.blocks import Year
from cge.equilibrium.benchmark import check_benchmark
from cge.m3c import Economy
from cge.m3c.energy import COAL_EQUIVALENT, YIELDS
from sam import load_dataset
from sam.energy import energy_uses, primary_consumption
from tests.m3c.conftest import Small
from tests.m3c.models import declared, report, setting_of


@dataclass(frozen=True, eq=False)
class Accounts:
    """An economy in a year."""

    economy: Economy
    year: Year

    def __getitem__(self, name: str) -> np.ndarray:
        return report(self.economy, self.year, name)


@pytest.fixture(scope="module")
def first() -> Accounts:
    """The base year of the embedded dataset."""
    setting = setting_of(load_dataset("yrd2020"))
    economy = declared(setting)
    return Accounts(economy, economy.first_year(setting, solved=check_benchmark(economy.model)))


@pytest.fixture(scope="module")
def before(small: Small) -> Accounts:
    """The base year of a small economy."""
    return Accounts(small.economy, small.at(small.solve()))


@pytest.fixture(scope="module")
def capped(small: Small) -> Accounts:
    """The small economy under a cap of four fifths."""
    return Accounts(small.economy, small.at(small.solve(small.capped([0.8, 0.8]))))


def test_primary_energy_of_the_base_year_is_that_of_the_dataset(first: Accounts) -> None:
    """But for the statistical difference between what is made and what is used of electricity."""
    setting = first.year.setting
    data, b = setting.dataset, setting.benchmark
    theirs = primary_consumption(data.energy, data.generation, YIELDS, COAL_EQUIVALENT)
    theirs = theirs.loc[list(data.regions)]
    for source in ("coal", "oil", "gas"):
        assert_allclose(first[f"primary_{source}"], theirs[source], rtol=1e-9)
    uses = energy_uses(data, "PJ")
    used = uses[uses["fuel"] == b.electricity].groupby("region")["amount"].sum()[list(b.regions)]
    difference = b.grid.total_use - used / PJ_PER_TWH
    assert_allclose(difference, 0.0, atol=1e-3 * used.max() / PJ_PER_TWH)
    electricity = theirs["electricity"] + COAL_EQUIVALENT * difference
    total = theirs["total"] + COAL_EQUIVALENT * difference
    assert_allclose(first["primary_energy"], total, rtol=1e-9)
    assert_allclose(first["non_fossil_share"], electricity / total, rtol=1e-9)
    assert first["primary_energy"].sum() == pytest.approx(4983.0, rel=0.005)  # NBS


def test_users_buy_the_energy_of_the_dataset(first: Accounts) -> None:
    """Nothing is counted twice and nothing is lost between users, generation and homes."""
    uses, b = energy_uses(first.year.setting.dataset, "PJ"), first.year.setting.benchmark
    fuel = uses[uses["fuel"] != b.electricity]
    bought = fuel.groupby(["region", "fuel"])["amount"].sum().unstack()
    mine = sum(
        first[name].sum(axis=1) for name in ("energy_use", "energy_generation", "energy_household")
    )
    assert_allclose(mine, bought.loc[list(b.regions), list(b.fuels)], rtol=1e-9)
    electricity = uses[uses["fuel"] == b.electricity].groupby("region")["amount"].sum() / 3.6
    mine = first["electricity_sector"].sum(axis=1)
    mine = mine + first["electricity_household"].sum(axis=1)
    assert_allclose(mine, electricity.loc[list(b.regions)], rtol=1e-3)
    assert (first["energy_use"] > -1e-9).all()


def test_final_energy_of_the_nation_is_that_of_statistics(first: Accounts) -> None:
    """A quarter to three tenths of final energy is electricity (China Electricity Council)."""
    final, electrified = first["final_energy"], first["electrification"]
    assert 0.25 < (final * electrified).sum() / final.sum() < 0.30
    assert (final < first["primary_energy"]).all()


def test_electricity_adds_up_in_the_base_year(first: Accounts, before: Accounts) -> None:
    for year in (first, before):
        assert_allclose(year["electricity_balance"], 0.0, atol=1e-9)


def test_energy_follows_what_is_burnt(before: Accounts, capped: Accounts) -> None:
    """A petajoule of a fuel emits in every year what it emitted in the base year."""
    for energy, carbon in (("energy_generation", "power"), ("energy_household", "households")):
        then, now = before[energy], capped[energy]
        tons = getattr(before.economy.emissions.direct(before.year), carbon)
        fewer = getattr(capped.economy.emissions.direct(capped.year), carbon)
        there = tons > 0.0
        assert there.any()
        assert_allclose(now[there] / then[there], fewer[there] / tons[there], rtol=1e-9)


def test_a_cap_saves_primary_energy_and_electrifies(before: Accounts, capped: Accounts) -> None:
    assert capped["primary_coal"].sum() < before["primary_coal"].sum()
    then, now = (
        (year["non_fossil_share"] * year["primary_energy"]).sum() / year["primary_energy"].sum()
        for year in (before, capped)
    )
    assert now > then
