"""The product three ways, index numbers and trade: identities, and numbers of the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import pytest

from calibration import calibrate, load_assumptions
from calibration import gdp as accounts_of
from cge import m3c
from cge.accounts import (
    Area,
    Unbalanced,
    area,
    consumption_index,
    export_index,
    gdp,
    gdp_index,
    import_index,
    macro_table,
    terms_of_trade,
)
from cge.accounts.national import product_of
from cge.equilibrium import Status, benchmark
from cge.language import DeclarationError
from cge.setting import Structure
from sam import load_dataset
from tests.accounts.conftest import Pair
from tests.equilibrium.models import everything
from tests.properties.economies import TEMPLATE, Economy, declare


@pytest.fixture(scope="module")
def nation(free_trade: Pair) -> Area:
    return area(free_trade.base.model, abroad=["FX"])


def test_the_product_of_the_table(free_trade: Pair, nation: Area, book: ModuleType) -> None:
    product = gdp(free_trade.base, nation)
    table = book.SAM
    income = table.loc[[*book.FACTORS, "IDT", "TRF"], book.GOODS].to_numpy().sum()
    assert product.gdp == pytest.approx(income, rel=1e-9)
    value = product.table.set_index("item")["value"]
    assert value["income of PF"] == pytest.approx(90.0, rel=1e-9)
    assert value["revenue of tariff"] == pytest.approx(3.0, rel=1e-9)
    assert value["purchases of GOV"] == pytest.approx(33.0, rel=1e-9)
    assert value["exports of FX"] == pytest.approx(12.0, rel=1e-9)
    assert value["imports of FX"] == pytest.approx(-24.0, rel=1e-9)
    assert product.table.groupby("approach")["value"].sum().to_dict() == pytest.approx(
        product.totals
    )


def test_three_ways_agree(free_trade: Pair, nation: Area, consumers: Pair) -> None:
    closed = area(consumers.base.model, factors=["PC"])
    for e, where in ((free_trade.new, nation), (consumers.new, closed)):
        product = gdp(e, where)
        assert product.discrepancy < 1e-9
        assert product.gdp > 0


ECONOMIES: dict[str, Callable[[Economy], Economy]] = {
    "plain": lambda e: e,
    "subsidies": lambda e: replace(e, output_tax=-e.output_tax),
    "one good": lambda e: replace(e, consumption=e.consumption * [1.0, 0.0, 0.0, 0.0]),
    "huge and tiny": lambda e: replace(e, consumption=e.consumption * [1e3, 1.0, 1e-3, 1e-5]),
}


@pytest.mark.parametrize("kind", ECONOMIES)
def test_three_ways_agree_at_any_benchmark(kind: str) -> None:
    model = declare(ECONOMIES[kind](TEMPLATE))
    product = product_of(benchmark(model), area(model, abroad=["FX"], factors=["PC"]))
    assert product.discrepancy < 1e-9


def test_regions_add_up_to_the_whole() -> None:
    """Products of regions add up, and what one buys from the others is an import."""
    model = everything()
    state = benchmark(model)
    roles = {"abroad": ["FX"], "factors": ["PC", "PO", "PR"]}
    some = {"agents": ["HH", "GOV"], "activities": [*model.activities]}
    shared = [a for a in model.activities.values() if "r" not in a.letters]
    parts = [
        product_of(state, area(model, at={"r": r}, **some, **roles)) for r in ("north", "south")
    ]
    for part in parts:
        assert part.discrepancy < 1e-9
    if not shared:
        whole = product_of(state, area(model, **roles)).totals["income"]
        assert sum(p.totals["income"] for p in parts) <= whole * (1 + 1e-9)


def test_unclear_roles_are_refused() -> None:
    model = declare(TEMPLATE)
    with pytest.raises(DeclarationError, match="FX, PC: owned by agents and made by activities"):
        area(model)
    with pytest.raises(DeclarationError, match="PC: both in"):
        area(model, abroad=["PC", "FX"], factors=["PC"])
    with pytest.raises(DeclarationError, match="no 'FY'; known are"):
        area(model, abroad=["FY"])
    with pytest.raises(DeclarationError, match="has no letter 'h', so whether it belongs to 0"):
        area(model, at={"h": "0"}, abroad=["FX"], factors=["PC"])


def test_no_equilibrium_has_no_product(free_trade: Pair, nation: Area) -> None:
    unknowns = dict(free_trade.base.unknowns)
    unknowns["y:MAKE"] = unknowns["y:MAKE"] + 0.1
    off = replace(free_trade.base, unknowns=unknowns, status=Status.STUCK)
    with pytest.raises(Unbalanced, match="between its three ways"):
        gdp(off, nation)


def test_fisher_lies_between_and_decomposes_value(free_trade: Pair, nation: Area) -> None:
    base, new = free_trade.base, free_trade.new
    for numbers in (
        gdp_index(new, base, nation),
        consumption_index(new, base, ["HOH", "GOV"]),
        export_index(new, base, nation),
    ):
        for index in (numbers.price, numbers.quantity):
            low, high = sorted([index.laspeyres, index.paasche])
            assert low <= index.fisher <= high
        assert numbers.price.fisher * numbers.quantity.fisher == pytest.approx(numbers.value)
        assert numbers.price.laspeyres * numbers.quantity.paasche == pytest.approx(numbers.value)


def test_laspeyres_overstates_the_cost_of_living(free_trade: Pair) -> None:
    """Konüs: for homothetic tastes the true index lies between Paasche and Laspeyres."""
    base, new = free_trade.base, free_trade.new
    index = consumption_index(new, base, ["HOH"]).price
    true = (new.price_index("HOH") / base.price_index("HOH")).item()
    assert index.paasche < true < index.laspeyres
    assert index.fisher == pytest.approx(true, rel=1e-5)  # superlative to second order


def test_a_small_country_has_no_terms_of_trade(free_trade: Pair, nation: Area) -> None:
    tot = terms_of_trade(free_trade.new, free_trade.base, nation)
    assert tot.laspeyres == pytest.approx(1.0, rel=1e-12)
    assert export_index(free_trade.new, free_trade.base, nation).quantity.fisher > 1.0
    assert import_index(free_trade.new, free_trade.base, nation).quantity.fisher > 1.0
    closed = area(free_trade.base.model, abroad=(), stocks=["FX"])
    with pytest.raises(DeclarationError, match="what the area exports is worth 0"):
        terms_of_trade(free_trade.new, free_trade.base, closed)


def test_the_macro_table(free_trade: Pair, nation: Area) -> None:
    base, new = free_trade.base, free_trade.new
    table = macro_table(new, base, nation).set_index("item")
    value = table["new"] / table["base"]
    for name in ("gross domestic product", "purchases of HOH", "exports", "imports"):
        made = value[f"real {name}"] * value[f"price of {name}"]
        assert made == pytest.approx(value[name], rel=1e-12)
    assert table.loc["gross domestic product", "base"] == pytest.approx(102.0, rel=1e-9)
    assert table.loc["terms of trade", "percent"] == pytest.approx(0.0, abs=1e-9)
    gain = table.loc["welfare of HOH", "new"] - table.loc["welfare of HOH", "base"]
    assert gain == pytest.approx(new.ev("HOH", base).item(), rel=1e-9)


def test_regional_products_of_m3c_are_those_of_its_accounts() -> None:
    """At the base year, each region's product is that of the matrix the model is calibrated to.

    What a region pays an origin of electricity beyond its price is a tax that the origin has, so
    that its trade counts at the price of the origin here.
    """
    assumptions = load_assumptions()
    base_year = calibrate(load_dataset("yrd2020"), assumptions)
    structure = Structure.of(base_year, pools=("all",))
    model = m3c.declare(base_year, assumptions.removal, structure).model
    state, known = benchmark(model), accounts_of(base_year)
    inside = {
        "agents": ["HH", "ENT", "GOV", "INV", "FUND", "TAX"],
        "activities": ["Y", "GEN", "T", "A", "RM"],
    }
    paid = base_year.trade.inflow[:, :, base_year.electricity_place]  # origin, region
    beyond = paid * base_year.grid.flow_wedge / (1.0 + base_year.grid.flow_wedge)
    moved = beyond.sum(axis=0) - beyond.sum(axis=1)  # region
    for r, region in enumerate(base_year.regions):
        where = area(
            model, at={"r": region}, abroad=["FX"], factors=["PC"], stocks=["PA"], **inside
        )
        product = product_of(state, where)
        assert product.discrepancy < 1e-9
        for way, value in product.totals.items():
            assert value == pytest.approx(known.loc[region, way] + moved[r], rel=1e-9)
