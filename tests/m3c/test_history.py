"""History: plants of the years that have passed make what statistics say."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.fleet import COUNTED
from cge.m3c.history import BY_GENERATION, History
from cge.setting import Setting
from sam import load_dataset
from sam.accounts import NATIONAL
from tests.m3c.models import setting_of, tiny_setting

YEARS = range(2021, 2026)


@pytest.fixture(scope="module")
def nation() -> Setting:
    return setting_of(load_dataset("yrd2020"))


def grown(setting: Setting, last: int) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
    """Plants and generation of the years at the hours of the base year."""
    power = setting.benchmark.power
    stands, twh = {2020: power.capacity}, {2020: power.twh}
    for year in range(2021, last + 1):
        told = History.of(setting, year)
        assert told is not None
        wanted = told.stands(stands[year - 1], twh[year - 1])
        stands[year] = np.where(np.isnan(wanted), stands[year - 1], wanted)
        ratio = np.divide(
            stands[year], stands[year - 1],
            out=np.ones_like(wanted), where=stands[year - 1] > 0.0,
        )  # fmt: skip
        twh[year] = twh[year - 1] * ratio
    return stands, twh


@pytest.mark.parametrize("whole", BY_GENERATION)
def test_generation_is_that_of_statistics(nation: Setting, whole: str) -> None:
    _, twh = grown(nation, max(YEARS))
    names = nation.benchmark.technologies
    parts = [names.index(name) for name in COUNTED.get(whole, (whole,)) if name in names]
    told = nation.assumptions.facts.series("generation", NATIONAL, whole)
    for year in YEARS:
        made = twh[year][:, parts].sum()
        assert made == pytest.approx(told[year], rel=1e-9), year


def test_regions_keep_their_proportions(nation: Setting) -> None:
    stands, _ = grown(nation, 2025)
    there = nation.benchmark.power.capacity > 0.0
    for t in range(len(nation.benchmark.technologies)):
        if there[:, t].any():
            rates = stands[2025][there[:, t], t] / stands[2020][there[:, t], t]
            np.testing.assert_allclose(rates, rates[0], rtol=1e-9)


def test_capture_is_in_no_statistics(nation: Setting) -> None:
    told = History.of(nation, 2022)
    assert told is not None
    power = nation.benchmark.power
    wanted = told.stands(power.capacity, power.twh)
    capture = nation.benchmark.technologies.index("coal_capture")
    assert np.isnan(wanted[:, capture]).all()


@pytest.mark.parametrize("year", [2020, 2026, 2060])
def test_nothing_is_told_of_the_base_year_and_of_the_future(nation: Setting, year: int) -> None:
    assert History.of(nation, year) is None


def test_nothing_is_told_of_another_economy() -> None:
    assert not tiny_setting().has_history
    assert History.of(tiny_setting(), 2021) is None
