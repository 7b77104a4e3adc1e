"""The payments of a SAM as arrays, one per economic flow of M3C.

Every payment of the SAM must belong to a flow that the model knows; a payment left over would be
money that the model loses, so it is an error. Payments that may run either way (saving, transfers)
are net: receipts minus the opposite payment. Changes in stocks, where a SAM books them in accounts
of their own, are told by their sign (``calibration.stocks``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam import SAM, SAMError
from sam.accounts import (
    ACTIVITY,
    CAPITAL,
    CENTRAL_GOVERNMENT,
    COMMODITY,
    ENTERPRISE,
    FACTOR,
    GOVERNMENT,
    HOUSEHOLD,
    INVENTORY,
    INVESTMENT,
    LABOUR,
    NATIONAL,
    PRODUCTION_TAX,
    REST_OF_WORLD,
    TARIFF,
    TAX,
    TRANSFER,
    WORLD,
)
from sam.coverage import Flow, Labels
from sam.ranking import worst

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Payments:
    """Payments of a SAM, 1e8 CNY at base-year prices.

    Attributes:
        flows: arrays by the names of ``READS``, over the axes given there.
    """

    flows: Mapping[str, Array]

    def __getitem__(self, name: str) -> Array:
        return self.flows[name]

    @property
    def output(self) -> Array:
        """Sales of activities in their region, in other regions and abroad (region, activity)."""
        revenue: Array = self["local"] + self["inflow"].sum(axis=1) + self["exports"]
        return revenue

    @property
    def supply(self) -> Array:
        """Purchases of goods from all origins at the price after duty (region, commodity)."""
        abroad = self["imports"] + self["tariffs"]
        total: Array = abroad + self["local"] + self["inflow"].sum(axis=0)
        return total


_BY_ACTIVITY = {"col_region": "region", "col": "sector"}
_BY_COMMODITY = {"row_region": "region", "row": "sector"}
_BY_BUYER = {"col_region": "region", "col": "sector"}
_BY_HOUSEHOLD = {"row_region": "region", "row": "household"}
_BY_PAYING_HOUSEHOLD = {"col_region": "region", "col": "household"}
_BY_REGION = {"row_region": "region"}
_BY_PAYER = {"col_region": "region"}

_TO_CENTRE = {"row_kind": GOVERNMENT, "row_region": NATIONAL, "row": CENTRAL_GOVERNMENT}
_FROM_CENTRE = {"col_kind": GOVERNMENT, "col_region": NATIONAL, "col": CENTRAL_GOVERNMENT}


def _kinds(receiver: str, payer: str, **others: str) -> dict[str, str]:
    """Payments from accounts of one kind to accounts of another."""
    return {"row_kind": receiver, "col_kind": payer, **others}


_PRODUCTION = (
    Flow(
        "intermediate",
        {"row_region": "region", "row": "sector", "col": "sector"},
        _kinds(COMMODITY, ACTIVITY),
    ),
    Flow("labour", _BY_ACTIVITY, _kinds(FACTOR, ACTIVITY, row=LABOUR)),
    Flow("capital", _BY_ACTIVITY, _kinds(FACTOR, ACTIVITY, row=CAPITAL)),
    Flow("production_tax", _BY_ACTIVITY, _kinds(TAX, ACTIVITY, row=PRODUCTION_TAX)),
)

_TRADE = (
    Flow("local", _BY_COMMODITY, _kinds(ACTIVITY, COMMODITY)),
    Flow(
        "inflow",
        {"row_region": "region", "col_region": "region", "row": "sector"},
        _kinds(ACTIVITY, COMMODITY),
    ),
    Flow("exports", _BY_COMMODITY, _kinds(ACTIVITY, REST_OF_WORLD, col_region=WORLD)),
    Flow("imports", _BY_BUYER, _kinds(REST_OF_WORLD, COMMODITY, row_region=WORLD)),
    Flow("tariffs", _BY_BUYER, _kinds(TAX, COMMODITY, row=TARIFF)),
)

_FINAL_DEMAND = (
    Flow(
        "consumption",
        {"row_region": "region", "col": "household", "row": "sector"},
        _kinds(COMMODITY, HOUSEHOLD),
    ),
    Flow("government", _BY_COMMODITY, _kinds(COMMODITY, GOVERNMENT)),
    Flow("fixed_investment", _BY_COMMODITY, _kinds(COMMODITY, INVESTMENT)),
    Flow("stock_changes", _BY_COMMODITY, _kinds(COMMODITY, INVENTORY), either_way=True),
)

_INCOME = (
    Flow("labour_income", _BY_HOUSEHOLD, _kinds(HOUSEHOLD, FACTOR, col=LABOUR)),
    Flow("capital_income", _BY_REGION, _kinds(ENTERPRISE, FACTOR, col=CAPITAL)),
    Flow("enterprise_to_household", _BY_HOUSEHOLD, _kinds(HOUSEHOLD, ENTERPRISE), either_way=True),
    Flow("enterprise_tax", _BY_REGION, _kinds(GOVERNMENT, ENTERPRISE), either_way=True),
    Flow("enterprise_saving", _BY_REGION, _kinds(INVESTMENT, ENTERPRISE), either_way=True),
    Flow("income_tax", _BY_PAYING_HOUSEHOLD, _kinds(GOVERNMENT, HOUSEHOLD), either_way=True),
    Flow("household_saving", _BY_PAYING_HOUSEHOLD, _kinds(INVESTMENT, HOUSEHOLD), either_way=True),
)

_GOVERNMENT = (
    Flow("duties_passed_on", _BY_PAYER, {"col_kind": TAX, "col": TARIFF, **_TO_CENTRE}, True),
    Flow("production_tax_local", _BY_REGION, _kinds(GOVERNMENT, TAX, col=PRODUCTION_TAX), True),
    Flow(
        "production_tax_central",
        _BY_PAYER,
        {"col_kind": TAX, "col": PRODUCTION_TAX, **_TO_CENTRE},
        either_way=True,
    ),
    Flow("central_transfer", _BY_REGION, {"row_kind": GOVERNMENT, **_FROM_CENTRE}, True),
    Flow("government_saving", _BY_REGION, _kinds(INVESTMENT, GOVERNMENT), either_way=True),
)

_CAPITAL_ACCOUNT = (
    Flow(
        "foreign_saving",
        _BY_REGION,
        _kinds(INVESTMENT, REST_OF_WORLD, col_region=WORLD),
        either_way=True,
    ),
    Flow(
        "interregional_saving",
        _BY_REGION,
        _kinds(INVESTMENT, TRANSFER, col_region=NATIONAL),
        either_way=True,
    ),
    Flow("stocks_financed", _BY_REGION, _kinds(INVENTORY, INVESTMENT), either_way=True),
)

READS = (*_PRODUCTION, *_TRADE, *_FINAL_DEMAND, *_INCOME, *_GOVERNMENT, *_CAPITAL_ACCOUNT)
"""Every payment of a SAM that M3C reads, in the order in which it is taken: a sale within a region
is local before it can be inflow. Duties are passed on, and stocks financed, with money that another
flow already counts."""


class _Ledger:
    """Takes payments out of a SAM one flow at a time and remembers what is left."""

    def __init__(self, sam: SAM, labels: Labels) -> None:
        self._frame = sam.frame
        self._left = np.ones(len(sam.frame), dtype=bool)
        self._labels = labels

    def take(self, flow: Flow) -> Array:
        """A flow over its axes; where it may run either way, less the opposite payments."""
        shape = [len(self._labels[kind]) for kind in flow.axes.values()]
        result = np.zeros(shape)
        for direction, sign in flow.directions():
            mask = self._left & direction.matches(self._frame, self._labels)
            part = self._frame[mask]
            places = [
                pd.Index(list(self._labels[kind])).get_indexer(pd.Index(part[column]))
                for column, kind in direction.axes.items()
            ]
            np.add.at(result, tuple(places), sign * part["value"].to_numpy(dtype=float))
            self._left &= ~mask
        return result

    def finish(self) -> None:
        """Assert that nothing is left."""
        left = self._frame[self._left & (self._frame["value"] != 0.0).to_numpy()]
        if len(left):
            line = left.iloc[worst(left["value"])]
            raise SAMError(
                f"SAM: {len(left)} payments have no place in the model, the largest "
                f"{line['row_region']}/{line['row_kind']}/{line['row']} <- {line['col_region']}/"
                f"{line['col_kind']}/{line['col']} = {line['value']:g}; route this money through "
                "the accounts that calibration.payments lists, or correct its labels"
            )


def read_payments(
    sam: SAM, regions: Sequence[str], sectors: Sequence[str], households: Sequence[str]
) -> Payments:
    """Arrange all payments of a SAM in arrays.

    Raises:
        SAMError: a payment has no place in the model, or a tax has no base.
    """
    ledger = _Ledger(sam, {"region": regions, "sector": sectors, "household": households})
    flows = {flow.name: ledger.take(flow) for flow in READS}
    ledger.finish()
    payments = Payments(flows)
    _check_bases(payments, regions, sectors)
    return payments


def _check_bases(payments: Payments, regions: Sequence[str], sectors: Sequence[str]) -> None:
    """Every tax must have what it is levied on, or no rate can reproduce it."""
    for tax, base, what in (
        (payments["tariffs"], payments["imports"], "duty without imports"),
        (payments["production_tax"], payments.output, "production tax without output"),
    ):
        lost = np.argwhere((tax != 0.0) & ~(base > 0.0))
        if lost.size:
            r, i = lost[0]
            raise SAMError(
                f"SAM: {regions[r]} {sectors[i]} has {what} ({tax[r, i]:g}; {len(lost)} such in "
                "all); remove the tax, or add what it is levied on"
            )
