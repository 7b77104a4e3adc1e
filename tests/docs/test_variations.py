"""Variations change what they say and nothing else."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import within
from benchmarks.variations import FAMILIES, tenths, variations
from benchmarks.within import FAMILIES as PARAMETERS
from calibration import Assumptions, load_assumptions
from cge.equilibrium import Solver
from tests.m3c.models import capped, tiny, tiny_setting


@cache
def tables() -> Assumptions:
    return load_assumptions()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_is_in_one_table_and_back_again(family: str) -> None:
    changed = FAMILIES[family](0.9)(tables())
    before, after = tables().to_csv(), changed.to_csv()
    assert len([name for name in before if before[name] != after[name]]) == 1
    assert FAMILIES[family](1.0)(tables()).hash == tables().hash


def test_names_of_rows_are_unique() -> None:
    keys = [(each.family, each.change) for each in (*variations(), *tenths())]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    "each", list(variations()), ids=lambda each: f"{each.family} {each.change}"
)
def test_every_variation_can_be_stated(each: object) -> None:
    assert each.tables(tables()).plants.generation == tables().plants.generation  # type: ignore[attr-defined]


def test_none_of_something_is_none() -> None:
    by_name = {(each.family, each.change): each.tables for each in variations()}
    changed = by_name["direct air capture", "none"](tables())
    air = [
        row.value
        for row in changed.removal.costs
        if (row.option, row.item) == ("direct_air", "limit")
    ]
    assert air
    assert not any(air)
    changed = by_name["paths of plants", "as in 2020"](tables())
    for item in ("overnight", "efficiency"):
        names = changed.plants.generation
        paths = changed.plants.values(item, names, [2020, 2060])
        assert np.array_equal(paths[:, 0], paths[:, 1])


def test_drift_of_none_is_no_drift() -> None:
    drift = FAMILIES["drift of structure"](0.0)(tables()).drift
    factors = drift.materials(["NMM", "FER"], ["CON", "MEP"], 2060)
    assert np.allclose(factors, 1.0)


def test_parameters_are_those_of_the_model() -> None:
    known = tiny().model.parameters
    assert not [name for name in PARAMETERS if name not in known]
    assert all(letter in known[name].letters for name, (_, letter) in PARAMETERS.items() if letter)


@pytest.mark.slow
def test_gradient_within_a_year_is_that_of_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    economy, setting = tiny(), tiny_setting()
    solver = Solver(economy.model)
    caps = capped(economy, setting, [0.9, 0.9])
    monkeypatch.setattr(within, "POOL", "b")
    current = SimpleNamespace(
        compiled=SimpleNamespace(economy=economy, solver=solver),
        setting=SimpleNamespace(
            scenario=SimpleNamespace(pools=[SimpleNamespace(name="a"), SimpleNamespace(name="b")])
        ),
        progress=SimpleNamespace(solved=solver.solve(caps)),
    )
    slopes = within.slopes(current)  # type: ignore[arg-type]
    found = {words: value for words, _, value in within.families(slopes)}
    name = economy.carbon.cap.name

    def price(factor: float) -> float:
        at = solver.solve({**caps, name: factor * np.asarray(caps[name])}).state
        permits = economy.carbon.permits.market
        return float(at.price(permits)[1] / economy.prices.index(at))

    by_difference = np.log(price(1.001) / price(0.999)) / np.log(1.001 / 0.999)
    assert found["cap"] == pytest.approx(by_difference, rel=1e-3)
    assert found["cap"] < 0.0
