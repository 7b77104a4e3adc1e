"""The prior: the nation shared out over regions, on made-up flows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from recipes.yrd2020.flows import CAPITAL, LABOUR, STOCKS, TAX, Flows
from recipes.yrd2020.fuels import ENERGY, places_of_makers
from recipes.yrd2020.official import Official
from recipes.yrd2020.prior import DUST, SMALLEST_OUTPUT, clean, close, grow, prune, value_added
from recipes.yrd2020.sharing import CONTENT, SERVICES_AWAY, blended, share_out
from recipes.yrd2020.totals import GROUPS, Totals, goods_of, group_of
from sam.accounts import HOUSEHOLDS
from tests.recipes.nations import DUTY, REGIONS, SECTORS, at, bought, nation, regions, totals

Array = npt.NDArray[np.float64]

COUNT = len(REGIONS)
PLACES = {  # regions do not differ much in what they make of anything
    name: np.array(share)
    for name, share in zip(ENERGY, [[0.2, 0.3, 0.5]] * len(ENERGY), strict=True)
}


@pytest.fixture
def flows() -> Flows:
    return regions(0, tariff=DUTY)


def shared(
    structure: Flows, truth: Flows, placed: Mapping[str, Array] | None = None
) -> tuple[Flows, Official, Totals]:
    """The nation of some flows shared out as others are structured, with its totals."""
    table, known = nation(truth), totals(truth, DUTY)
    places = _made(truth) if placed is None else placed
    made = value_added(structure, known, table, places)
    sized = grow(structure, made)
    return share_out(sized, structure, table, known, bought(truth), places, made), table, known


def _made(flows: Flows) -> dict[str, Array]:
    """Share of each region in what is made of each energy."""
    value = flows.value_added.sum(1)
    return {
        name: value[:, k] / value[:, k].sum() for name, k in zip(ENERGY, at(*ENERGY), strict=True)
    }


# The structure of 2007.


def test_impossible_cells_of_2007_are_repaired(flows: Flows) -> None:
    added, final, inner = flows.value_added.copy(), flows.final.copy(), flows.intermediate.copy()
    added[0, CAPITAL, 5], added[1, TAX, 3], added[2, :, 4] = -4.0, -2.0, -3.0
    final[0, 0, STOCKS], inner[1, 2, 3] = -1.0, -0.5
    found = clean(replace(flows, value_added=added, final=final, intermediate=inner), 0.06)
    for part in (found.value_added, found.final, found.intermediate):
        assert (part >= 0.0).all()
    wages, _, profit = found.value_added.transpose(1, 0, 2)  # region, activity
    assert (profit >= 0.06 * (wages + profit) - 1e-9).all()
    assert (wages >= 0.06 * (wages + profit) - 1e-9).all()
    income = np.maximum(added[:, LABOUR] + added[:, CAPITAL], 0.0)  # what factors earn stays
    np.testing.assert_allclose(wages + profit, income)
    untouched = np.ones(wages.shape, dtype=bool)
    untouched[[0, 2], [5, 4]] = False
    np.testing.assert_allclose(wages[untouched], added[:, LABOUR][untouched])


def test_columns_grow_with_their_value_added_and_keep_their_coefficients(flows: Flows) -> None:
    made = flows.value_added.sum(1) * np.random.default_rng(1).uniform(0.5, 9.0, (COUNT, 40))
    found = grow(flows, made)
    np.testing.assert_allclose(found.value_added.sum(1), made)
    np.testing.assert_allclose(
        found.intermediate / found.output[:, None], flows.intermediate / flows.output[:, None]
    )
    np.testing.assert_array_equal(found.final, flows.final)


# Value added.


def test_value_added_meets_groups_in_regions_and_activities_in_the_nation(flows: Flows) -> None:
    truth = regions(8, tariff=DUTY)
    made = truth.value_added.sum(1)
    finance, steel, power = at("FIN", "FER", "ELE")
    known = totals(
        truth,
        DUTY,
        services={"FIN": np.array([made[0, finance], np.nan, np.nan])},
        output_shares={"FER": np.array([np.nan, *made[1:2, steel] / made[:, steel].sum(), np.nan])},
    )
    placed = {"ELE": made[:, power] / made[:, power].sum()}
    found = value_added(flows, known, nation(truth), placed)
    np.testing.assert_allclose(found.sum(0), made.sum(0), rtol=1e-8)
    assert found[0, finance] == pytest.approx(made[0, finance])
    assert found[1, steel] == pytest.approx(made[1, steel])
    np.testing.assert_allclose(found[:, power], made[:, power])
    assert (found > 0.0).all()
    group = group_of(SECTORS)
    for g in range(len(GROUPS)):
        rows = found[:, group == g].sum(1)  # duties are spread as the group is
        np.testing.assert_allclose(rows / rows.sum(), known.groups[:, g] / known.groups[:, g].sum())


def test_what_is_not_known_keeps_the_proportions_of_2007(flows: Flows) -> None:
    truth = replace(flows, value_added=1.7 * flows.value_added)
    found = value_added(flows, totals(truth, 0.0 * DUTY), nation(truth), {})
    np.testing.assert_allclose(found, 1.7 * flows.value_added.sum(1), rtol=1e-8)


def test_a_building_industry_of_one_activity_is_its_group(flows: Flows) -> None:
    truth = regions(8)
    found = value_added(flows, totals(truth, 0.0 * DUTY), nation(truth), {})
    place = SECTORS.index("CON")
    np.testing.assert_allclose(found[:, place], truth.value_added[:, :, place].sum(1))


# Sharing out.


def test_a_cell_that_2007_hardly_knows_goes_by_size() -> None:
    structure = np.array([[9.0, 90.0, 0.0, 270.0], [1.0, 10.0, 0.0, 30.0]])  # region, cell
    table = np.array([100.0, 100.0, 60.0, 100.0])
    size = np.full((2, 4), 0.5)
    found = blended(structure, table, size)
    np.testing.assert_allclose(found[:, 0], [54.0, 46.0])  # of 100 only 10 are known
    np.testing.assert_allclose(found[:, 1], [90.0, 10.0])
    np.testing.assert_allclose(found[:, 2], [30.0, 30.0])  # nothing is known
    np.testing.assert_allclose(found[:, 3], [90.0, 10.0])  # more than the nation has
    np.testing.assert_allclose(blended(structure, -table, size), -found)  # stocks that fall


AMOUNTS = st.one_of(st.just(0.0), st.floats(1e-3, 1e4), st.floats(-1e4, -1e-3))


@settings(max_examples=100)
@given(arrays.arrays(float, (3, 5), elements=AMOUNTS), arrays.arrays(float, 5, elements=AMOUNTS))
def test_shares_sum_to_the_nation(structure: Array, table: Array) -> None:
    size = np.array([0.1, 0.3, 0.6])[:, None] * np.ones(5)
    found = blended(np.abs(structure), table, size)
    np.testing.assert_allclose(found.sum(0), table, rtol=1e-12, atol=1e-12)
    assert (found * np.sign(table) >= 0.0).all()


def test_regions_add_up_to_the_nation() -> None:
    found, table, _ = shared(regions(0, tariff=DUTY), regions(5, tariff=DUTY))
    for name in ("value_added", "final", "exports", "imports"):
        np.testing.assert_allclose(getattr(found, name).sum(0), getattr(table, name))
        assert (getattr(found, name) >= 0.0).all()
    np.testing.assert_allclose(found.intermediate.sum(0), table.intermediate)  # none far-fetched


def test_energy_is_bought_where_its_quantities_are() -> None:
    truth = regions(5, tariff=DUTY)
    found, table, _ = shared(regions(0, tariff=DUTY), truth)
    rows = at(*ENERGY)
    share = found.intermediate[:, rows] / table.intermediate[rows]
    quantity = bought(truth)[:, :, : len(SECTORS)]
    expected = quantity / quantity.sum(0)
    for name in ("COL", "GDT", "ELE"):  # own supply beyond what is used is where it is made
        k, i = ENERGY.index(name), SECTORS.index(name)
        at_home, used = _made(truth)[name], expected[:, k, i].copy()
        part = ((share[:, k, i] - at_home) / (used - at_home)).round(9)
        assert np.ptp(part) < 1e-6
        assert 0.0 <= part[0] <= 1.0
        share[:, k, i], expected[:, k, i] = 0.0, 0.0
    np.testing.assert_allclose(share, expected)
    homes = bought(truth)[:, :, len(SECTORS) :]
    sold = found.final[:, rows, : len(HOUSEHOLDS)]
    np.testing.assert_allclose(sold / sold.sum(0), homes / homes.sum(0))


def test_makers_of_energy_have_the_nations_costs_where_they_are() -> None:
    truth = regions(5, tariff=DUTY)
    found, table, _ = shared(regions(0, tariff=DUTY), truth, PLACES)
    k = SECTORS.index("ELE")
    rows = [i for i in range(len(SECTORS)) if i not in at(*ENERGY)]
    share = found.intermediate[:, rows, k] / table.intermediate[rows, k]
    np.testing.assert_allclose(share, np.repeat(PLACES["ELE"][:, None], len(rows), axis=1))
    np.testing.assert_allclose(
        found.value_added[:, :, k], PLACES["ELE"][:, None] * table.value_added[:, k]
    )


def test_stocks_change_where_goods_are_made_and_may_fall() -> None:
    truth = regions(5, tariff=DUTY)
    final = truth.final.copy()
    final[:, SECTORS.index("CHM"), STOCKS] *= -1.0
    found, table, _ = shared(regions(0, tariff=DUTY), replace(truth, final=final))
    made = found.output / found.output.sum(0)
    np.testing.assert_allclose(found.final[:, :, STOCKS], made * table.final[:, STOCKS])
    assert (found.final[:, SECTORS.index("CHM"), STOCKS] < 0.0).all()


def test_margins_on_exports_go_where_goods_go() -> None:
    found, table, known = shared(regions(0, tariff=DUTY), regions(5, tariff=DUTY))
    share = known.exports / known.exports.sum()
    margins = at("TRD", "TRN")
    np.testing.assert_allclose(found.exports[:, margins], np.outer(share, table.exports[margins]))
    chosen = goods_of(SECTORS)
    goods = found.exports[:, chosen].sum(1)
    np.testing.assert_allclose(goods / goods.sum(), share, rtol=1e-6)
    imports = found.imports[:, chosen].sum(1)
    np.testing.assert_allclose(
        imports / imports.sum(), known.imports / known.imports.sum(), rtol=1e-6
    )


def test_foreign_trade_is_half_by_size() -> None:
    structure, truth = regions(0, tariff=DUTY), regions(5, tariff=DUTY)
    alone = structure.exports.copy()
    chemicals = SECTORS.index("CHM")
    alone[1:, chemicals] = 0.0  # by the old tables one region exports all chemicals
    found, table, _ = shared(replace(structure, exports=alone), truth)
    size = found.output[:, chemicals] / found.output[:, chemicals].sum()
    share = found.exports[:, chemicals] / table.exports[chemicals]
    assert (share[1:] > 0.3 * size[1:]).all()
    assert share[0] < 0.5 + 0.7 * size[0]


def test_services_are_mostly_sold_and_bought_at_home() -> None:
    structure, truth = regions(0, tariff=DUTY), regions(5, tariff=DUTY)
    trade = structure.trade.copy()
    shops = SECTORS.index("TRD")
    trade[:, :, shops] *= 200.0
    found, _, _ = shared(replace(structure, trade=trade), truth)
    use = found.intermediate.sum(2) + found.final.sum(2)
    sold, bought_in = found.trade[:, :, shops].sum(1), found.trade[:, :, shops].sum(0)
    assert (sold <= SERVICES_AWAY * found.output[:, shops] + 1e-9).all()
    assert (bought_in <= SERVICES_AWAY * use[:, shops] + 1e-9).all()
    assert sold.sum() > 0.1 * found.output[:, shops].sum()  # and no more is cut than that


def test_energy_is_not_stretched_with_other_inputs() -> None:
    structure, truth = regions(0, tariff=DUTY), regions(5, tariff=DUTY)
    inner, chemicals = structure.intermediate.copy(), SECTORS.index("CHM")
    inner[0, :, chemicals] *= 300.0
    found, table, _ = shared(replace(structure, intermediate=inner), truth)
    quantity = bought(truth)[:, :, chemicals]
    paid = (
        found.intermediate[:, at(*ENERGY), chemicals] / table.intermediate[at(*ENERGY), chemicals]
    )
    np.testing.assert_allclose(paid, quantity / quantity.sum(0))


def test_what_is_closed_neither_makes_nor_sells() -> None:
    flows = regions(0, tariff=DUTY)
    absent = np.zeros((COUNT, len(SECTORS)), dtype=bool)
    mines = SECTORS.index("COL")
    absent[0, mines] = True
    found = close(flows, absent)
    assert found.output[0, mines] == found.exports[0, mines] == found.local[0, mines] == 0.0
    assert not found.trade[0, :, mines].any()
    np.testing.assert_array_equal(found.trade[1:], flows.trade[1:])
    np.testing.assert_array_equal(found.final, flows.final)  # it still buys coal


def test_no_activity_has_a_content_of_value_added_far_from_the_nations() -> None:
    structure = regions(0, tariff=DUTY)
    inner, chemicals = structure.intermediate.copy(), SECTORS.index("CHM")
    inner[0, :, chemicals] *= 300.0  # Shanghai of 2007 hardly adds value to chemicals
    truth = regions(5, tariff=DUTY)
    many = truth.intermediate * 4.0
    found, table, _ = shared(
        replace(structure, intermediate=inner), replace(truth, intermediate=many)
    )
    made = found.value_added.sum(1)
    content = made / (made + found.intermediate.sum(1))
    usual = table.made / table.output
    assert (content >= usual / CONTENT - 1e-9).all()
    assert (content <= np.minimum(usual * CONTENT, 0.97) + 1e-9).all()
    assert content[0, chemicals] == pytest.approx(usual[chemicals] / CONTENT)
    np.testing.assert_allclose(made.sum(0), table.made)  # costs give way, value added does not


def test_a_nation_twice_as_large_trades_twice_as_much_between_its_regions() -> None:
    structure = regions(0, tariff=DUTY)
    twice = {name: 2.0 * getattr(structure, name) for name in vars(structure)}
    found, _, _ = shared(structure, Flows(**twice))
    apart = ~np.eye(COUNT, dtype=bool)
    np.testing.assert_allclose(
        found.trade[apart].sum() / structure.trade[apart].sum(), 2.0, rtol=0.05
    )


# Pruning.


def test_tiny_activities_close_and_the_nation_stays(flows: Flows) -> None:
    inner, added = flows.intermediate.copy(), flows.value_added.copy()
    mines = SECTORS.index("COL")
    inner[0, :, mines] *= 1e-3
    added[0, :, mines] *= 1e-3
    small = replace(flows, intermediate=inner, value_added=added)
    assert 0.0 < small.output[0, mines] < SMALLEST_OUTPUT
    found = prune(small)
    assert found.output[0, mines] == found.exports[0, mines] == found.local[0, mines] == 0.0
    assert not found.trade[0, :, mines].any()
    assert (found.output[1:] > 0.0).all()
    for name in ("intermediate", "value_added", "final", "exports", "imports"):
        np.testing.assert_allclose(getattr(found, name).sum(0), getattr(small, name).sum(0))
    assert found.final[0, mines].sum() > 0.0  # who makes no coal may buy some


def test_dust_is_handed_to_the_other_regions(flows: Flows) -> None:
    inner = flows.intermediate.copy()
    inner[0, 1, 2] = 0.5 * DUST
    inner[:, 3, 4] = np.array([1.0, 0.5, 0.25]) * DUST * 0.9  # nothing but dust: the largest stays
    found = prune(replace(flows, intermediate=inner))
    assert found.intermediate[0, 1, 2] == 0.0
    shares = found.intermediate[1:, 1, 2] / found.intermediate[1:, 1, 2].sum()
    np.testing.assert_allclose(shares, inner[1:, 1, 2] / inner[1:, 1, 2].sum())
    np.testing.assert_allclose(found.intermediate[:, 3, 4], [inner[:, 3, 4].sum(), 0.0, 0.0])
    np.testing.assert_allclose(found.intermediate.sum(0), inner.sum(0))


def test_dust_of_stocks_that_fall_is_handed_on_too(flows: Flows) -> None:
    final = flows.final.copy()
    final[:, 11, STOCKS] = -2.0, -0.5 * DUST, -1.0
    found = prune(replace(flows, final=final))
    assert found.final[1, 11, STOCKS] == 0.0
    assert found.final[:, 11, STOCKS].sum() == pytest.approx(final[:, 11, STOCKS].sum(), rel=1e-12)


def test_local_sales_are_what_output_leaves_and_never_vanish(flows: Flows) -> None:
    hub = replace(flows, exports=flows.exports.copy())
    hub.exports[0, 7] = 2.0 * flows.output[0, 7]
    found = prune(hub)
    left = found.output - found.exports - found.trade.sum(1)
    others = np.ones(left.shape, dtype=bool)
    others[0, 7] = False
    np.testing.assert_allclose(found.local[others], left[others])
    assert found.local[0, 7] > 0.0 > left[0, 7]


def test_energy_is_made_where_it_is_generated_mined_and_taken_in(flows: Flows) -> None:
    rng = np.random.default_rng(5)
    amounts = rng.uniform(1.0, 5.0, (COUNT, len(ENERGY), len(SECTORS) + len(HOUSEHOLDS)))
    share = places_of_makers(flows, amounts, np.array([1.0, 2.0, 7.0]), {1: 0.2}, SECTORS)
    assert set(share) == set(ENERGY)
    for name in ENERGY:
        assert share[name].sum() == pytest.approx(1.0)
    np.testing.assert_allclose(share["ELE"], [0.1, 0.2, 0.7])
    assert share["COL"][1] == pytest.approx(0.2)
    coal = flows.output[:, SECTORS.index("COL")]
    assert share["COL"][0] / share["COL"][2] == pytest.approx(coal[0] / coal[2])
    for maker, feedstock in (("REF", "OIL"), ("COK", "COL"), ("GDT", "GAS")):
        taken = amounts[:, ENERGY.index(feedstock), SECTORS.index(maker)]
        np.testing.assert_allclose(share[maker], taken / taken.sum())
    wells = flows.output[:, SECTORS.index("GAS")]
    np.testing.assert_allclose(share["GAS"], wells / wells.sum())
