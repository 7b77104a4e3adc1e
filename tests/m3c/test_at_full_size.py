"""Gradients, subtotals, the parts of welfare and uncertain parameters of the embedded economy."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from scipy import stats

from cge import sensitivity
from cge.accounts import area, decompose, subtotals
from cge.equilibrium import Equilibrium, Solver
from cge.m3c import Economy, declare
from cge.m3c.check import setting_of, shock

pytestmark = pytest.mark.slow


class Full(NamedTuple):
    """The embedded economy under a cap that does not bind, and after a shock."""

    economy: Economy
    solver: Solver
    base: Equilibrium
    new: Equilibrium

    @property
    def groups(self) -> dict[str, list[str]]:
        """The shock in three groups."""
        economy = self.economy
        factors = [economy.households.labour_supply.name, economy.capital.supply.name]
        return {"climate": [economy.carbon.cap.name], "trade": ["tariff"], "factors": factors}

    @property
    def given(self) -> dict[str, np.ndarray]:
        """What the shock sets."""
        names = [name for group in self.groups.values() for name in group]
        return {name: self.new.values[name] for name in (*names, "members")}


@pytest.fixture(scope="module")
def full() -> Full:
    setting = setting_of("yrd2020")
    structure = replace(setting.structure(("limit",)), closure=())
    economy = declare(setting.benchmark, setting.assumptions.removal, structure)
    solver, values = Solver(economy.model), shock(economy, setting)
    members, cap = economy.carbon.permits.members.name, economy.carbon.cap.name
    base = solver.solve({members: values[members], cap: 1.4 * values[cap]})
    assert base.price("PC").item() == 0.0
    return Full(economy, solver, base, solver.solve(values, start=base))


def test_gradients_equal_central_differences(full: Full) -> None:
    """Of the welfare of all households in the cap, the tariffs and labour."""
    welfare = full.economy.households.discretionary
    outputs = {"welfare": ("r h", welfare), "carbon": "PC"}
    found = sensitivity.gradients(full.solver, outputs, at=full.new)
    rng = np.random.default_rng(1)
    for name in ("cap", "tariff", "labour_supply"):
        value = full.new.values[name]
        way = value * rng.uniform(0.5, 1.5, value.shape)
        ends = [
            full.solver.solve({**full.given, name: value + step * way}, start=full.new)
            for step in (1e-4, -1e-4)
        ]
        central = [(np.asarray(welfare(e.state)), e.price("PC").to_numpy()) for e in ends]
        for k, output in enumerate(outputs):
            slope = found.of(output, name).to_numpy()
            along = (slope * way).sum(axis=tuple(range(slope.ndim - value.ndim, slope.ndim)))
            expected = (central[0][k] - central[1][k]) / 2e-4
            np.testing.assert_allclose(along, expected, rtol=1e-5, err_msg=f"{output} by {name}")


def test_contributions_add_up(full: Full) -> None:
    """Permits begin to bind on the way."""
    names = ["income.HH", "price.PA", "level.Y", "price.PC"]
    parts = subtotals(full.solver, full.base, full.new, full.groups, names=names)
    assert parts.error < 1e-8
    carbon = parts.contributions["price.PC"].sel(p="all")
    assert carbon.sel(group="climate").item() > 0.0
    assert carbon.sum().item() == pytest.approx(full.new.price("PC").item(), rel=1e-8)


def test_parts_of_welfare_add_up(full: Full) -> None:
    """Of all agents in China; abroad is outside."""
    model = full.economy.model
    people = [name for name in model.agents if name != "ROW"]
    china = area(model, agents=people, stocks=["PA"], factors=["PC"])
    parts = decompose(full.solver, full.base, full.new, china, full.groups)
    assert parts.table["total"].sum() == pytest.approx(parts.ev, rel=1e-6)
    assert parts.table.loc["endowment", "factors"] > 0.0
    assert parts.table.loc["technology", "total"] == pytest.approx(0.0, abs=1e-6 * abs(parts.ev))


def test_draws_are_solved(full: Full) -> None:
    """Uncertain tariffs and labour under the shock; the mean is near what is expected."""
    inputs = {
        "tariff": sensitivity.common(stats.uniform(0.9, 0.2), of="factor"),
        "labour_supply": sensitivity.common(stats.uniform(0.95, 0.1), of="factor"),
    }
    welfare = {"welfare": ("r h", full.economy.households.discretionary)}
    found = sensitivity.analyse(
        full.solver, inputs, welfare, sensitivity.LatinHypercube(20, seed=1), changes=full.given
    )
    assert found.failures.empty
    central = full.economy.households.discretionary(full.new.state)
    np.testing.assert_allclose(found.mean()["welfare"], central, rtol=1e-3)
