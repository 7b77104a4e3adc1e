"""Electricity of the base year: the sector's own sales netted, money that is TWh times price."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_allclose

from calibration import Benchmark, CalibrationError, calibrate, load_assumptions
from calibration.electricity import calibrate_electricity, netted, received
from calibration.payments import Payments, read_payments
from calibration.sets import Sets, sets_of
from sam import Dataset, load_dataset
from tests.economies import tiny_dataset

STATISTICAL_DIFFERENCE = 1e-3
"""Between generation and use of the balances of the embedded dataset, relative."""


class Case(NamedTuple):
    """A dataset, its labels, payments, TWh received (region, user) and benchmark."""

    dataset: Dataset
    sets: Sets
    payments: Payments
    twh: np.ndarray
    benchmark: Benchmark

    @property
    def netted(self) -> Payments:
        """Payments whose electricity sector buys what its TWh are worth."""
        return netted(self.payments, self.sets, self.twh)

    def paid(self, payments: Payments) -> np.ndarray:
        """What users pay for electricity (region, user)."""
        e = self.sets.electricity_place
        bought = (payments["intermediate"][:, e], payments["consumption"][:, :, e])
        return np.concatenate(bought, axis=1)


@pytest.fixture(scope="module", params=["tiny", "yrd2020"])
def case(request: pytest.FixtureRequest) -> Case:
    """In the tiny economy all pay one price, so that nothing is netted."""
    dataset = load_dataset("yrd2020") if request.param == "yrd2020" else tiny_dataset()
    sets = sets_of(dataset, load_assumptions().technologies.names)
    payments = read_payments(dataset.sam, sets.regions, sets.sectors, sets.households)
    return Case(dataset, sets, payments, received(dataset, sets), calibrate(dataset))


@pytest.mark.parametrize("case", ["yrd2020"], indirect=True)
def test_the_sector_pays_for_its_own_twh_what_others_pay(case: Case) -> None:
    e = case.sets.electricity_place
    price = case.paid(case.netted) / np.where(case.twh > 0.0, case.twh, np.nan)  # region, user
    own = case.twh[:, e] > 0.0
    before = case.paid(case.payments)
    others = np.delete(before, e, 1).sum(axis=1) / np.delete(case.twh, e, 1).sum(axis=1)
    cut = case.paid(case.netted)[:, e] < before[:, e] - 1e-9
    assert cut.any()
    assert_allclose(price[cut & own, e], others[cut & own], rtol=1e-9)
    assert_allclose(np.delete(case.paid(case.netted), e, 1), np.delete(before, e, 1), rtol=0.0)


def test_netting_takes_the_same_from_purchases_and_from_sales(case: Case) -> None:
    e, after = case.sets.electricity_place, case.netted
    less = (case.payments["intermediate"] - after["intermediate"])[:, e, e]
    assert_allclose(case.payments["local"][:, e] - after["local"][:, e], less, atol=1e-9)
    for name in ("consumption", "exports", "imports", "inflow"):
        assert_allclose(after[name], case.payments[name], rtol=0.0)


@pytest.mark.parametrize("case", ["yrd2020"], indirect=True)
def test_more_is_netted_than_is_sold_within_the_region(case: Case) -> None:
    """Refused, with the region and both amounts."""
    e = case.sets.electricity_place
    flows = {**case.payments.flows, "local": case.payments["local"].copy()}
    flows["local"][:, e] = 0.0
    broken = type(case.payments)(**{**vars(case.payments), "flows": flows})
    with pytest.raises(CalibrationError, match=r"of itself beyond its own use.*only 0 within"):
        netted(broken, case.sets, case.twh)


def test_flows_have_the_totals_of_generation_and_use(case: Case) -> None:
    grid, made = case.benchmark.grid, case.benchmark.power.twh.sum(axis=1)
    assert_allclose(grid.flow.sum(axis=1), made - grid.exports, rtol=1e-9)
    assert_allclose(grid.flow.sum(axis=0) + grid.imports, grid.total_use, rtol=1e-9)
    assert (grid.flow >= 0.0).all()


def test_twh_of_every_region_are_what_is_made_and_what_flows_in(case: Case) -> None:
    grid, made = case.benchmark.grid, case.benchmark.power.twh.sum(axis=1)
    inflow = grid.flow.sum(axis=0) - grid.flow.sum(axis=1)
    assert_allclose(made + inflow + grid.imports - grid.exports, grid.total_use, rtol=1e-9)


def test_wedges_leave_all_money_where_it_is(case: Case) -> None:
    """What some users pay beyond the price others pay less; money is price times TWh."""
    b, paid = case.benchmark, case.paid(case.netted)
    use = np.concatenate([b.grid.use, b.grid.home_use], axis=1)
    wedge = np.concatenate([b.grid.wedge, b.grid.home_wedge], axis=1)
    price = paid.sum(axis=1) / use.sum(axis=1)
    assert_allclose((1.0 + wedge) * price[:, None] * use, paid, rtol=1e-5, atol=1e-6)
    assert_allclose((wedge * use).sum(axis=1) / use.sum(axis=1), 0.0, atol=1e-9)
    assert_allclose((b.grid.flow_wedge * b.grid.flow).sum(axis=1) / b.grid.flow.sum(), 0, atol=1e-9)


def test_use_is_scaled_by_the_statistical_difference_alone() -> None:
    dataset = load_dataset("yrd2020")
    b = calibrate(dataset)
    twh = received(dataset, b)
    assert b.grid.total_use.sum() == pytest.approx(twh.sum(), rel=STATISTICAL_DIFFERENCE)
    shares = b.grid.total_use / twh.sum(axis=1)
    assert_allclose(shares, shares[0], rtol=1e-9)


def test_generation_that_nobody_pays_for_is_refused(case: Case) -> None:
    made = case.benchmark.power.twh.sum(axis=1)
    flows = {name: value.copy() for name, value in case.netted.flows.items()}
    e = case.sets.electricity_place
    flows["local"][0, e] = 0.0
    flows["inflow"][0, :, e] = 0.0
    broken = type(case.payments)(**{**vars(case.payments), "flows": flows})
    with pytest.raises(CalibrationError, match=rf"{case.sets.regions[0]} sends .* TWh, which its"):
        calibrate_electricity(broken, case.sets, case.twh, made)
