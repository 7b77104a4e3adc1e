r"""What may vanish: incomes, trade and prices that are exactly zero, or never were positive."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cge.equilibrium import NotSolved, Solver
from cge.equilibrium.benchmark import benchmark
from cge.equilibrium.offenders import failing
from cge.equilibrium.vanishing import SMALL, TURN, ZERO, at_least_small, log_or_line, size_of_log
from cge.language import Model, ces, leontief

# The form -----------------------------------------------------------------------------------------


def test_the_form_is_the_log_and_goes_on_as_a_line() -> None:
    sizes = np.array([10.0, 1.0, SMALL, 0.5 * SMALL, 0.0, -1.0])
    logs = log_or_line(np, sizes)
    np.testing.assert_allclose(logs[:3], np.log(sizes[:3]), rtol=1e-15)
    np.testing.assert_allclose(logs[3:], TURN - 1.0 + sizes[3:] / SMALL, rtol=1e-15)
    np.testing.assert_allclose(size_of_log(np, logs), sizes, rtol=1e-14, atol=1e-16)
    assert size_of_log(np, np.asarray(ZERO)) == 0.0


def test_its_slope_is_that_of_differences() -> None:
    sizes, h = np.array([2.0, 0.9 * SMALL, 1.1 * SMALL, -0.3]), 1e-6
    slope = (log_or_line(np, sizes + h) - log_or_line(np, sizes - h)) / (2 * h)
    np.testing.assert_allclose(slope, 1.0 / at_least_small(np, sizes), rtol=1e-6)


# Incomes ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rents() -> Solver:
    """A cap on what a technology may pollute, whose rent is all that its owner lives on."""
    m = Model("rentier")
    bread, labour = m.commodity("bread"), m.commodity("labour")
    right = m.commodity("right", may_be_zero=0.1, price=0.2)
    worker, owner = m.agent("worker"), m.agent("owner")
    dirty = leontief(labour[""](4.0, name="power"), right[""](5.0, 0.2))
    m.activity("bake", makes=bread[""](10.0), uses=ces(1.0, labour[""](5.0), dirty))
    worker.owns(labour[""], 9.0).spends(bread[""](9.0))
    owner.owns(right[""], 5.0, name="cap").owns(labour[""], 0.0, name="debt").spends(bread[""](1.0))
    m.numeraire(bread)
    return Solver(m)


def test_the_owner_of_a_rent_has_exactly_nothing_where_the_cap_is_slack(rents: Solver) -> None:
    e = rents.solve(cap=8.0)
    assert e.price("right").item() == 0.0
    assert e.income("owner").item() == 0.0
    assert e.quantity("owner", "bread").item() == 0.0
    sold = e.quantity("bake", "bread").item()
    assert e.quantity("worker", "bread").item() == pytest.approx(sold, rel=1e-12)
    again = rents.solve(cap=4.0, start=e)
    assert again.income("owner").item() == pytest.approx(4.0 * again.price("right").item())
    assert again.price("right").item() > 0.2


def test_who_would_have_to_live_on_debts_is_named(rents: Solver) -> None:
    with pytest.raises(NotSolved, match=r"agent owner: income"):
        rents.solve(cap=8.0, debt=-1.0)


# Trade --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def island() -> Solver:
    """A good that is cheaper abroad, paid with one that is cheaper at home, while duties allow."""
    m = Model("island")
    X, Y, L, FX = (m.commodity(name) for name in ("X", "Y", "L", "FX"))
    H = m.agent("H")
    duty = m.parameter("duty", "", 0.0)
    m.activity("grow", makes=X[""](150.0), uses=L[""](150.0), latent=1.0, level=1.0)
    m.activity("make", makes=Y[""](50.0), uses=L[""](100.0), latent=1.0, level=0.0)
    m.activity("export", makes=FX[""](50.0), uses=X[""](50.0), latent=1.0, level=1.0)
    m.activity(
        "import", makes=Y[""](50.0), uses=FX[""](50.0, taxes=duty.to(H[""])), latent=1.0, level=1.0
    )
    H.owns(L[""], 150.0).spends(ces(1.0, X[""](100.0), Y[""](50.0)))
    m.numeraire(L)
    return Solver(m)


def test_trade_that_stops_is_exactly_zero(island: Solver) -> None:
    """Abroad the good costs one, at home two: a duty of more than 100 % ends all trade."""
    some = island.solve(duty=0.5)
    assert some.level("import").item() > 0.1
    none = island.solve(duty=1.5)
    for activity, flow in (("export", "X"), ("export", "FX"), ("import", "FX"), ("import", "Y")):
        assert none.quantity(activity, flow).item() == 0.0
    assert none.price("Y").item() == pytest.approx(2.0, rel=1e-12)
    assert none.quantity("make", "Y").item() == pytest.approx(25.0, rel=1e-10)


def test_a_price_that_nobody_pays_is_noted(island: Solver) -> None:
    none, some = island.solve(duty=1.5), island.solve(duty=0.5)
    assert none.indeterminate() == ["FX"]
    assert none.notes == ("not determined by the conditions: FX",)
    assert "not determined by the conditions: FX" in repr(none)
    assert some.notes == ()


def test_what_is_left_of_an_economy_is_noted_where_it_is_inexact(rents: Solver) -> None:
    """Of an economy with a trillionth of its labour; not of one with a hundred millionth."""
    few = rents.solve({"worker.labour": 9e-8, "cap": 8.0})
    assert few.notes == ()
    (note,) = rents.solve({"worker.labour": 9e-13, "cap": 8.0}).notes
    for what in ("market bread", "market labour", "income worker"):
        assert f"{what} has shrunk to 1." in note
    assert "e-13 of its reference size, and is known to" in note
    assert "owner" not in note


def test_a_remnant_is_known_to_what_its_sides_differ_by(rents: Solver) -> None:
    few = rents.solve({"worker.labour": 9e-8, "cap": 8.0})
    more = {**few.unknowns, "m:worker": few.unknowns["m:worker"] + 1e-9 / SMALL}
    (note,) = replace(few, unknowns=more).notes
    left = size_of_log(np, more["m:worker"])
    assert f"income worker has shrunk to {left:.1e} of its reference size" in note
    assert f"is known to {1e-9 / left:.1e} of what is left" in note


def test_what_nobody_owns_or_makes_is_said(rents: Solver) -> None:
    state = benchmark(rents.model, rents.model.values({"worker.labour": 0.0}))
    assert any(
        "market labour" in text and "supply 0" in text and text.endswith("nobody owns or makes it")
        for text in failing(state, 1e-9)
    )


# Trade that only a vanished income paid for -------------------------------------------------------


@pytest.fixture(scope="module")
def importer() -> Solver:
    """The owner of a rent alone buys what a trader mixes, a treasury hands on a tax on it."""
    m = Model("importer")
    bread, labour, mixed = (m.commodity(name) for name in ("bread", "labour", "mixed"))
    right = m.commodity("right", may_be_zero=0.1, price=0.2)
    worker, owner, treasury = m.agent("worker"), m.agent("owner"), m.agent("treasury")
    rate = m.parameter("rate", "", 0.1)
    dirty = leontief(labour[""](4.0, name="power"), right[""](5.0, 0.2))
    m.activity("bake", makes=bread[""](10.0), uses=ces(1.0, labour[""](5.0), dirty))
    m.activity(
        "mix",
        makes=mixed[""](1.0, taxes=rate.to(treasury[""])),
        uses=ces(2.0, bread[""](0.5), labour[""](0.4)),
    )
    worker.owns(labour[""], 9.4).spends(bread[""](9.5))
    owner.owns(right[""], 5.0, name="cap").owns(labour[""], 0.0, name="labour")
    owner.spends(mixed[""](1.0))
    treasury.gives(1.0, worker[""])
    m.numeraire(bread)
    return Solver(m)


def test_what_a_vanished_income_paid_for_is_exactly_zero(importer: Solver) -> None:
    """Income, trade, its inputs and the revenue of its tax; all come back with a tighter cap."""
    none = importer.solve(cap=8.0)
    assert none.income("owner").item() == 0.0
    assert none.level("mix").item() == 0.0
    for activity, flow in (("mix", "bread"), ("mix", "labour"), ("owner", "mixed")):
        assert none.quantity(activity, flow).item() == 0.0
    assert none.revenue("rate").item() == 0.0
    assert none.income("treasury").item() == 0.0
    made = none.quantity("bake", "bread").item()
    assert none.quantity("worker", "bread").item() == pytest.approx(made, rel=1e-12)
    some, fresh = importer.solve(cap=4.0, start=none), importer.solve(cap=4.0)
    assert some.level("mix").item() == pytest.approx(fresh.level("mix").item(), rel=1e-9)
    assert some.level("mix").item() > 0.5


def test_what_vanishes_has_derivatives(importer: Solver) -> None:
    """Compiled: exactly zero where the owner has nothing, and it grows with what it comes to own.

    What the owner then buys is mixed at constant cost, so that trade is in proportion to it.
    """
    values = importer.model.values(cap=8.0)

    @jax.jit
    @jax.value_and_grad
    def trade(labour: jax.Array) -> jax.Array:
        found = importer.solution({**values, "labour": labour})
        return importer.state(found, values).level("mix")

    level, slope = trade(jnp.asarray(0.0))
    assert float(level) == 0.0
    assert float(slope) > 0.5
    more, other = trade(jnp.asarray(0.01))
    assert float(more) == pytest.approx(0.01 * float(slope), rel=1e-9)
    assert float(other) == pytest.approx(float(slope), rel=1e-9)


def test_the_owner_of_a_capacity_that_stays_slack_lives_on_nothing() -> None:
    """Without a benchmark: what rounding leaves of the rent is no income that is out of balance."""
    m = Model("capacity", balanced=False)
    goods, hours = m.commodity("PY", price=1.2), m.commodity("PL")
    people, owner = m.agent("H"), m.agent("O")
    m.activity("Y", makes=goods[""](50.0), uses=hours[""](60.0), latent=1.0, level=1.0)
    m.activity(
        "Z",
        makes=goods[""](1.0),
        uses=hours[""](1.0),
        latent=1.0,
        capacity=m.parameter("most", "", 20.0),
        owner=owner[""],
    )
    people.owns(hours[""], 60.0).spends(goods[""](50.0))
    owner.spends(goods[""](1.0))
    m.numeraire(hours)
    scarce, plenty = m.solve(), m.solve(most=100.0)
    assert float(scarce.income("O")) == pytest.approx(4.0)  # 20 units at 1.2, for 20 hours
    assert float(plenty.level("Y")) == 0.0
    assert float(plenty.income("O")) == float(plenty.quantity("O", "PY")) == 0.0
    assert float(plenty.level("Z")) == pytest.approx(60.0)
