"""Balancing: totals that flows meet, national cells that they keep, and contradictions named."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from recipes.yrd2020.controls import Control, Frame, add_nation, controls_of
from recipes.yrd2020.flows import Flows
from recipes.yrd2020.fuels import ENERGY
from recipes.yrd2020.inputs import load_inputs
from recipes.yrd2020.official import Official
from recipes.yrd2020.reliability import Reliability, load_reliability
from recipes.yrd2020.totals import Totals
from recipes.yrd2020.update import Update, cell_deviations, update
from sam.balancing import ConstraintBuilder
from sam.dataset import QUALITIES
from sam.errors import BalancingError
from tests.recipes.nations import (
    DUTY,
    FARM_SERVICES,
    REGIONS,
    SECTORS,
    at,
    balance_of,
    nation,
    regions,
    totals,
)

Array = npt.NDArray[np.float64]

NATIONAL = ("intermediate", "value_added", "final", "exports", "imports")


@pytest.fixture(scope="module")
def truth() -> Flows:
    """Balanced flows, whose totals are the published ones."""
    return regions(11, tariff=DUTY)


@pytest.fixture(scope="module")
def prior(truth: Flows) -> Flows:
    """Flows that have the nation's cells, but no account and no provincial total right."""
    noise = np.random.default_rng(12).normal(0.0, 0.3, truth.cells.size)
    moved = truth.with_cells(truth.cells * np.exp(noise))
    kept = {
        name: getattr(moved, name) * (getattr(truth, name).sum(0) / getattr(moved, name).sum(0))
        for name in NATIONAL
    }
    return replace(moved, **kept)


@pytest.fixture(scope="module")
def reliability() -> Reliability:
    return load_reliability(load_inputs(), 2020)


def known(truth: Flows) -> Totals:
    """Totals that the flows meet, some services and outputs of provinces among them."""
    finance, steel = at("FIN", "FER")
    made, output = truth.value_added.sum(1), truth.output
    return totals(
        truth,
        DUTY,
        services={"FIN": np.array([made[0, finance], np.nan, np.nan])},
        output_shares={
            "FER": np.array([np.nan, output[1, steel] / output[:, steel].sum(), np.nan])
        },
    )


def frame_of(truth: Flows, table: Official | None = None) -> Frame:
    return Frame(truth.numbers(), table or nation(truth), known(truth), DUTY, REGIONS)


def total(control: Control, flows: Flows) -> float:
    """What the flows have of a control total."""
    return float(sum(w * flows.cells[np.asarray(place)].sum() for place, w in control.parts))


@pytest.fixture(scope="module")
def result(truth: Flows, prior: Flows, reliability: Reliability) -> Update:
    return update(prior, frame_of(truth), reliability)


# Totals.


def test_flows_meet_the_totals_that_are_taken_from_them(truth: Flows) -> None:
    for control in controls_of(frame_of(truth), truth):
        found = total(control, truth)
        assert found == pytest.approx(control.target, rel=1e-9), (control.item, control.region)


def test_totals_are_written_once_and_the_rest_and_the_nation_follow(truth: Flows) -> None:
    controls = controls_of(frame_of(truth), truth)
    places = [(control.item, control.region) for control in controls]
    assert len(places) == len(set(places))
    hard = {(control.item, control.region) for control in controls if not control.implied}
    assert {region for _, region in hard} == {"SH", "JS"}
    for region in ("SH", "JS"):
        assert {
            ("gdp_primary", region),
            ("goods_exports", region),
            ("fixed_capital", region),
        } <= hard
        assert {(f"energy_{name}", region) for name in ENERGY} <= hard
    assert ("industry_FIN", "SH") in hard
    assert ("industry_FIN", "JS") not in places
    assert ("output_FER", "JS") in hard
    assert {("gdp", "RCN"), ("gdp", "CN"), ("customs_duty", "CN")} <= set(places) - hard


def test_every_total_that_is_met_exactly_has_evidence_that_says_so(
    truth: Flows, reliability: Reliability
) -> None:
    for control in controls_of(frame_of(truth), truth):
        evidence = reliability.evidence(control.item, control.region)
        assert evidence.quality in QUALITIES
        if not control.implied:
            assert evidence.deviation == 0.0, (control.item, control.region)


def test_farm_services_are_tertiary_and_duties_belong_to_their_goods(truth: Flows) -> None:
    targets = {(c.item, c.region): c.target for c in controls_of(frame_of(truth), truth)}
    made = truth.value_added.sum(1) + DUTY * truth.imports  # region, activity
    farms = made[0, 0]
    assert targets["gdp_primary", "SH"] == pytest.approx((1.0 - FARM_SERVICES) * farms)
    services = made[0, SECTORS.index("CON") + 1 :].sum() + FARM_SERVICES * farms
    assert targets["gdp_tertiary", "SH"] == pytest.approx(services)
    parts = sum(targets[f"gdp_{g}", "SH"] for g in ("primary", "industry", "construction"))
    assert parts + targets["gdp_tertiary", "SH"] == pytest.approx(targets["gdp", "SH"])
    assert targets["gdp", "CN"] == pytest.approx(made.sum())
    both = targets["gdp_industry", "CN"] + targets["gdp_construction", "CN"]
    assert targets["gdp_secondary", "CN"] == pytest.approx(both)


def test_every_national_cell_that_is_not_zero_is_a_total(truth: Flows) -> None:
    table = nation(truth)
    sparse = replace(table, exports=np.where(np.arange(40) < 3, 0.0, table.exports))
    builder = ConstraintBuilder(truth.cells.size)
    add_nation(builder, truth.numbers(), sparse)
    constraints = builder.build()
    assert len(constraints.labels) == len(sparse.cells)
    assert "COL to ELE of the nation" in constraints.labels
    np.testing.assert_allclose(constraints.matrix @ truth.cells, constraints.totals)


# Balancing.


def test_balanced_regions_add_up_to_every_cell_of_the_nation(truth: Flows, result: Update) -> None:
    table = nation(truth)
    for name in NATIONAL:
        found, cells = getattr(result.flows, name).sum(0), getattr(table, name)
        np.testing.assert_allclose(found, cells, rtol=1e-9)
    np.testing.assert_allclose(nation(result.flows).gap, DUTY * table.imports, atol=1e-8)


def test_activities_and_commodities_balance(result: Update) -> None:
    for left in balance_of(result.flows, DUTY):
        np.testing.assert_allclose(left, 0.0, atol=1e-8)
    for item in fields(Flows):
        assert (getattr(result.flows, item.name) >= 0.0).all()


def test_provinces_have_their_totals_and_the_report_says_what_was_achieved(
    truth: Flows, prior: Flows, result: Update
) -> None:
    table = result.controls.set_index(["item", "region"])
    controls = controls_of(frame_of(truth), prior)
    assert len(table) == len(controls)
    for control in controls:
        achieved = table["achieved"][control.item, control.region]
        assert achieved == pytest.approx(total(control, result.flows), rel=1e-9)
        assert achieved == pytest.approx(control.target, rel=1e-8), (control.item, control.region)
    wanted = truth.value_added[0].sum() + float(DUTY @ truth.imports[0])
    assert table["achieved"]["gdp", "SH"] == pytest.approx(wanted)
    assert table["note"]["gdp_primary", "SH"].endswith("met exactly")
    assert table["note"]["gdp", "SH"].endswith("follows from other totals")
    assert table["source"].str.len().gt(10).all()


def test_energy_of_provinces_stays_where_quantities_put_it(prior: Flows, result: Update) -> None:
    rows = at(*ENERGY)
    for r in range(len(REGIONS) - 1):
        bought, before = (
            f.intermediate[r, rows].sum(1) + f.final[r, rows, :2].sum(1)
            for f in (result.flows, prior)
        )
        np.testing.assert_allclose(bought, before)
        np.testing.assert_allclose(result.flows.output[r, rows], prior.output[r, rows])


def test_a_province_with_more_than_the_nation_is_named(
    truth: Flows, prior: Flows, reliability: Reliability
) -> None:
    frame = frame_of(truth)
    wrong = frame.totals.exports.copy()
    wrong[1] = 1.1 * wrong.sum()
    planted = replace(frame, totals=replace(frame.totals, exports=wrong))
    with pytest.raises(BalancingError, match=r"goods_exports JS") as caught:
        update(prior, planted, reliability)
    assert "of the nation" in str(caught.value)


def test_a_cell_that_contradicts_its_row_is_named(
    truth: Flows, prior: Flows, reliability: Reliability
) -> None:
    table = nation(truth)
    inner = table.intermediate.copy()
    inner[at("FOO"), at("HOT")] += 5.0  # a misprint in one cell: neither row nor column adds up
    words = r"conflict: .*FOO to \w+ of the nation.*\(commodity SH FOO\)"
    with pytest.raises(BalancingError, match=words):
        update(prior, frame_of(truth, replace(table, intermediate=inner)), reliability)


def reliable() -> Reliability:
    rows = {"flow": 0.3, "purchase_of_energy": 0.1, "value_added": 0.05}
    table = pd.DataFrame({"total": rows.keys(), "deviation": rows.values()})
    table = table.assign(region="*", quality="assumed", source="made up", note="")
    return Reliability(table, load_inputs(), 2020)


def test_energy_and_value_added_are_surer_than_other_flows_of_their_size(truth: Flows) -> None:
    spread = truth.with_cells(cell_deviations(truth, reliable(), SECTORS))
    energy, cars, power = at(*ENERGY), at("TRE"), SECTORS.index("ELE")
    np.testing.assert_allclose(spread.intermediate[:, energy], 0.1 * truth.intermediate[:, energy])
    np.testing.assert_allclose(spread.final[:, energy], 0.1 * truth.final[:, energy])
    np.testing.assert_allclose(spread.trade[:, :, power], 0.1 * truth.trade[:, :, power])
    np.testing.assert_allclose(spread.value_added, 0.05 * truth.value_added)
    variance = spread.intermediate[:, cars] ** 2 / truth.intermediate[:, cars]
    np.testing.assert_allclose(variance, variance[0, 0, 0])  # in proportion to size
    assert (spread.imports > 0.0).all()


def test_stocks_that_fall_have_a_deviation_too(truth: Flows) -> None:
    final = truth.final.copy()
    final[0, 11, 4] *= -1.0
    spread = truth.with_cells(cell_deviations(replace(truth, final=final), reliable(), SECTORS))
    positive = truth.with_cells(cell_deviations(truth, reliable(), SECTORS))
    np.testing.assert_allclose(spread.cells, positive.cells)
