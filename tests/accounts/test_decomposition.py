"""Parts of a welfare change add up to it, and are what theory says each should be."""

from __future__ import annotations

import numpy as np
import pytest

from cge.accounts import COMPONENTS, area, decompose, gdp, straight_line, terms_of_trade
from cge.language import DeclarationError
from tests.accounts.conftest import Pair, war_of
from tests.accounts.models import two_countries

HOME = {"agents": ["HH", "SAVER", "CUSTOMS"], "activities": ["Y"], "at": {"r": "home"}}


def test_a_tariff_misallocates(free_trade: Pair) -> None:
    """A small country gains by allocation alone, but for what moves between its agents."""
    where = area(free_trade.base.model, abroad=["FX"])
    parts = decompose(*free_trade, where)
    assert parts.residual == pytest.approx(0.0, abs=1e-6 * abs(parts.ev))
    assert tuple(parts.table.index) == COMPONENTS
    total = parts.table["total"]
    ev = sum(free_trade.new.ev(a, free_trade.base).item() for a in ("HOH", "GOV", "INV"))
    assert total.sum() == pytest.approx(ev, rel=1e-6)
    assert total["allocative"] > 0
    for nothing in ("terms of trade", "endowment", "capacity", "technology", "transfers"):
        assert total[nothing] == pytest.approx(0.0, abs=1e-9)
    assert abs(total["distribution"]) < 0.01 * parts.ev


def test_first_order_parts_are_those_of_the_textbook(free_trade: Pair) -> None:
    r"""A small change of the tariff is worth :math:`\sum t\,p\,dq` of all taxed flows."""
    base = free_trade.base
    new = free_trade.solver.solve(tariff=base.parameter("tariff") * 0.999, start=base)
    parts = decompose(free_trade.solver, base, new, area(base.model, abroad=["FX"]))
    worth = 0.0
    for owner, flow, name in (
        ("COMPOSITE", "FX", "tariff"),
        ("MAKE", "PD", "output_tax"),
        ("MAKE", "FX", "output_tax"),
    ):
        change = (new.quantity(owner, flow) - base.quantity(owner, flow)).values
        worth += float((base.parameter(name).values * change).sum())
    assert parts.table.loc["allocative", "total"] == pytest.approx(worth, rel=1e-3)
    assert parts.ev == pytest.approx(worth, rel=1e-3)


@pytest.mark.slow
def test_parts_add_up_through_kinks(scarcity: Pair) -> None:
    """Permits begin to bind, then a technology starts; two households gain and lose."""
    bound, starts = straight_line(*scarcity).kinks()[:2]
    assert 0 < bound < starts < 1
    where = area(scarcity.base.model, abroad=["FX"], factors=["PC"])
    groups = {"factors": ["factors"], "climate": ["permits"], "taxes": ["output_tax", "tariff"]}
    assert gdp(scarcity.new, where).discrepancy < 1e-9
    parts = decompose(*scarcity, where, groups)
    ev = scarcity.new.ev("H", scarcity.base).sum().item()
    assert parts.table["total"].sum() == pytest.approx(ev, rel=1e-6)
    np.testing.assert_allclose(
        parts.table[list(groups)].sum(axis=1), parts.table["total"], atol=1e-12
    )
    detail = parts.detail.groupby("component")["value"].sum()
    for component, value in parts.table["total"].items():
        assert detail[component] == pytest.approx(value, abs=1e-12)
    total = parts.table["total"]
    assert total["technology"] == pytest.approx(0.0, abs=1e-9)
    assert total["additive choice"] != 0.0  # of the nest that adds up
    assert parts.table.loc["endowment", "climate"] < 0  # scarce permits are lost
    assert parts.table.loc["endowment", "taxes"] == pytest.approx(0.0, abs=1e-12)


def test_skill_is_technology(consumers: Pair) -> None:
    """And the households, of all demand systems, gain what they pay for less."""
    assert len(straight_line(*consumers).kinks()) == 1  # permits begin to bind
    where = area(consumers.base.model, factors=["PC"])
    parts = decompose(*consumers, where)
    ev = sum(consumers.new.ev(who, consumers.base).item() for who in "ABC")
    assert parts.ev == pytest.approx(ev, rel=1e-12)
    assert parts.table["total"].sum() == pytest.approx(parts.ev, rel=1e-6)
    assert parts.table.loc["technology", "skill"] != 0.0
    assert parts.table.loc["technology", ["tax", "excise", "permits"]].abs().max() < 1e-9


def test_regions_gain_and_lose_by_terms_of_trade(tariff_war: Pair) -> None:
    """Skill at home is technology there, and abroad an import that becomes cheaper."""
    base, new = tariff_war.base, tariff_war.new
    home = area(base.model, **HOME)
    away = area(base.model, **{**HOME, "at": {"r": "abroad"}})
    one, two = (decompose(*tariff_war, where, {"all": ["duty", "skill", "labour"]})
                for where in (home, away))  # fmt: skip
    for parts in (one, two):
        assert parts.table["total"].sum() == pytest.approx(parts.ev, rel=1e-6)
    ev = new.ev("HH", base) + new.ev("SAVER", base)
    assert one.ev == pytest.approx(ev.sel(r="home").item(), rel=1e-9)
    assert two.table.loc["terms of trade", "total"] < 0 < one.table.loc["terms of trade", "total"]
    assert one.table.loc["endowment", "total"] == pytest.approx(0.0, abs=1e-12)
    assert two.table.loc["endowment", "total"] == pytest.approx(0.5, rel=0.1)
    assert one.table.loc["technology", "total"] > 0
    assert two.table.loc["technology", "total"] == pytest.approx(0.0, abs=1e-10)


def test_a_tariff_improves_the_terms_of_trade(tariff_war: Pair) -> None:
    """By about export value times the change of the terms of trade, for a small tariff."""
    solver, base = tariff_war.solver, tariff_war.base
    new = solver.solve(duty=np.array([[0.0, 1e-4], [0.0, 0.0]]), start=base)
    home = area(base.model, **HOME)
    parts = decompose(solver, base, new, home)
    change = terms_of_trade(new, base, home).fisher - 1
    assert change > 0
    exports = gdp(base, home).table.set_index("item").loc["exports of P", "value"]
    assert parts.table.loc["terms of trade", "duty"] == pytest.approx(exports * change, rel=1e-3)


def test_products_of_countries_agree_three_ways(tariff_war: Pair) -> None:
    home = area(tariff_war.base.model, **HOME)
    assert gdp(tariff_war.base, home).discrepancy < 1e-9
    assert gdp(tariff_war.new, home).discrepancy < 1e-9


@pytest.mark.slow
def test_numeraires_do_not_matter(tariff_war: Pair) -> None:
    """Labour at home or its good: both cost one in the base, at whose prices EV is."""
    other = war_of(two_countries("P"))
    groups = {"all": ["duty", "skill", "labour"]}
    parts, again = (
        decompose(*pair, area(pair.base.model, **HOME), groups) for pair in (tariff_war, other)
    )
    np.testing.assert_allclose(parts.table, again.table, rtol=1e-6, atol=1e-9)


def test_who_buys_nothing_has_no_welfare_to_part(tariff_war: Pair) -> None:
    nobody = area(tariff_war.base.model, agents=["CUSTOMS"], activities=["Y"])
    with pytest.raises(DeclarationError, match="nobody inside the area buys anything"):
        decompose(*tariff_war, nobody)
