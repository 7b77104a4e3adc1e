"""The contract: what is forgotten, said twice or does not fit is named, not passed over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from calibration import Benchmark
from cge.blocks import Block, Lever, Report, Stock
from cge.language import DeclarationError
from cge.m3c import Economy
from cge.m3c.closures import Closure, chosen, register
from cge.reports import check_labels, shaped
from cge.scenario import Closures
from closures import ClosureError
from closures.catalogue import FIXED_REAL_WAGE, find, names, offer, withdraw
from tests.m3c.models import declared, tiny, tiny_setting

R = "region"


@dataclass(frozen=True, eq=False)
class Said(Block):
    """A block that says what it is told to say."""

    what: Sequence[Any]

    def reports(self) -> list[Report]:
        return [thing for thing in self.what if isinstance(thing, Report)]

    def stocks(self) -> list[Stock]:
        return [thing for thing in self.what if isinstance(thing, Stock)]

    def levers(self) -> list[Lever]:
        return [thing for thing in self.what if isinstance(thing, Lever)]


def saying(*what: Any) -> Callable[[Economy, Benchmark], Block]:
    return lambda economy, benchmark: Said(what)


def report(name: str, dims: str = R, unit: str = "index") -> Report:
    return Report(name, dims, unit, "made up", lambda at: np.zeros(2))


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (report("wage"), "reports wage are declared twice"),
        (
            Stock("gdp_before", R, "1", lambda s: np.zeros(2), lambda at: np.zeros(2)),
            "stocks gdp_before",
        ),
        (
            Lever("pool_cap", "pool", "Mt CO2", "", lambda at: np.zeros(1), lambda at, v: {}),
            "levers pool_cap are declared twice",
        ),
        (
            Lever("output", R, "1e8 CNY", "", lambda at: np.zeros(2), lambda at, v: {}),
            "lever 'output' by 'region' in 1e8 CNY has the name of a report by 'region sector'",
        ),
    ],
)
def test_a_name_stands_for_one_thing(what: Any, message: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        declared(tiny_setting(), extensions=(saying(what),))
    assert message in str(caught.value)


def test_a_dimension_without_labels_is_named() -> None:
    with pytest.raises(DeclarationError, match=r"'hours' is by 'region hour', and 'hour' has no"):
        check_labels([report("hours", "region hour")], tiny_setting().labels)


def test_a_value_of_another_shape_is_named() -> None:
    with pytest.raises(DeclarationError, match=r"'jobs' by 'region' has shape \(3,\) .* \(2,\)"):
        shaped(report("jobs"), np.zeros(3), tiny_setting().labels)


def test_every_report_stock_and_lever_of_m3c_says_what_it_is() -> None:
    """Units that coupling reads, dimensions with labels, words, and totals that can be formed."""
    from cge.coupling.units import factor

    economy, labels = tiny(), tiny_setting().labels
    check_labels([*economy.reports, *economy.stocks, *economy.levers], labels)
    known = {each.name for each in economy.reports}
    for each in (*economy.reports, *economy.levers):
        assert factor(each.unit, each.unit, each.name) == 1.0
        assert each.meaning
    for each in economy.reports:
        assert each.total == "none" or "region" in each.dims.split()
        assert (each.total == "mean") == bool(each.by)
        assert not each.by or each.by in known


def test_a_product_is_read_through_its_factors() -> None:
    economy = tiny()
    assert set(economy.model.products) == {
        "Y.fuel.quantity",
        "Y.electricity.quantity",
        "Y.fuel_permit.quantity",
        "Y.output_permit.quantity",
        "T.fuel_permit.quantity",
        "T.credit.quantity",
        "T.injection.quantity",
        "T.carriage.quantity",
        "HH.fuel_permit.quantity",
        "HH.fuel_permit.minimum",
        "RM.credit.quantity",
        "RM.reward.quantity",
        "RM.injection.quantity",
        "RM.carriage.quantity",
    }


def test_a_closure_that_means_nothing_is_refused() -> None:
    named = offer("labour", "unheard_of", "nobody says what it swaps")
    try:
        assert Closures(labour="unheard_of").labour == "unheard_of"
        with pytest.raises(ClosureError, match=r"'unheard_of' of labour means nothing in M3C"):
            chosen([("labour", "unheard_of")])
    finally:
        withdraw(named)
    with pytest.raises(ValueError, match=r"unknown closure of labour 'unheard_of'"):
        Closures(labour="unheard_of")


def test_a_closure_is_said_once() -> None:
    with pytest.raises(ClosureError, match=r"'fixed_real_wage' of labour is registered twice"):
        register(Closure(FIXED_REAL_WAGE))
    with pytest.raises(ClosureError, match=r"'fixed_real_wage' of labour is offered twice"):
        offer("labour", "fixed_real_wage", "again")


def test_the_catalogue_names_the_nearest() -> None:
    assert names("investment")[0] == "saving_driven"
    assert find("labour", "fixed_real_wage") is FIXED_REAL_WAGE
    with pytest.raises(ClosureError, match=r"did you mean 'saving_driven'"):
        find("investment", "savings_driven")
