"""Trade between regions: reconciled totals, priors, mirror, margins, the rest of the nation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sam import BalancingError
from sam.interregional import (
    EARTH_RADIUS_KM,
    RULES,
    Contiguity,
    Given,
    Gravity,
    Prior,
    Proportional,
    Proximity,
    add_margins,
    add_rest,
    assemble,
    cap_share,
    great_circle_distance,
    outflow_weight,
    reconcile_totals,
    route,
)

Array = npt.NDArray[np.float64]

SEEDS = st.integers(0, 2**32 - 1)


def places(seed: int, count: int, goods: int = 1) -> tuple[Array, Array, Proximity]:
    """Outflow and inflow (region, commodity) with equal sums, and where the regions lie."""
    rng = np.random.default_rng(seed)
    outflow, inflow = rng.uniform(0.5, 2.0, (2, count, goods))
    distance = great_circle_distance(rng.uniform(20, 45, count), rng.uniform(90, 122, count))
    touch = rng.random((count, count)) < 0.5
    return outflow, inflow * outflow.sum(0) / inflow.sum(0), Proximity(distance, touch | touch.T)


def matched(outflow: Array, inflow: Array) -> bool:
    """No region trades more than its partners can match."""
    return bool(((outflow + inflow) < 0.95 * outflow.sum(0)).all())


PRIORS: Sequence[Prior] = (Proportional(), Gravity(1.2), Contiguity(0.1))


def test_distance_is_that_of_the_sphere() -> None:
    quarter = great_circle_distance(np.array([0.0, 0.0, 90.0]), np.array([0.0, 90.0, 0.0]))
    expected = EARTH_RADIUS_KM * np.pi / 2 * (1 - np.eye(3))
    np.testing.assert_allclose(quarter, expected, atol=1e-9)
    shanghai_beijing = great_circle_distance(np.array([31.2, 39.9]), np.array([121.5, 116.4]))
    assert shanghai_beijing[0, 1] == pytest.approx(1070.0, rel=0.01)


@given(SEEDS, st.integers(3, 8), st.sampled_from(PRIORS))
def test_flows_meet_outflow_and_inflow_and_no_region_trades_with_itself(
    seed: int, count: int, prior: Prior
) -> None:
    outflow, inflow, proximity = places(seed, count, 2)
    assume(matched(outflow, inflow))
    trade = assemble(outflow, inflow, prior, proximity)
    np.testing.assert_allclose(trade.outflow, outflow, rtol=1e-8)
    np.testing.assert_allclose(trade.inflow, inflow, rtol=1e-8)
    assert not np.einsum("rri->ri", trade.flow).any()
    assert (trade.flow >= 0.0).all()
    np.testing.assert_allclose(trade.outflow_scaling, 1.0)
    assert not trade.transit.any()


def test_what_one_region_sells_to_another_is_what_the_other_buys_from_it() -> None:
    outflow, inflow, proximity = places(1, 5, 3)
    trade = assemble(outflow * 1.3, inflow, Gravity(0.8), proximity)
    sells = {(a, b): trade.flow[a, b] for a in range(5) for b in range(5)}
    for b in range(5):
        bought = sum(sells[a, b] for a in range(5))
        np.testing.assert_allclose(bought, trade.inflow[b])
    np.testing.assert_allclose(trade.net_outflow.sum(0), 0.0, atol=1e-9)


@given(SEEDS, st.integers(3, 6))
def test_without_decay_distance_does_not_count(seed: int, count: int) -> None:
    outflow, inflow, proximity = places(seed, count)
    assume(matched(outflow, inflow))
    near = assemble(outflow, inflow, Gravity(0.0), proximity)
    even = assemble(outflow, inflow, Proportional(), proximity)
    np.testing.assert_allclose(near.flow, even.flow, rtol=1e-9)


def test_an_even_country_trades_evenly() -> None:
    even = np.ones((4, 1))
    flow = assemble(even, even, Gravity(1.0), Proximity(np.full((4, 4), 100.0))).flow
    np.testing.assert_allclose(flow[:, :, 0], (1.0 - np.eye(4)) / 3.0)


def test_with_distance_trade_moves_to_neighbours() -> None:
    outflow, inflow, proximity = places(3, 8)
    distance = proximity.distance
    assert distance is not None
    travelled = [
        float(assemble(outflow, inflow, Gravity(decay), proximity).mean_distance(distance)[0])
        for decay in (0.0, 0.5, 1.0, 1.5)
    ]
    assert travelled == sorted(travelled, reverse=True)


def test_each_commodity_has_its_own_decay() -> None:
    outflow, inflow, proximity = places(3, 8)
    twice = np.hstack([outflow] * 2), np.hstack([inflow] * 2)
    distance = proximity.distance
    assert distance is not None
    bulk, light = assemble(*twice, [Gravity(1.5), Gravity(0.5)], proximity).mean_distance(distance)
    assert bulk < light


@given(SEEDS, st.integers(3, 6))
def test_masses_do_not_count_once_both_totals_are_met(seed: int, count: int) -> None:
    outflow, inflow, proximity = places(seed, count)
    assume(matched(outflow, inflow))
    mass = np.random.default_rng(seed).uniform(1.0, 9.0, count)
    by_gdp = Proximity(proximity.distance, proximity.contiguous, mass)
    for prior in PRIORS:
        np.testing.assert_allclose(
            assemble(outflow, inflow, prior, by_gdp).flow,
            assemble(outflow, inflow, prior, proximity).flow,
            rtol=1e-6,
        )


@given(SEEDS, st.integers(3, 6), st.sampled_from(PRIORS))
def test_the_order_of_regions_does_not_count(seed: int, count: int, prior: Prior) -> None:
    outflow, inflow, proximity = places(seed, count)
    assume(matched(outflow, inflow))
    assert proximity.distance is not None
    assert proximity.contiguous is not None
    p = np.random.default_rng(seed).permutation(count)
    moved = Proximity(proximity.distance[np.ix_(p, p)], proximity.contiguous[np.ix_(p, p)])
    np.testing.assert_allclose(
        assemble(outflow[p], inflow[p], prior, moved).flow,
        assemble(outflow, inflow, prior, proximity).flow[np.ix_(p, p)],
        rtol=1e-6,
    )


@given(SEEDS, st.integers(3, 6))
def test_a_known_matrix_that_meets_the_totals_stays(seed: int, count: int) -> None:
    known = np.random.default_rng(seed).uniform(0.1, 2.0, (count, count)) * (1.0 - np.eye(count))
    outflow, inflow = known.sum(1)[:, None], known.sum(0)[:, None]
    flow = assemble(outflow, inflow, Given(known), Proximity()).flow[:, :, 0]
    np.testing.assert_allclose(flow, known, rtol=1e-8)


def test_electricity_runs_along_the_grid_only() -> None:
    joined = np.array([[0, 1, 1, 0], [1, 0, 1, 0], [1, 1, 0, 1], [0, 0, 1, 0]], dtype=bool)
    outflow = np.array([[4.0], [2.0], [3.0], [0.0]])
    inflow = np.array([[1.0], [3.0], [3.0], [2.0]])
    flow = assemble(outflow, inflow, Contiguity(), Proximity(contiguous=joined)).flow[:, :, 0]
    assert not flow[~joined].any()
    assert flow[2, 3] == pytest.approx(2.0)  # the only line to the last region


def test_without_a_line_that_the_totals_need_the_commodity_is_named() -> None:
    joined = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=bool)
    even = np.ones((3, 1))
    with pytest.raises(BalancingError, match=r"commodity 0: ras: row 2 .*prior is empty"):
        assemble(even, even, Contiguity(), Proximity(contiguous=joined))


def test_a_given_matrix_may_be_mixed_with_proportion() -> None:
    known = np.zeros((3, 3))
    known[0, 1] = 1.0
    even = np.ones((3, 1))
    with pytest.raises(BalancingError, match="prior is empty"):
        assemble(even, even, Given(known), Proximity())
    assert assemble(even, even, Given(known, elsewhere=0.5), Proximity()).flow.sum() > 0.0
    with pytest.raises(BalancingError, match=r"must be \(3, 3\)"):
        assemble(even, even, Given(np.ones((2, 2))), Proximity())


def test_no_trade_is_no_trade() -> None:
    outflow, inflow, proximity = places(0, 3)
    assert not assemble(0 * outflow, 0 * inflow, Gravity(1.0), proximity).flow.any()
    sold_only = assemble(outflow, 0 * inflow, Gravity(1.0), proximity)
    assert not sold_only.flow.any()
    assert sold_only.outflow_scaling == 0.0  # sold by all, bought by none: nothing is traded


def test_a_region_with_more_trade_than_its_partners_is_named() -> None:
    both = np.array([5.0, 1.0])
    with pytest.raises(BalancingError, match=r"region 0 .* Cut its transit first"):
        route(np.ones((2, 2)), both, both)


def test_transit_of_the_largest_trader_is_taken_out_of_both_ends() -> None:
    outflow, inflow = np.array([[8.0], [1.0], [1.0]]), np.array([[6.0], [2.0], [2.0]])
    trade = assemble(outflow, inflow, Proportional(), Proximity())
    np.testing.assert_allclose(trade.transit[:, 0], [4.0, 0.0, 0.0], atol=1e-6)
    np.testing.assert_allclose(trade.net_outflow, outflow - inflow, atol=1e-6)
    assert trade.flow[1, 2, 0] == 0.0  # the partners' trade is all with the hub


@pytest.mark.parametrize("among", [0.3, 1e-2, 1e-3, 1e-5, 1e-8])
def test_a_hub_in_almost_all_trade_leaves_its_partners_the_rest(among: float) -> None:
    outflow, inflow, _ = places(4, 6)
    outflow, inflow = outflow[:, 0] / outflow.sum(), inflow[:, 0] / inflow.sum()
    outflow[0], inflow[0] = 0.0, 0.0
    outflow *= (1.0 - 0.6 * (1.0 - among)) / outflow.sum()
    inflow *= (1.0 - 0.4 * (1.0 - among)) / inflow.sum()
    outflow[0], inflow[0] = 0.6 * (1.0 - among), 0.4 * (1.0 - among)
    flow = route(np.outer(outflow, inflow), outflow, inflow)
    np.testing.assert_allclose(flow.sum(1), outflow, rtol=1e-8)
    np.testing.assert_allclose(flow.sum(0), inflow, rtol=1e-8)
    assert flow[1:, 1:].sum() == pytest.approx(among, rel=1e-5, abs=1e-12)


def test_a_hub_needs_a_line_to_every_partner() -> None:
    sides = np.array([2.0, 1.0, 1.0])
    with pytest.raises(BalancingError, match="region 2 must sell 1 to region 0"):
        route(np.array([[0.0, 1, 1], [1, 0, 1], [0, 1, 0]]), sides, sides)


@given(SEEDS, st.integers(2, 8))
def test_after_the_cut_partners_can_match_every_region(seed: int, count: int) -> None:
    outflow, inflow = np.random.default_rng(seed).pareto(0.5, (2, count)) + 1e-3
    sent, taken = cap_share(outflow, inflow * outflow.sum() / inflow.sum())
    assert sent.sum() == pytest.approx(taken.sum())
    assert ((sent + taken) <= sent.sum() * (1 + 1e-6)).all()
    assert (sent >= 0.0).all()
    assert (taken >= 0.0).all()


def test_totals_are_reconciled_by_their_geometric_mean() -> None:
    outflow, inflow = np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([[4.0, 0.0], [5.0, 0.0]])
    np.testing.assert_allclose(reconcile_totals(outflow, inflow), [6.0, 0.0])


@pytest.mark.parametrize("rule", RULES)
def test_reconciled_totals_lie_between_outflow_and_inflow(rule: str) -> None:
    outflow, inflow = np.array([[1.0], [3.0]]), np.array([[4.0], [5.0]])
    weight = outflow_weight(rule, np.array([0.1]), np.array([0.2]))  # type: ignore[arg-type]
    expected = {"outflow": 4.0, "inflow": 9.0, "geometric mean": 6.0}
    expected["reliability"] = 4.0**0.8 * 9.0**0.2  # outflows are four times as reliable
    assert reconcile_totals(outflow, inflow, weight)[0] == pytest.approx(expected[rule])


def test_rules_say_what_they_need() -> None:
    with pytest.raises(BalancingError, match="unknown rule 'mean'"):
        outflow_weight("mean")  # type: ignore[arg-type]
    with pytest.raises(BalancingError, match="needs the errors of both sides"):
        outflow_weight("reliability")
    with pytest.raises(BalancingError, match="cannot both be exact"):
        outflow_weight("reliability", np.zeros(1), np.zeros(1))


def test_what_was_scaled_is_told_by_commodity() -> None:
    outflow, inflow, proximity = places(2, 6, 2)
    trade = assemble(4.0 * outflow, inflow, Gravity(1.0), proximity)
    np.testing.assert_allclose(trade.outflow_scaling, 0.5)
    np.testing.assert_allclose(trade.inflow_scaling, 2.0)
    np.testing.assert_allclose(trade.outflow, 2.0 * outflow, rtol=1e-8)


@given(SEEDS, st.integers(2, 6), st.floats(0.0, 1.0))
def test_the_rest_of_the_nation_takes_what_the_regions_leave(
    seed: int, count: int, leaving: float
) -> None:
    outflow, inflow = np.random.default_rng(seed).uniform(0.5, 2.0, (2, count, 3))
    assume((inflow.sum(0) > (1.0 - leaving) * outflow.sum(0)).all())
    all_out, all_in = add_rest(outflow, inflow, leaving)
    np.testing.assert_allclose(all_out.sum(0), all_in.sum(0))  # national balance
    np.testing.assert_allclose((all_out - all_in)[-1], inflow.sum(0) - outflow.sum(0), atol=1e-12)
    np.testing.assert_allclose(all_in[-1], leaving * outflow.sum(0))


def test_known_regions_cannot_sell_each_other_more_than_they_buy() -> None:
    with pytest.raises(BalancingError, match=r"share 0\.1 .* between 0\.5 and 1"):
        add_rest(np.array([4.0, 0.0]), np.array([1.0, 1.0]), 0.1)


def test_totals_of_wrong_shape_or_sign_are_refused() -> None:
    outflow, inflow, proximity = places(0, 3, 2)
    with pytest.raises(BalancingError, match="1 priors"):
        assemble(outflow, inflow, [Gravity(1.0)], proximity)
    outflow[1, 0] = -2.0
    with pytest.raises(BalancingError, match="outflow of region 1, commodity 0 is -2"):
        assemble(outflow, inflow, Gravity(1.0), proximity)


def test_priors_say_what_they_need() -> None:
    outflow, inflow, _ = places(0, 3)
    with pytest.raises(BalancingError, match="no distances"):
        assemble(outflow, inflow, Gravity(1.0), Proximity())
    with pytest.raises(BalancingError, match="does not say which regions are joined"):
        assemble(outflow, inflow, Contiguity(), Proximity())
    with pytest.raises(BalancingError, match="decay -1 must be >= 0"):
        Gravity(-1.0)


def test_margins_are_earned_by_the_services_that_move_the_goods() -> None:
    outflow, inflow, proximity = places(5, 4, 3)
    flow = assemble(outflow, inflow, Gravity(1.0), proximity).flow
    rates = np.array([[0.1, 0.2, 0.0]])  # service, commodity
    seen = add_margins(flow, rates, services=[2])
    earned = seen.producer[:, :, 2] - flow[:, :, 2]
    np.testing.assert_allclose(seen.margin.sum(2), earned)
    np.testing.assert_allclose(seen.purchaser.sum(2), seen.producer.sum(2))
    np.testing.assert_allclose(seen.purchaser[:, :, 0], 1.1 * flow[:, :, 0])
    without = add_margins(flow, np.zeros((1, 3)), services=[2])
    np.testing.assert_array_equal(without.producer, flow)
    with pytest.raises(BalancingError, match="zero on the services"):
        add_margins(flow, np.ones((1, 3)), services=[2])
