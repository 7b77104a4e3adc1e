"""Accounts of a year: who works, whose electricity emits, what is invested, primary energy."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cge.blocks import Year
from cge.equilibrium import Equilibrium
from cge.m3c.energy_balance import HEAT, REACTORS
from cge.setting import AREAS
from tests.m3c.conftest import Small


@pytest.fixture(scope="module")
def at(small: Small, shocked: Equilibrium) -> Year:
    """Under a cap of four fifths."""
    return small.at(shocked)


def test_people_who_work_are_those_there_are(small: Small, shocked: Equilibrium) -> None:
    """More labour in the first region (five per cent) is more people at work there."""
    working = small.report(shocked, "employed").sum(axis=1)
    working = working + small.report(shocked, "employed_in_removal")
    first = small.setting.driver("labour", small.benchmark.base_year)
    assert_allclose(working, first * np.array([1.05, 1.0]), rtol=1e-9)


def test_jobs_follow_labour(small: Small, shocked: Equilibrium) -> None:
    before, after = (small.report(e, "employed") for e in (small.solve(), shocked))
    coal = small.benchmark.position("COL")
    assert after[0, coal] / after[0].sum() < before[0, coal] / before[0].sum()


def test_all_accounts_balance_away_from_the_base_year(small: Small, at: Year) -> None:
    for check in small.economy.checks:
        assert np.abs(check.of(at)).max() <= 1e-8, (check.name, check.meaning)


def test_electricity_bought_has_the_co2_of_generation(small: Small, at: Year) -> None:
    economy = small.economy
    bought = economy.indirect.of_users(at)
    assert bought.min() >= 0.0
    made = economy.emissions.direct(at).power.sum()
    assert 0.8 * made < bought.sum() <= made * (1.0 + 1e-9)  # the rest is of government


def test_heat_of_reactors_is_what_methods_differ_in(small: Small, at: Year) -> None:
    balance, energy = small.economy.energy_balance, small.economy.energy
    nuclear = energy.power.mix.twh(at)[:, small.benchmark.technologies.index("nuclear")]
    least = balance.heat(at) + HEAT * (1.0 / REACTORS - 1.0) * nuclear
    assert (balance.physical(at) >= least - 1e-9).all()
    assert (balance.lost(at) > 0.0).all()
    assert (balance.heat(at) < energy.total(at)).all()  # coal of plants counts threefold


def test_investment_is_of_six_areas(small: Small, at: Year) -> None:
    invested = small.economy.areas.invested(at)
    assert invested.shape == (len(small.benchmark.regions), len(AREAS))
    assert invested.min() >= 0.0
    assert (invested[:, AREAS.index("energy")] >= small.economy.plants.spent(at) - 1e-9).all()
