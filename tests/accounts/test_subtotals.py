"""Contributions of groups of a shock add up, follow closed forms, and respect kinks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cge.accounts import subtotals
from cge.language import DeclarationError
from tests.accounts.conftest import Pair

NAMES = ["utility.HOH", "price.FX"]


@pytest.mark.slow
def test_contributions_add_up(scarcity: Pair) -> None:
    """Of every variable, though permits begin to bind on the way."""
    groups = {"factors": ["factors"], "climate": ["permits"], "taxes": ["output_tax", "tariff"]}
    parts = subtotals(*scarcity, groups)
    assert parts.error < 1e-7
    new, base = scarcity.new.to_dataset(), scarcity.base.to_dataset()
    for name, total in parts.contributions.sum("group").items():
        size = max(float(abs(base[name]).max()), float(abs(new[name]).max()), 1e-9)
        np.testing.assert_allclose(
            total.fillna(0.0), (new - base)[name].fillna(0.0), rtol=0, atol=1e-7 * size
        )


def test_a_single_group_has_all(free_trade: Pair) -> None:
    parts = subtotals(*free_trade, names=NAMES)
    assert list(parts.contributions["group"].values) == ["tariff"]
    change = free_trade.new.utility("HOH") - free_trade.base.utility("HOH")
    found = parts.contributions["utility.HOH"].sel(group="tariff").item()
    assert found == pytest.approx(change.item(), rel=1e-9)
    assert parts.percent["price.FX"].item() == pytest.approx(6.28242, rel=1e-6)


def test_shares_of_one_parameter(free_trade: Pair) -> None:
    """Both tariffs apart; a table has a column for each."""
    groups = {"bread": {"tariff": [1.0, 0.0]}, "milk": {"tariff": [0.0, 1.0]}}
    parts = subtotals(*free_trade, groups, names=NAMES)
    row = parts.to_frame().set_index("variable").loc["utility.HOH"]
    assert row["bread"] + row["milk"] == pytest.approx(row["total"], rel=1e-9)
    assert row["milk"] > row["bread"] > 0  # the higher rate on nearly as many imports


def test_closed_form(consumers: Pair) -> None:
    r"""The price of bread is :math:`p = 1 / a` as long as permits are free: by skill alone."""
    names = ["price.P", "quantity.Y.PL"]
    found = subtotals(*consumers, names=names)
    assert found.error < 1e-8
    parts = found.contributions
    bread = parts["price.P"].sel(i="bread")
    assert bread.sel(group="skill").item() == pytest.approx(1 / 1.3 - 1, rel=1e-8)
    assert abs(bread.sel(group=["tax", "excise", "permits"])).max() < 1e-9


def test_changes_left_out_or_counted_twice_are_refused(free_trade: Pair, consumers: Pair) -> None:
    with pytest.raises(DeclarationError, match="'tariff' changes, and its shares in the groups"):
        subtotals(*free_trade, {"bread": {"tariff": [1.0, 0.0]}})
    with pytest.raises(DeclarationError, match=r"'permits' changes.*\(none\)"):
        subtotals(*consumers, {"all": ["tax", "excise", "skill"]})
    with pytest.raises(DeclarationError, match="group 'x': no parameter tarif"):
        subtotals(*free_trade, {"x": ["tarif"]})
    with pytest.raises(DeclarationError, match="no parameter differs"):
        subtotals(free_trade.solver, free_trade.base, free_trade.base)
    with pytest.raises(DeclarationError, match=r"no variable price\.XX"):
        subtotals(*free_trade, names=["price.XX"])
    with pytest.raises(DeclarationError, match="the base is of another model"):
        subtotals(free_trade.solver, consumers.base, consumers.new)


def test_what_a_solve_fixes_is_refused(free_trade: Pair) -> None:
    fixed = replace(free_trade.base)
    fixed.state.unmet["p:PD"] = (np.ones(2, bool), np.zeros(2))
    with pytest.raises(DeclarationError, match="the base was solved with something fixed"):
        subtotals(free_trade.solver, fixed, free_trade.new)
