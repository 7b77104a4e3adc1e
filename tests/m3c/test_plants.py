"""Plants by age: nothing is lost on the way, rent calls for more, age and losses retire."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from calibration.fleet import SPAN, survival
from cge.m3c.cohorts import YUAN_PER_KW, aged, first, worth
from cge.m3c.plants import EARLY, entry
from cge.path import Pathway, run
from cge.scenario import Pool, Scenario
from cge.setting import AGES, Setting
from sam import load_dataset
from tests.economies import tiny_dataset, write_dataset
from tests.m3c.conftest import Small
from tests.m3c.models import declared, setting_of
from tests.m3c.test_power import standing

LAST = 2026
LIVES = np.array([25.0, 40.0, 60.0])


@pytest.fixture(scope="module")
def nation() -> Setting:
    """The embedded dataset."""
    return setting_of(load_dataset("yrd2020"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tiny_dataset(), tmp_path_factory.mktemp("plants") / "economy")


@pytest.fixture(scope="module")
def baseline(folder: Path) -> Pathway:
    return run(Scenario(name="baseline", dataset=folder, last=LAST))


@pytest.fixture(scope="module")
def policy(folder: Path, baseline: Pathway) -> Pathway:
    pool = Pool(name="all", regions=["A", "B"], cap={2020: 1.0, 2021: 0.9, LAST: 0.7})
    return run(Scenario(name="policy", dataset=folder, last=LAST, pools=[pool]), baseline=baseline)


# ---------------------------------------------------------------------- cohorts


def stands() -> np.ndarray:
    """Plants of any ages (region, technology, age)."""
    return np.random.default_rng(0).uniform(0.0, 10.0, (2, len(LIVES), len(AGES)))


def test_plants_that_live_forever_only_move_on() -> None:
    before = stands()
    after = aged(before, np.full(len(LIVES), 1e6))
    assert_allclose(after.sum(axis=2), before.sum(axis=2), rtol=1e-9)
    assert_allclose(after[:, :, 0], (1.0 - 1.0 / SPAN) * before[:, :, 0], rtol=1e-6)
    moved = before[:, :, -2] / SPAN
    assert_allclose(after[:, :, -1], before[:, :, -1] + moved, rtol=1e-6)


def test_what_is_lost_in_a_year_is_what_dies_of_age() -> None:
    before, middle = stands(), SPAN * (np.arange(len(AGES)) + 0.5)
    after = aged(before, LIVES)
    for t, life in enumerate(LIVES):
        dies = 1.0 - survival(middle + 1.0, life) / survival(middle, life)
        lost = (before[:, t] * dies).sum(axis=1)
        assert_allclose(before[:, t].sum(axis=1) - after[:, t].sum(axis=1), lost, rtol=1e-9)
    assert (after >= 0.0).all()


def test_shorter_lives_leave_less() -> None:
    one = stands()[:, :1].repeat(len(LIVES), axis=1)
    left = aged(one, LIVES).sum(axis=2)
    assert (np.diff(left, axis=1) > 0.0).all()


def test_all_plants_of_the_base_year_have_an_age(nation: Setting) -> None:
    by_age = first(nation)
    assert_allclose(by_age.sum(axis=2), nation.benchmark.power.capacity, rtol=1e-12)
    assert (by_age >= 0.0).all()


def test_plants_are_worth_less_than_new_ones(nation: Setting) -> None:
    b, plants = nation.benchmark, nation.assumptions.plants
    new = plants.values("overnight", b.technologies, [b.base_year])[:, 0]
    full = (b.power.capacity * new).sum(axis=1) / YUAN_PER_KW
    assert (worth(nation) > 0.3 * full).all()
    assert (worth(nation) < full).all()


# ---------------------------------------------------------------------- additions


def test_additions_rise_with_rent_between_nothing_and_the_most() -> None:
    pays = np.linspace(-2.0, 5.0, 200)
    rate = entry(pays, np.full_like(pays, 0.05), np.full_like(pays, 0.2))
    assert (np.diff(rate) > 0.0).all()
    assert (rate > 0.0).all()
    assert (rate < 0.2).all()
    assert entry(np.ones(1), np.full(1, 0.05), np.full(1, 0.2))[0] == pytest.approx(0.05)
    assert rate[0] < 1e-3 * 0.05 * 200


def test_nothing_is_built_of_what_nobody_builds() -> None:
    assert entry(np.array([0.5, 3.0]), np.zeros(2), np.zeros(2)).tolist() == [0.0, 0.0]


def test_capacity_is_what_is_left_and_what_is_added(policy: Pathway) -> None:
    """Each year: nothing appears that was not built, nothing built disappears."""
    dims = ("year", "region", "technology")
    capacity, added, retired = (
        policy.data[name].transpose(*dims).to_numpy()
        for name in ("capacity", "capacity_added", "capacity_retired")
    )
    died = capacity[:-1] - retired[:-1] + added[1:] - capacity[1:]
    assert (died >= -1e-9).all()
    assert (died <= 0.2 * capacity[:-1] + 1e-9).all()
    assert (added >= 0.0).all()


def test_additions_are_no_more_than_the_most(policy: Pathway) -> None:
    data = policy.data
    most = setting_of(tiny_dataset()).assumptions.plants.values(
        "entry_most", data["technology"].values.tolist(), range(2020, LAST)
    )
    dims = ("technology", "region", "year")
    capacity = data["capacity"].transpose(*dims).to_numpy()
    whole = capacity.sum(axis=0, keepdims=True)
    added = data["capacity_added"].transpose(*dims).to_numpy()[:, :, 1:]
    limit = most[:, None] * (capacity + 0.01 * whole)[:, :, :-1]
    assert (added <= limit + 1e-9).all()


def test_a_cap_builds_wind_and_closes_coal(baseline: Pathway, policy: Pathway) -> None:
    then, now = (path.data["capacity"].sel(year=LAST).sum("region") for path in (baseline, policy))
    assert float(now.sel(technology="onshore_wind")) > float(then.sel(technology="onshore_wind"))
    assert float(now.sel(technology="coal")) < float(then.sel(technology="coal"))


def test_nobody_builds_capture_without_a_price(baseline: Pathway) -> None:
    added = baseline.data["capacity_added"].sel(technology="coal_capture", year=slice(2021, None))
    assert not added.any()


def test_plants_that_do_not_earn_their_keep_are_retired(small: Small) -> None:
    """The less they earn, the more of them, and never more than a tenth in a year."""
    coal, parts = small.benchmark.technologies.index("coal"), []
    for grown in (1.0, 2.0, 4.0):
        at = small.at(small.solve(standing(small, coal=grown)))
        retired = small.economy.plants.retired(at)[:, coal]
        parts.append(retired / at.stocks["plants"].sum(axis=2)[:, coal])
    assert (np.diff(parts, axis=0) > 0.0).all()
    assert (np.array(parts) > 0.0).all()
    assert (np.array(parts) < EARLY).all()


def test_the_next_site_is_dearer_the_more_are_used(nation: Setting) -> None:
    economy = declared(nation)
    at = economy.first_year(nation)
    plants = economy.plants
    costs = []
    for grown in (1.0, 5.0, 20.0):
        stocks = {**at.stocks, "plants": grown * at.stocks["plants"]}
        costs.append(plants.scarcity(replace(at, stocks=stocks, known={})))
    assert (np.diff(costs, axis=0) >= -1e-12).all()
    wind = nation.benchmark.technologies.index("offshore_wind")
    js = nation.benchmark.regions.index("JS")
    assert costs[0][js, wind] < costs[1][js, wind] < costs[2][js, wind]
    coal = nation.benchmark.technologies.index("coal")
    assert_allclose([cost[:, coal] for cost in costs], 1.0)


# ---------------------------------------------------------------------- learning


def test_what_is_built_beyond_the_baseline_makes_plants_cheaper(
    baseline: Pathway, policy: Pathway
) -> None:
    """By as much as Wright's law says of GW ever built, and nothing where they are the same."""
    scenario = policy.scenario.model_copy(update={"name": "learning", "progress": "learning"})
    learning = run(scenario, baseline=baseline)
    setting = setting_of(tiny_dataset())
    begun = first(setting).sum(axis=(0, 2))
    plants, every = setting.assumptions.plants, setting.benchmark.technologies
    rates = np.array([plants.value(name, "learning", 2020) for name in every])
    there = (begun > 0.0) & (rates > 0.0)
    names = list(np.array(every)[there])

    def nation(of: Pathway, name: str) -> np.ndarray:
        return of.data[name].sum("region").sel(technology=names).transpose("year", ...).to_numpy()

    def built(of: Pathway) -> np.ndarray:
        return begun[there] + nation(of, "capacity_added")[1:].sum(axis=0)

    def cost(of: Pathway) -> np.ndarray:
        return (nation(of, "plant_investment") / nation(of, "capacity_added"))[-1]

    told = (built(learning) / built(baseline)) ** np.log2(1.0 - rates[there])
    assert (told < 1.0).any()
    assert_allclose(cost(learning) / cost(policy), told, rtol=1e-9)
