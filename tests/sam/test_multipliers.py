"""Leontief system and multipliers against the numbers of Miller and Blair's textbook.

Miller, R. E. and Blair, P. D. (2009), Input-Output Analysis: Foundations and Extensions, 2nd ed.,
Cambridge University Press: sections 2.3 and 2.5 (two sectors, households closed), 3.3 (two regions)
and 6.2 (multipliers). The lecture notes "Multipliers in Input-Output Model" of MIT OpenCourseWare
11.481J (Spring 2009, lecture 19a) print the two-sector matrices and the output multipliers of the
first edition to three digits, as here; further digits, the two regions and the multipliers of
income are what inverting the tables by hand gives.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from sam import SAM, Dataset, SAMError, load_dataset
from sam.accounts import ACTIVITY, COMMODITY, FACTOR, GOVERNMENT, HOUSEHOLD, REST_OF_WORLD
from sam.input_output.leontief import input_output
from sam.input_output.multipliers import (
    PRODUCTION,
    PRODUCTION_AND_HOUSEHOLDS,
    accounting_multipliers,
    decompose,
    multiplier_table,
)
from sam.matrix import from_payments
from tests.economies import tiny_dataset

Array = npt.NDArray[np.float64]
Account = tuple[str, str]

SEEDS = pytest.mark.parametrize("seed", range(3))
WAGES = np.array([300.0, 500.0])
INVERSE = np.array([[1.2541, 0.3300], [0.2640, 1.1221]])
CLOSED = np.array([[1.3651, 0.4253, 0.2509], [0.5273, 1.3481, 0.5954], [0.5698, 0.4890, 1.2885]])

TWO_REGIONS = np.array(
    [
        [150.0, 500, 50, 25, 75],
        [200.0, 100, 400, 200, 100],
        [300.0, 500, 50, 60, 40],
        [75.0, 100, 60, 200, 250],
        [50.0, 25, 25, 150, 100],
    ]
)
TWO_REGIONS_OUTPUT = np.array([1000.0, 2000, 1000, 1200, 800])
TWO_REGIONS_INVERSE = np.array(
    [
        [1.4234, 0.4652, 0.2909, 0.1917, 0.3041],
        [0.6346, 1.4237, 0.6707, 0.4092, 0.4558],
        [0.6383, 0.5369, 1.3363, 0.2501, 0.3108],
        [0.2672, 0.2000, 0.1973, 1.3406, 0.5473],
        [0.1468, 0.0908, 0.0926, 0.2155, 1.2538],
    ]
)


def pay(
    receiver: Account, payer: Account, value: float
) -> tuple[str, str, str, str, str, str, float]:
    return ("R", *receiver, "R", *payer, value)


def textbook(imports: float = 0.0) -> SAM:
    """Two sectors with households; imports are a share of the supply of both commodities.

    With imports, an account of the world sells them and buys as much, so that outputs stay.
    """
    one, two = (ACTIVITY, "1"), (ACTIVITY, "2")
    c1, c2 = (COMMODITY, "1"), (COMMODITY, "2")
    pay_, home, others = (FACTOR, "LAB"), (HOUSEHOLD, "HH"), (GOVERNMENT, "OTH")
    world = (REST_OF_WORLD, "ROW")
    landed = imports * np.array([1000.0, 2000.0])
    payments = [
        pay(c1, one, 150.0),
        pay(c2, one, 200.0),
        pay(c1, two, 500.0),
        pay(c2, two, 100.0),
        pay(pay_, one, WAGES[0]),
        pay(pay_, two, WAGES[1]),
        pay(others, one, 350.0),
        pay(others, two, 900.0),
        pay(home, pay_, 800.0),
        pay(home, home, 50.0),
        pay(home, others, 150.0),
        pay(c1, home, 50.0),
        pay(c2, home, 400.0),
        pay(others, home, 500.0),
        pay(c1, others, 300.0),
        pay(c2, others, 1300.0),
        pay(one, c1, 1000.0 - landed[0]),
        pay(two, c2, 2000.0 - landed[1]),
        pay(world, c1, landed[0]),
        pay(world, c2, landed[1]),
        pay(one, world, landed[0]),
        pay(two, world, landed[1]),
    ]
    return from_payments(payments)


def two_regions() -> SAM:
    """Three sectors of region r and two of region s that buy from each other directly."""
    owners = [("r", "1"), ("r", "2"), ("r", "3"), ("s", "1"), ("s", "2")]
    payments = [
        (sell[0], ACTIVITY, sell[1], buy[0], ACTIVITY, buy[1], float(TWO_REGIONS[i, j]))
        for i, sell in enumerate(owners)
        for j, buy in enumerate(owners)
    ]
    final = TWO_REGIONS_OUTPUT - TWO_REGIONS.sum(1)
    added = TWO_REGIONS_OUTPUT - TWO_REGIONS.sum(0)
    for k, (region, name) in enumerate(owners):
        payments.append((region, ACTIVITY, name, region, HOUSEHOLD, "HH", float(final[k])))
        payments.append((region, FACTOR, "LAB", region, ACTIVITY, name, float(added[k])))
    for k, region in enumerate("rs"):
        own = slice(0, 3) if k == 0 else slice(3, 5)
        earned, spent = float(added[own].sum()), float(final[own].sum())
        payments.append((region, HOUSEHOLD, "HH", region, FACTOR, "LAB", earned))
        payments.append(("r", GOVERNMENT, "OTH", region, HOUSEHOLD, "HH", earned - spent))
    return from_payments(payments)


def test_leontief_inverse_is_that_of_the_textbook() -> None:
    system = input_output(textbook())
    np.testing.assert_allclose(system.coefficients, [[0.15, 0.25], [0.2, 0.05]])
    np.testing.assert_allclose(system.inverse, INVERSE, atol=5e-5)
    np.testing.assert_allclose(system.inverse @ [600.0, 1500.0], [1247.5, 1841.6], atol=0.1)


def test_two_regions_need_each_other_as_in_the_textbook() -> None:
    system = input_output(two_regions())
    np.testing.assert_allclose(system.inverse, TWO_REGIONS_INVERSE, atol=5e-5)
    np.testing.assert_allclose(system.output, TWO_REGIONS_OUTPUT)


def test_households_closed_are_those_of_the_textbook() -> None:
    closed = accounting_multipliers(textbook(), PRODUCTION_AND_HOUSEHOLDS).frame()
    order = [("R", ACTIVITY, "1"), ("R", ACTIVITY, "2"), ("R", HOUSEHOLD, "HH")]
    np.testing.assert_allclose(closed.loc[order, order[:2]], CLOSED[:, :2], atol=5e-5)
    # A unit paid to households reaches activities through the commodities they buy.
    np.testing.assert_allclose(closed.loc[order, order[2]], CLOSED[:, 2], atol=5e-5)


def test_multipliers_are_those_of_the_textbook() -> None:
    table = multiplier_table(textbook())
    np.testing.assert_allclose(table["output", "type I"], [1.518, 1.452], atol=5e-4)
    np.testing.assert_allclose(table["output", "type II"], CLOSED[:2, :2].sum(0), atol=1e-4)
    total = table["output", "type II"] + CLOSED[2, :2]  # with what households receive
    np.testing.assert_allclose(total, [2.462, 2.262], atol=5e-4)
    np.testing.assert_allclose(table["LAB", "direct"], [0.3, 0.25])
    np.testing.assert_allclose(table["LAB", "type I"], [0.442, 0.380], atol=6e-4)
    np.testing.assert_allclose(table["LAB", "ratio I"], [1.474, 1.518], atol=6e-4)


def test_type_two_over_type_one_is_the_same_for_all_sectors() -> None:
    """Miller and Blair, section 6.2.2: the ratio is the households' own multiplier."""
    table = multiplier_table(textbook())
    ratio = (table["LAB", "type II"] / table["LAB", "type I"]).to_numpy()
    assert ratio[0] == pytest.approx(ratio[1])
    own_income = 50.0 / 1000.0  # households pay households, outside what activities pay
    assert ratio[0] / (1.0 - own_income) == pytest.approx(1.2885, abs=5e-4)


def test_extensions_ride_on_output() -> None:
    labels = pd.MultiIndex.from_tuples([("R", "1")])
    jobs = pd.DataFrame({"jobs": [20.0]}, index=labels)
    table = multiplier_table(textbook(), jobs)
    np.testing.assert_allclose(table["jobs", "direct"], [0.02, 0.0])
    np.testing.assert_allclose(table["jobs", "type I"], 0.02 * INVERSE[0], atol=1e-6)
    assert np.isnan(table["jobs", "ratio I"].iloc[1])  # no job at home to compare with
    stray = jobs.set_axis(pd.MultiIndex.from_tuples([("R", "9")]))
    with pytest.raises(SAMError, match=r"'9'.* make nothing"):
        multiplier_table(textbook(), stray)


def test_without_households_the_multiplier_is_one_over_the_leak() -> None:
    """One activity that buys only from itself and leaks the rest."""
    own, sold = (ACTIVITY, "1"), (COMMODITY, "1")
    payments = [
        pay(sold, own, 60.0),
        pay((GOVERNMENT, "OTH"), own, 40.0),
        pay(own, sold, 100.0),
        pay(sold, (GOVERNMENT, "OTH"), 40.0),
    ]
    table = multiplier_table(from_payments(payments))
    assert table["output", "type I"].item() == pytest.approx(1.0 / 0.4)


def test_imports_leak() -> None:
    """With imports a share of supply, domestic coefficients shrink by it."""
    system = input_output(textbook(imports=0.2))
    np.testing.assert_allclose(system.coefficients, 0.8 * np.array([[0.15, 0.25], [0.2, 0.05]]))
    np.testing.assert_allclose(system.imports, 0.2)
    np.testing.assert_allclose(system.supply.sum(0), 0.8)
    np.testing.assert_allclose(system.inverse @ system.final_output.sum(1), system.output)


def test_margins_are_passed_through() -> None:
    """A commodity that buys a margin service: demand for it needs both activities."""
    good, shop = (ACTIVITY, "good"), (ACTIVITY, "shop")
    c_good, c_shop = (COMMODITY, "good"), (COMMODITY, "shop")
    home = (HOUSEHOLD, "HH")
    payments = [
        pay(good, c_good, 80.0),
        pay(c_shop, c_good, 20.0),
        pay(shop, c_shop, 20.0),
        pay(c_good, home, 100.0),
        pay(home, good, 80.0),
        pay(home, shop, 20.0),
    ]
    system = input_output(from_payments(payments))
    demand = pd.DataFrame(system.supply, system.activities, system.products)
    need = demand["R", COMMODITY, "good"]
    assert need["R", "good"] == pytest.approx(0.8)
    assert need["R", "shop"] == pytest.approx(0.2)


def test_a_system_without_leak_is_refused() -> None:
    with pytest.raises(SAMError, match="no account leaks out"):
        accounting_multipliers(textbook(), [*PRODUCTION_AND_HOUSEHOLDS, GOVERNMENT])
    with pytest.raises(SAMError, match="no account of kind"):
        accounting_multipliers(textbook(), ["enterprise"])


def test_decomposition_puts_the_multipliers_together_again() -> None:
    multipliers = accounting_multipliers(textbook())
    parts = decompose(multipliers, [PRODUCTION, [FACTOR], [HOUSEHOLD]])
    product = parts.closed_loop @ parts.open_loop @ parts.transfer
    np.testing.assert_allclose(product, multipliers.matrix)
    sums = np.eye(len(product)) + sum(parts.additive())
    np.testing.assert_allclose(sums, multipliers.matrix)
    table = parts.frame()
    assert table.index.equals(multipliers.accounts)
    np.testing.assert_allclose(table["total"], multipliers.frame().sum())
    assert repr(parts).startswith("Decomposition of the multipliers of 6 accounts, mean: inject")
    assert repr(multipliers).startswith("Multipliers of 6 endogenous accounts (activity, ")
    with pytest.raises(SAMError, match=r"look at .*household"):
        decompose(multipliers, [PRODUCTION, [FACTOR]])


def test_transfer_effects_are_the_multipliers_of_the_group_alone() -> None:
    """Pyatt and Round: M1 of production is the Leontief inverse; loops close through all groups."""
    multipliers = accounting_multipliers(textbook())
    parts = decompose(multipliers, [PRODUCTION, [FACTOR], [HOUSEHOLD]])
    kind = multipliers.accounts.get_level_values("kind")
    active = np.asarray(kind == ACTIVITY)
    np.testing.assert_allclose(parts.transfer[np.ix_(active, active)], INVERSE, atol=5e-5)
    produced, homes = (np.asarray(kind.isin(group)) for group in (PRODUCTION, [HOUSEHOLD]))
    assert not parts.closed_loop[np.ix_(produced, homes)].any()  # closed loops return home
    assert (parts.open_loop[np.ix_(homes, active)] > 0.0).all()


@SEEDS
def test_output_and_income_are_what_final_demand_and_injections_need(seed: int) -> None:
    sam = tiny_dataset(seed).sam
    system = input_output(sam)
    np.testing.assert_allclose(system.inverse @ system.final_output.sum(1), system.output)
    leak = system.supply.sum(0) + system.imports
    assert (leak < 1.0 + 1e-9).all()  # the rest is tariffs
    for kinds in (PRODUCTION, PRODUCTION_AND_HOUSEHOLDS):
        multipliers = accounting_multipliers(sam, kinds)
        np.testing.assert_allclose(multipliers.matrix @ multipliers.injections, multipliers.totals)
        np.testing.assert_allclose(
            multipliers.leaks @ multipliers.matrix, 1.0
        )  # all leaks in the end


@SEEDS
def test_type_one_multipliers_are_the_leontief_inverse(seed: int) -> None:
    sam = tiny_dataset(seed).sam
    system, multipliers = input_output(sam), accounting_multipliers(sam, PRODUCTION)
    active = np.asarray(multipliers.accounts.get_level_values("kind") == ACTIVITY)
    np.testing.assert_allclose(multipliers.matrix[np.ix_(active, active)], system.inverse)
    table = multiplier_table(sam)
    np.testing.assert_allclose(table["output", "type I"], system.inverse.sum(0))
    assert (table["output", "type II"] >= table["output", "type I"]).all()


def test_a_unit_of_demand_becomes_value_added_imports_and_taxes_on_products() -> None:
    """What final demand pays ends as value added or leaves the country."""
    sam = tiny_dataset(3).sam
    system = input_output(sam)
    added = multiplier_table(sam)["value added", "type I"].to_numpy()
    leak = 1.0 - system.supply.sum(0)  # imports and tariffs of a composite
    left = leak @ system.inputs @ system.inverse
    np.testing.assert_allclose(added + left, 1.0)


@pytest.fixture(scope="module")
def yrd() -> Dataset:
    return load_dataset("yrd2020")


def test_pymrio_finds_the_same_inverse(yrd: Dataset) -> None:
    pymrio = pytest.importorskip("pymrio")
    system = input_output(yrd.sam)
    labels = system.activities.set_names(["region", "sector"])
    flows = pd.DataFrame(system.coefficients * system.output, index=labels, columns=labels)
    coefficients = pymrio.calc_A(flows, pd.DataFrame({"indout": system.output}, index=labels))
    np.testing.assert_allclose(coefficients, system.coefficients, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(pymrio.calc_L(coefficients), system.inverse, rtol=1e-9, atol=1e-12)


def test_extensions_are_matched_by_label_in_any_order() -> None:
    sam = tiny_dataset(3).sam
    activities = input_output(sam).activities
    persons = pd.Series(np.arange(1.0, len(activities) + 1.0), activities, name="persons")
    plain = multiplier_table(sam, persons.to_frame())
    turned = persons.reorder_levels(["account", "region"]).iloc[::-1]
    with_kinds = persons.set_axis(
        pd.MultiIndex.from_tuples(
            [(region, ACTIVITY, name) for region, name in activities],
            names=["region", "kind", "account"],
        )
    )
    for given in (persons, turned, with_kinds):
        pd.testing.assert_frame_equal(multiplier_table(sam, given), plain)
    for wrong, message in (
        (persons.rename("output"), r"\['output'\] have names of measures"),
        (pd.concat([persons, persons]), "stand more than once"),
        (persons * np.nan, "have no number as amount"),
        (pd.Series({("A", "none"): 1.0}, name="x"), r"\('A', 'none'\)\], which make nothing"),
    ):
        with pytest.raises(SAMError, match=message):
            multiplier_table(sam, wrong)
