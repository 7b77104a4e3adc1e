r"""Assertions about economies, for the tests of models written in the language.

Each asserts one property of general equilibrium and says where it fails::

    from cge.testing import assert_balanced, assert_equilibrium, assert_homogeneous

    assert_balanced(model)                  # the benchmark is an equilibrium
    result = model.solve(tariff=0.0)
    assert_equilibrium(result)              # all conditions and Walras' law hold
    assert_homogeneous(result)              # only relative prices matter
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from cge.equilibrium.benchmark import check_benchmark
from cge.equilibrium.offenders import failing, worst_first
from cge.equilibrium.price_level import at_price_level, price_level
from cge.equilibrium.result import Equilibrium, failure
from cge.language.declarations import Activity, Agent, Commodity, Family
from cge.language.errors import DeclarationError
from cge.language.model import Model

__all__ = [
    "assert_balanced",
    "assert_equilibrium",
    "assert_homogeneous",
    "assert_same_economy",
]


def assert_balanced(model: Model, tolerance: float = 1e-9) -> None:
    """Assert that the benchmark of a model is an equilibrium.

    Arguments:
        model: a declared model.
        tolerance: largest imbalance, as a share of the size of a market, activity or income.

    Raises:
        AssertionError: names the worst markets, activities and agents with their sizes.
    """
    try:
        check_benchmark(model, tolerance)
    except DeclarationError as error:
        raise AssertionError(str(error)) from error


def assert_equilibrium(equilibrium: Equilibrium, tolerance: float = 1e-9) -> None:
    """Assert that a solve ended at an equilibrium where Walras' law holds.

    The conditions are worked out anew with NumPy, so that nothing rests on what the solver says.

    Arguments:
        equilibrium: result of a solve.
        tolerance: largest residual, as a share of the size of a market, activity or income.

    Raises:
        AssertionError: the solve did not end at an equilibrium; names the worst conditions.
    """
    if not equilibrium.solved:
        raise AssertionError(failure(equilibrium))
    worst = equilibrium.residuals().iloc[0]
    if not abs(worst["residual"]) <= tolerance:
        raise AssertionError(f"{equilibrium.model.name}: {worst['text']}")
    if not abs(equilibrium.walras) <= tolerance:
        dropped = equilibrium.model.dropped
        name = "none" if dropped is None else dropped.name
        raise AssertionError(
            f"{equilibrium.model.name}: the market left unsolved, {name}, is out of balance by "
            f"{equilibrium.walras:+.2e} of its size, so some income or payment is lost"
        )


def assert_homogeneous(
    equilibrium: Equilibrium, factor: float = 2.0, tolerance: float = 1e-9
) -> None:
    """Assert that the economy stays in equilibrium if all prices and incomes are multiplied.

    Arguments:
        equilibrium: a solved equilibrium.
        factor: what prices and incomes are multiplied with.
        tolerance: largest residual, as in ``assert_equilibrium``.

    Raises:
        AssertionError: names the conditions that depend on the price level, worst first.
    """
    failed = failing(at_price_level(equilibrium, factor), tolerance)
    if failed:
        raise AssertionError(
            f"{equilibrium.model.name}: not homogeneous of degree zero in prices, at {factor:g} "
            f"times the prices: {'; '.join(failed[:5])}"
        )


def assert_same_economy(
    first: Equilibrium, second: Equilibrium, *, scale: float = 1.0, tolerance: float = 1e-7
) -> None:
    """Assert that two equilibria have the same relative prices and quantities in proportion.

    Arguments:
        first: an equilibrium.
        second: an equilibrium of a model with the same families, in any numeraire.
        scale: quantities of the second relative to the first.
        tolerance: largest relative difference.

    Raises:
        AssertionError: names what differs most.
    """
    level = price_level(first, second)
    differences = [
        *_differences(first, second, first.model.commodities, level),
        *_differences(first, second, first.model.activities, scale),
        *_differences(first, second, first.model.agents, level * scale),
    ]
    sizes, texts = [size for size, _ in differences], [text for _, text in differences]
    most = worst_first(sizes)[0]
    if not sizes[most] <= tolerance:
        raise AssertionError(f"{first.model.name}: the economies differ, most in {texts[most]}")


def _pair(
    first: Equilibrium, second: Equilibrium, name: str, family: Family
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Prices, levels or incomes of both equilibria, and where both have flows."""
    states = (first.state, second.state)
    if isinstance(family, Commodity):
        key = f"p:{name}"
        a, b = (s.prices.price[s.model.commodities[name]] for s in states)
    elif isinstance(family, Activity):
        key = f"y:{name}"
        a, b = (s.levels[s.model.activities[name]] for s in states)
    else:
        assert isinstance(family, Agent)
        key = f"m:{name}"
        a, b = (s.incomes[s.model.agents[name]] for s in states)
    live = ~(np.asarray(states[0].dead[key]) | np.asarray(states[1].dead[key]))
    return np.asarray(a), np.asarray(b), live


def _differences(
    first: Equilibrium, second: Equilibrium, families: Mapping[str, Family], factor: float
) -> Iterator[tuple[float, str]]:
    """Relative differences once the first is multiplied with a factor."""
    for name, family in families.items():
        a, b, live = _pair(first, second, name, family)
        small = _small(first, family)
        for at in np.argwhere(live):
            member = tuple(int(k) for k in at)
            x, y = factor * float(a[member]), float(b[member])
            size = abs(x - y) / max(abs(x), abs(y), small)
            yield size, f"{family.labels(member)}: {x:.10g} against {y:.10g}"


def _small(equilibrium: Equilibrium, family: Family) -> float:
    """Size below which a price, level or income counts as zero."""
    if isinstance(family, Commodity):
        return 1e-300 if family.zero_scale is None else float(family.zero_scale.max())
    if isinstance(family, Activity):
        return 1e-300 if family.latent is None else float(family.latent.max())
    incomes = equilibrium.state.incomes.values()
    return 1e-6 * max(float(np.abs(i).max(initial=0.0)) for i in incomes)
