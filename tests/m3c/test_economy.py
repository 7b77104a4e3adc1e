"""The declared model: benchmark, laws of general equilibrium, carbon markets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from calibration import emissions, gdp
from calibration.abatement import OPTIONS
from cge.equilibrium import Equilibrium, Solver
from cge.equilibrium.axes import Axes
from cge.equilibrium.benchmark import check_benchmark
from cge.equilibrium.conditions import evaluate
from cge.equilibrium.jacobian import NUMERAIRE, jacobian
from cge.equilibrium.sensitivity import gradient
from cge.m3c.check import homogeneity, numeraire_swap, other_numeraire
from sam import load_dataset
from tests.economies import tiny_dataset
from tests.m3c.conftest import Small, base, shock
from tests.m3c.models import declared, report, setting_of

ROOM = {"injection_limit": np.full(2, 1e3)}
"""Basins that take all that anybody stores."""


def worst(residuals: dict[str, np.ndarray]) -> float:
    return max(float(np.max(np.abs(r), initial=0.0)) for r in residuals.values())


@pytest.mark.parametrize("dataset", ["tiny", "yrd2020"])
def test_benchmark_is_an_equilibrium(dataset: str) -> None:
    source = tiny_dataset() if dataset == "tiny" else load_dataset(dataset)
    economy = declared(setting_of(source))
    state = check_benchmark(economy.model, 1e-10)
    assert worst(state.residual) <= 1e-10
    assert abs(state.walras) <= 1e-10


def test_accounts_of_the_benchmark_are_those_of_the_sam() -> None:
    setting = setting_of(load_dataset("yrd2020"))
    economy, b = declared(setting), setting.benchmark
    at = economy.first_year(setting, solved=check_benchmark(economy.model))
    assert_allclose(report(economy, at, "gdp_real"), gdp(b)["expenditure"], rtol=1e-10)
    assert_allclose(report(economy, at, "co2_direct"), emissions(b)["total"], rtol=1e-10)


def test_laws_hold_at_a_shocked_equilibrium(small: Small, shocked: Equilibrium) -> None:
    assert shocked.worst <= 1e-9
    assert abs(shocked.walras) <= 1e-9
    assert homogeneity(shocked) <= 1e-9
    other = small.solve({**shock(small), **other_numeraire(small.economy)}, start=shocked)
    assert numeraire_swap(shocked, other) <= 1e-9


@pytest.mark.slow
def test_block_and_dense_route_agree(small: Small, shocked: Equilibrium) -> None:
    dense = Solver(small.economy.model, route="dense").newton(shocked.values)
    assert dense.solved
    for key, value in shocked.unknowns.items():
        assert_allclose(dense.unknowns[key], value, atol=1e-9, err_msg=key)


def test_caps_bind_and_cost(small: Small) -> None:
    result = small.solve(small.capped([0.9, np.nan]))
    price = result.price("PC").to_numpy()
    assert price[0] > 0
    assert price[1] == pytest.approx(0.0, abs=1e-9)
    assert small.permits(result)[0] == pytest.approx(0.9 * base(small)[0], rel=1e-9)


def test_a_cap_above_emissions_changes_nothing(small: Small) -> None:
    result = small.solve(small.capped([1.2, 1.2]))
    assert_allclose(result.price("PC"), 0.0, atol=1e-9)
    for key in ("y:Y", "p:PD", "m:HH"):
        assert_allclose(result.unknowns[key], 0.0, atol=1e-9, err_msg=key)


def test_a_common_pool_equalises_prices_and_is_cheaper(small: Small) -> None:
    apart = small.solve(small.capped([0.7, 0.95]))
    members = np.array([[1.0, 0.0], [1.0, 0.0]])
    total = float(base(small) @ [0.7, 0.95] / base(small).sum())
    together = small.solve(small.capped([total, np.nan], members))
    prices = apart.price("PC").to_numpy()
    common = float(together.price("PC")[0])
    assert prices.min() < common < prices.max()
    assert small.permits(together).sum() == pytest.approx(total * base(small).sum(), rel=1e-8)


def test_removal_runs_up_to_its_limit_when_it_pays(small: Small) -> None:
    economy = small.economy
    names = ("RM.labour.quantity", "RM.material.quantity", "co2_carriage")
    cheap = {name: economy.model.parameters[name].value * 0.01 for name in names}
    limit = np.zeros((2, len(OPTIONS)))
    limit[0, OPTIONS.index("bioenergy")] = 2.0
    values = {**small.capped([0.8, 0.8]), **cheap, **ROOM, "removal_limit": limit}
    result = small.solve(values)
    assert_allclose(result.level("RM").to_numpy(), limit, atol=1e-6)
    # what is removed leaves the cap on gross emissions as it is
    assert_allclose(small.permits(result), 0.8 * base(small), rtol=1e-8)
    idle = small.solve({**values, "cap": 1.5 * values["cap"]})
    assert_allclose(idle.level("RM").to_numpy(), 0.0, atol=1e-6)


def test_capture_is_a_further_permit(small: Small) -> None:
    limit = np.zeros((2, len(OPTIONS)))
    limit[0, OPTIONS.index("steel")] = 1.0
    values = {**small.capped([0.35, 0.9]), **ROOM, "removal_limit": limit}
    result = small.solve(values)
    assert_allclose(result.level("RM").to_numpy(), limit, atol=1e-8)  # permits are dearer
    needed = small.permits(result)[0]
    assert needed == pytest.approx(0.35 * base(small)[0] + 1.0, rel=1e-6)


def test_the_ceiling_holds(small: Small) -> None:
    low = small.economy.model.parameters["SV.basket.quantity"].value * (50.0 / 4000.0)
    result = small.solve({**small.capped([0.6, 0.6]), "SV.basket.quantity": low})
    assert_allclose(100 * result.price("PC"), 50.0, rtol=1e-9)
    assert (result.level("SV").to_numpy() > 0).all()
    assert abs(result.walras) <= 1e-9


def test_doubling_the_economy_doubles_quantities_only(small: Small, shocked: Equilibrium) -> None:
    setting = setting_of(tiny_dataset(scale=2.0))
    economy = declared(setting)
    values = economy.model.values(shock(replace(small, setting=setting, economy=economy)))
    double = small.solver.newton(values, shocked.unknowns)
    assert double.solved
    for key, value in shocked.unknowns.items():
        if key[0] != "m":
            assert_allclose(double.unknowns[key], value, atol=1e-8, err_msg=key)
    assert_allclose(small.permits(double), 2.0 * small.permits(shocked), rtol=1e-8)


def test_order_of_regions_does_not_matter(small: Small, shocked: Equilibrium) -> None:
    """Exchange the two regions in all arrays: the same compiled model must give the mirror."""
    model = small.economy.model
    swapped = {
        name: _mirrored(model.parameters[name].letters, np.asarray(value))
        for name, value in shocked.values.items()
    }
    mirror = small.solver.newton(swapped)
    assert mirror.solved
    for name in ("PD", "PA", "PL", "PC"):
        own, other = shocked.price(name).to_numpy(), mirror.price(name).to_numpy()
        assert_allclose(other, own[::-1], rtol=1e-8, err_msg=name)


def _mirrored(letters: str, value: np.ndarray) -> np.ndarray:
    for axis, letter in enumerate(letters):
        if letter in "rqp":
            value = np.flip(value, axis)
    return value


def test_gradient_of_welfare_equals_central_differences(small: Small, shocked: Equilibrium) -> None:
    households = small.economy.households

    def welfare(state: Any) -> Any:
        return households.discretionary(state).sum()

    values = {k: jnp.asarray(v) for k, v in shocked.values.items()}
    unknowns = {k: jnp.asarray(v) for k, v in shocked.unknowns.items()}
    found = gradient(small.solver, welfare)(unknowns, values)
    for name, at, step in (
        ("cap", (0, 0), 1e-3),
        ("tariff", (1, 0), 1e-4),
        ("productivity", (0,), 1e-4),
    ):
        sides = []
        for sign in (1, -1):
            moved = {**shocked.values, name: shocked.values[name].copy()}
            moved[name][at] += sign * step
            after = small.solver.newton(moved, shocked.unknowns)
            sides.append(float(households.discretionary(after.state).sum()))
        central = (sides[0] - sides[1]) / (2 * step)
        assert float(found[name][at]) == pytest.approx(central, rel=1e-4), name


def test_closed_form_jacobian_equals_automatic_differentiation(
    small: Small, shocked: Equilibrium
) -> None:
    """Along random directions, at a point that is no solution."""
    model, rng = small.economy.model, np.random.default_rng(0)
    point = {
        k: v + 0.05 * np.abs(rng.normal(size=np.shape(v))) for k, v in shocked.unknowns.items()
    }
    state = evaluate(model, Axes(model.dims, np), point, shocked.values)
    blocks = jacobian(state)
    values = {k: jnp.asarray(v) for k, v in shocked.values.items()}

    @jax.jit
    def slope(at: Any, along: Any) -> Any:
        return jax.jvp(lambda u: evaluate(model, Axes(model.dims, jnp), u, values).residual,
                       (at,), (along,))[1]  # fmt: skip

    for _ in range(5):
        along = {k: rng.normal(size=np.shape(v)) for k, v in point.items()}
        expected = slope(*({k: jnp.asarray(v) for k, v in d.items()} for d in (point, along)))
        for row, value in expected.items():
            key = NUMERAIRE if row == f"p:{small.economy.markets.exchange.name}" else row
            found = sum(
                blocks.apply(key, tensors, along[c])
                for (r, c), tensors in blocks.table.items()
                if r == key
            )
            assert_allclose(found, value, rtol=1e-9, atol=1e-9, err_msg=row)
