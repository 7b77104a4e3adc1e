"""The payments of a SAM as arrays, one per economic flow of M3C.

Every payment of the SAM must belong to a flow that the model knows; a payment left over would be
money that the model loses, so it is an error. Payments that may run either way (saving, transfers)
are net: receipts minus the opposite payment.
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
    INVESTMENT,
    LABOUR,
    NATIONAL,
    PRODUCTION_TAX,
    REST_OF_WORLD,
    TARIFF,
    TAX,
    TRANSFER,
)

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Accounts:
    """Flows of a SAM, 1e8 CNY at base-year prices.

    Attributes:
        intermediate: purchases of commodity i by activity j (region, commodity, activity).
        labour: labour paid by activities (region, activity).
        capital: capital income paid by activities, gross of depreciation (region, activity).
        production_tax: taxes less subsidies on production (region, activity).
        local: own sales of activities in their region (region, commodity).
        inflow: sales of region q in region r (q, r, commodity).
        exports: sales to the rest of the world (region, commodity).
        imports: purchases from the rest of the world, c.i.f. (region, commodity).
        tariffs: duty on imports (region, commodity).
        consumption: purchases of households (region, household, commodity).
        government: purchases of provincial governments (region, commodity).
        investment: capital formation with inventories (region, commodity).
        labour_income: labour income of households (region, household).
        capital_income: capital income of enterprises (region).
        enterprise_to_household: distributed income (region, household).
        enterprise_tax: company tax (region).
        enterprise_saving: retained income (region).
        income_tax: tax of households (region, household).
        household_saving: saving of households (region, household).
        government_saving: saving of provincial governments (region).
        production_tax_local: production tax that stays in the region (region).
        production_tax_central: production tax that goes to the centre (region).
        central_transfer: net transfer from central to provincial government (region).
        foreign_saving: net capital from the rest of the world (region).
        interregional_saving: net capital from other regions (region).
    """

    intermediate: Array
    labour: Array
    capital: Array
    production_tax: Array
    local: Array
    inflow: Array
    exports: Array
    imports: Array
    tariffs: Array
    consumption: Array
    government: Array
    investment: Array
    labour_income: Array
    capital_income: Array
    enterprise_to_household: Array
    enterprise_tax: Array
    enterprise_saving: Array
    income_tax: Array
    household_saving: Array
    government_saving: Array
    production_tax_local: Array
    production_tax_central: Array
    central_transfer: Array
    foreign_saving: Array
    interregional_saving: Array


class _Ledger:
    """Takes payments out of a SAM one flow at a time and remembers what is left."""

    def __init__(
        self,
        sam: SAM,
        regions: Sequence[str],
        sectors: Sequence[str],
        households: Sequence[str],
    ) -> None:
        self._frame = sam.frame
        self._left = np.ones(len(sam.frame), dtype=bool)
        self._labels = {
            "region": pd.Index(regions),
            "sector": pd.Index(sectors),
            "household": pd.Index(households),
        }

    def take(self, axes: Mapping[str, str], **match: str) -> Array:
        """Sum the payments that match, over axes given as SAM column -> label set."""
        mask = self._left.copy()
        for column, value in match.items():
            mask &= (self._frame[column] == value).to_numpy()
        mask &= self._consistent(axes, match)
        labels = [self._labels[kind] for kind in axes.values()]
        places = [
            index.get_indexer(pd.Index(self._frame.loc[mask, column]))
            for column, index in zip(axes, labels, strict=True)
        ]
        known = np.all([place >= 0 for place in places], axis=0)
        taken = np.flatnonzero(mask)[known]
        result = np.zeros([len(index) for index in labels])
        np.add.at(
            result,
            tuple(place[known] for place in places),
            self._frame["value"].to_numpy(dtype=float)[taken],
        )
        self._left[taken] = False
        return result

    def net(self, axes: Mapping[str, str], **match: str) -> Array:
        """Payments that match minus the opposite payments."""
        opposite = {_mirror(column): value for column, value in match.items()}
        mirrored = {_mirror(column): kind for column, kind in axes.items()}
        return self.take(axes, **match) - self.take(mirrored, **opposite)

    def finish(self) -> None:
        """Assert that nothing is left."""
        left = self._frame[self._left & (self._frame["value"] != 0.0).to_numpy()]
        if len(left):
            line = left.iloc[left["value"].abs().to_numpy().argmax()]
            raise SAMError(
                f"SAM: {len(left)} payments have no place in the model, the largest "
                f"{line['row_region']}/{line['row_kind']}/{line['row']} <- {line['col_region']}/"
                f"{line['col_kind']}/{line['col']} = {line['value']:g}; route this money through "
                "the accounts that calibration.accounts lists, or correct its labels"
            )

    def _consistent(
        self, axes: Mapping[str, str], match: Mapping[str, str]
    ) -> npt.NDArray[np.bool_]:
        """Payments within a region unless both regions are named; sales of like for like."""
        frame = self._frame
        mask = np.ones(len(frame), dtype=bool)
        sides = {"row_region", "col_region"}
        if not sides <= {*axes, *match}:
            mask &= (frame["row_region"] == frame["col_region"]).to_numpy()
        if match.get("row_kind") == ACTIVITY and match.get("col_kind") == COMMODITY:
            mask &= (frame["row"] == frame["col"]).to_numpy()
        return mask


def read_accounts(
    sam: SAM, regions: Sequence[str], sectors: Sequence[str], households: Sequence[str]
) -> Accounts:
    """Arrange all payments of a SAM in arrays.

    Raises:
        SAMError: a payment has no place in the model, or a tax has no base.
    """
    ledger = _Ledger(sam, regions, sectors, households)
    flows = {
        **_production(ledger),
        **_trade(ledger),
        **_final_demand(ledger),
        **_income(ledger),
        **_government(ledger),
        **_capital_account(ledger),
    }
    ledger.finish()
    accounts = Accounts(**flows)
    _check_bases(accounts, regions, sectors)
    return accounts


def _check_bases(accounts: Accounts, regions: Sequence[str], sectors: Sequence[str]) -> None:
    """Every tax must have what it is levied on, or no rate can reproduce it."""
    revenue = accounts.local + accounts.inflow.sum(axis=1) + accounts.exports
    for tax, base, what in (
        (accounts.tariffs, accounts.imports, "duty without imports"),
        (accounts.production_tax, revenue, "production tax without output"),
    ):
        lost = np.argwhere((tax != 0.0) & ~(base > 0.0))
        if lost.size:
            r, i = lost[0]
            raise SAMError(
                f"SAM: {regions[r]} {sectors[i]} has {what} ({tax[r, i]:g}; {len(lost)} such in "
                "all); remove the tax, or add what it is levied on"
            )


_BY_ACTIVITY = {"col_region": "region", "col": "sector"}
_BY_COMMODITY = {"row_region": "region", "row": "sector"}
_BY_BUYER = {"col_region": "region", "col": "sector"}
_BY_HOUSEHOLD = {"row_region": "region", "row": "household"}
_BY_PAYING_HOUSEHOLD = {"col_region": "region", "col": "household"}
_BY_REGION = {"row_region": "region"}


def _production(ledger: _Ledger) -> dict[str, Array]:
    factor = {"row_kind": FACTOR, "col_kind": ACTIVITY}
    return {
        "intermediate": ledger.take(
            {"row_region": "region", "row": "sector", "col": "sector"},
            row_kind=COMMODITY,
            col_kind=ACTIVITY,
        ),
        "labour": ledger.take(_BY_ACTIVITY, row=LABOUR, **factor),
        "capital": ledger.take(_BY_ACTIVITY, row=CAPITAL, **factor),
        "production_tax": ledger.take(
            _BY_ACTIVITY, row_kind=TAX, row=PRODUCTION_TAX, col_kind=ACTIVITY
        ),
    }


def _trade(ledger: _Ledger) -> dict[str, Array]:
    sales = {"row_kind": ACTIVITY, "col_kind": COMMODITY}
    world = {"row_kind": REST_OF_WORLD, "row_region": "ROW", "col_kind": COMMODITY}
    return {
        "local": ledger.take(_BY_COMMODITY, **sales),
        "inflow": ledger.take(
            {"row_region": "region", "col_region": "region", "row": "sector"}, **sales
        ),
        "exports": ledger.take(
            _BY_COMMODITY, row_kind=ACTIVITY, col_kind=REST_OF_WORLD, col_region="ROW"
        ),
        "imports": ledger.take(_BY_BUYER, **world),
        "tariffs": ledger.take(_BY_BUYER, row_kind=TAX, row=TARIFF, col_kind=COMMODITY),
    }


def _final_demand(ledger: _Ledger) -> dict[str, Array]:
    return {
        "consumption": ledger.take(
            {"row_region": "region", "col": "household", "row": "sector"},
            row_kind=COMMODITY,
            col_kind=HOUSEHOLD,
        ),
        "government": ledger.take(_BY_COMMODITY, row_kind=COMMODITY, col_kind=GOVERNMENT),
        "investment": ledger.take(_BY_COMMODITY, row_kind=COMMODITY, col_kind=INVESTMENT),
    }


def _income(ledger: _Ledger) -> dict[str, Array]:
    return {
        "labour_income": ledger.take(
            _BY_HOUSEHOLD, row_kind=HOUSEHOLD, col_kind=FACTOR, col=LABOUR
        ),
        "capital_income": ledger.take(
            _BY_REGION, row_kind=ENTERPRISE, col_kind=FACTOR, col=CAPITAL
        ),
        "enterprise_to_household": ledger.net(
            _BY_HOUSEHOLD, row_kind=HOUSEHOLD, col_kind=ENTERPRISE
        ),
        "enterprise_tax": ledger.net(_BY_REGION, row_kind=GOVERNMENT, col_kind=ENTERPRISE),
        "enterprise_saving": ledger.net(_BY_REGION, row_kind=INVESTMENT, col_kind=ENTERPRISE),
        "income_tax": ledger.net(_BY_PAYING_HOUSEHOLD, row_kind=GOVERNMENT, col_kind=HOUSEHOLD),
        "household_saving": ledger.net(
            _BY_PAYING_HOUSEHOLD, row_kind=INVESTMENT, col_kind=HOUSEHOLD
        ),
    }


def _government(ledger: _Ledger) -> dict[str, Array]:
    centre = {"row_kind": GOVERNMENT, "row_region": NATIONAL, "row": CENTRAL_GOVERNMENT}
    by_payer = {"col_region": "region"}
    ledger.net(by_payer, col_kind=TAX, col=TARIFF, **centre)  # the same money as the duties paid
    return {
        "production_tax_local": ledger.net(
            _BY_REGION, row_kind=GOVERNMENT, col_kind=TAX, col=PRODUCTION_TAX
        ),
        "production_tax_central": ledger.net(by_payer, col_kind=TAX, col=PRODUCTION_TAX, **centre),
        "central_transfer": ledger.net(
            _BY_REGION,
            row_kind=GOVERNMENT,
            col_kind=GOVERNMENT,
            col_region=NATIONAL,
            col=CENTRAL_GOVERNMENT,
        ),
        "government_saving": ledger.net(_BY_REGION, row_kind=INVESTMENT, col_kind=GOVERNMENT),
    }


def _capital_account(ledger: _Ledger) -> dict[str, Array]:
    return {
        "foreign_saving": ledger.net(
            _BY_REGION, row_kind=INVESTMENT, col_kind=REST_OF_WORLD, col_region="ROW"
        ),
        "interregional_saving": ledger.net(
            _BY_REGION, row_kind=INVESTMENT, col_kind=TRANSFER, col_region=NATIONAL
        ),
    }


def _mirror(column: str) -> str:
    return (
        column.replace("row", "col") if column.startswith("row") else column.replace("col", "row")
    )
