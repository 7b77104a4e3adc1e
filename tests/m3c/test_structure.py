"""Structural change: savings are spent, baskets keep their worth, demand its elasticities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from calibration import load_drift
from cge.equilibrium.benchmark import check_benchmark
from cge.m3c.households import wanted
from cge.m3c.structure import drifted, recomposed
from sam import load_dataset
from tests.m3c.models import declared, report, setting_of, tiny, tiny_setting


def test_materials_saved_are_spent_on_other_goods() -> None:
    rng = np.random.default_rng(0)
    base, factor = rng.uniform(0.0, 1.0, (2, 4, 3)), rng.uniform(0.5, 1.0, (4, 3))
    kept = np.array([0.0, 0.3, 0.0, 0.7])
    assert_allclose(drifted(base, factor, kept).sum(axis=1), base.sum(axis=1), rtol=1e-12)
    half = drifted(base, factor, kept / 2.0).sum(axis=1)
    saved = (base * (1.0 - factor)).sum(axis=1)
    assert_allclose(half, base.sum(axis=1) - saved / 2.0, rtol=1e-12)


def test_a_basket_keeps_its_worth() -> None:
    basket = np.array([[3.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    found = recomposed(basket, np.array([0.5, 1.0, 2.0]))
    assert_allclose(found.sum(axis=1), [4.0, 0.0])
    assert_allclose(found[0, 0] / found[0, 1], 1.5)


def test_without_growth_people_want_what_they_wanted() -> None:
    b = tiny_setting().benchmark
    beyond = b.demand.consumption - b.demand.subsistence
    assert_allclose(wanted(b, np.ones(len(b.regions))), beyond, atol=1e-9)


def test_the_rich_want_more_of_luxuries() -> None:
    b = tiny_setting().benchmark
    beyond = b.demand.consumption - b.demand.subsistence
    rich = wanted(b, np.full(len(b.regions), 3.0))
    assert_allclose(rich.sum(axis=2), beyond.sum(axis=2), rtol=1e-12)
    services, food = b.position("TRD"), b.position("AGR")
    assert (rich[:, :, services] > beyond[:, :, services]).all()
    assert (rich[:, :, food] < beyond[:, :, food]).all()


def test_the_rich_buy_by_the_elasticities_of_the_table() -> None:
    """At base-year prices and twice the income, goods grow apart as their elasticities say."""
    b = tiny_setting().benchmark
    consumption, committed = b.demand.consumption, b.demand.subsistence
    shares = wanted(b, np.full(len(b.regions), 2.0))
    shares /= shares.sum(axis=2, keepdims=True)
    spent = 2.0 * consumption.sum(axis=2) - committed.sum(axis=2)
    bought = committed + shares * spent[..., None]
    beyond = consumption - committed
    for r, h in np.ndindex(*spent.shape):
        there = consumption[r, h] > 0.0
        ratio = beyond[r, h, there] / consumption[r, h, there]
        elasticity = ratio * consumption[r, h].sum() / beyond[r, h].sum()
        grown = np.log2(bought[r, h, there] / consumption[r, h, there])
        assert_allclose(grown - grown[0], elasticity - elasticity[0], atol=1e-9)


def test_tons_of_the_base_year_are_facts() -> None:
    setting = setting_of(load_dataset("yrd2020"))
    economy = declared(setting)
    at = economy.first_year(setting, solved=check_benchmark(economy.model))
    assert report(economy, at, "steel").sum() == pytest.approx(1065.0)
    assert report(economy, at, "cement").sum() == pytest.approx(2377.0)


def test_no_drift_changes_nothing() -> None:
    economy, setting = tiny(), tiny_setting()
    rows = tuple(row.model_copy(update={"value": 1.0}) for row in load_drift().rows)
    still = tuple(row for row in rows if row.item != "kept")
    tables = setting.assumptions.replace(drift=replace(load_drift(), rows=still))
    at = replace(economy.first_year(replace(setting, assumptions=tables)), year=2030)
    for parameter, value in economy.structural.parameters(at).items():
        assert_allclose(value, at.base[parameter.name], rtol=1e-12)  # type: ignore[union-attr]
