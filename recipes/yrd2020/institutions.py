r"""Incomes, transfers and saving: what input-output tables lack, closed by identity.

Households spend, pay tax and save at surveyed rates, so disposable income is
:math:`C_h / (1 - s_h)`; labour and distributed profits make it up in equal proportion. Enterprises
keep what they neither distribute nor pay as tax. Every provincial government saves the same share
of GDP,

.. math:: \sigma^g = \frac{\sum_r (\text{taxes}_r - G_r)}{\sum_r Y_r} , \qquad
          \text{transfer}_r = G_r + \sigma^g Y_r - \text{own taxes}_r ,

so the centre shares out what it collects; capital between regions is what investment then lacks,

.. math:: B_r = I_r - S^h_r - S^e_r - S^g_r - (M_r - E_r) , \qquad \sum_r B_r = 0 .
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recipes.yrd2020 import flows as parts
from recipes.yrd2020.flows import Flows
from recipes.yrd2020.inputs import Inputs
from sam.accounts import (
    ACTIVITY,
    CAPITAL,
    CENTRAL_GOVERNMENT,
    COMMODITY,
    ENTERPRISE,
    FACTOR,
    GOVERNMENT,
    HOUSEHOLD,
    HOUSEHOLDS,
    INTERREGIONAL_CAPITAL,
    INVENTORY,
    INVESTMENT,
    INVESTOR,
    LABOUR,
    NATIONAL,
    PRODUCTION_TAX,
    PROVINCIAL_GOVERNMENT,
    REST_OF_WORLD,
    STOCKS,
    TARIFF,
    TAX,
    TRANSFER,
    WORLD,
)
from sam.matrix import SAM, from_payments

Array = npt.NDArray[np.float64]
Payment = tuple[str, str, str, str, str, str, float]

ENTERPRISES = "ENT"


@dataclass(frozen=True, eq=False)
class Incomes:
    """Incomes and transfers, 1e8 CNY.

    Attributes:
        labour: labour income (region, household).
        distributed: profits distributed (region, household).
        income_tax: tax of households (region, household).
        household_saving: saving of households (region, household).
        company_tax: tax of enterprises (region).
        retained: saving of enterprises (region).
        central_tax: production tax of the centre (region).
        local_tax: production tax of the province (region).
        transfer: from the central to the provincial government (region).
        government_saving: saving of provincial governments (region).
        foreign: capital from the rest of the world (region).
        interregional: capital from other regions (region).
    """

    labour: Array
    distributed: Array
    income_tax: Array
    household_saving: Array
    company_tax: Array
    retained: Array
    central_tax: Array
    local_tax: Array
    transfer: Array
    government_saving: Array
    foreign: Array
    interregional: Array


def incomes(flows: Flows, saving_rate: Array, tariff: Array, inputs: Inputs) -> Incomes:
    """Derive incomes and transfers of all regions.

    Arguments:
        flows: balanced flows.
        saving_rate: saving over disposable income (region, household).
        tariff: duty rate on imports (commodity).
        inputs: national income taxes and the central share of production tax.
    """
    wages, tax, profit = (flows.value_added[:, k].sum(1) for k in range(3))  # region
    duty = flows.imports @ tariff
    gdp = wages + tax + profit + duty
    consumption = flows.final[:, :, : parts.GOVERNMENT].sum(1)  # region, household
    government = flows.final[:, :, parts.GOVERNMENT].sum(1)
    disposable = consumption / (1.0 - saving_rate)
    paid = np.zeros_like(disposable)  # income tax is urban
    paid[:, 1] = inputs.value("income_tax") * disposable[:, 1] / disposable[:, 1].sum()
    need = disposable + paid
    share = need / need.sum(1, keepdims=True)
    labour = share * wages[:, None]
    company_tax = inputs.value("company_tax") * profit / profit.sum()
    retained = profit - (need - labour).sum(1) - company_tax
    central = inputs.value("central_share") * tax
    own = tax - central + company_tax + paid.sum(1)
    saving_share = (own + central + duty - government).sum() / gdp.sum()
    saving = saving_share * gdp
    foreign = (flows.imports - flows.exports).sum(1)
    household_saving = disposable - consumption
    investment = flows.final[:, :, parts.FIXED :].sum((1, 2))  # changes in stocks included
    private = household_saving.sum(1) + retained
    return Incomes(
        labour=labour,
        distributed=need - labour,
        income_tax=paid,
        household_saving=household_saving,
        company_tax=company_tax,
        retained=retained,
        central_tax=central,
        local_tax=tax - central,
        transfer=government + saving - own,
        government_saving=saving,
        foreign=foreign,
        interregional=investment - private - saving - foreign,
    )


def build_sam(
    flows: Flows,
    income: Incomes,
    tariff: Array,
    regions: Sequence[str],
    sectors: Sequence[str],
) -> SAM:
    """Arrange flows and incomes as a social accounting matrix."""
    payments: list[Payment] = []
    for r in range(len(regions)):
        payments += _production(flows, r, regions, sectors)
        payments += _supply(flows, tariff, r, regions, sectors)
        payments += _final_demand(flows, r, regions, sectors)
        payments += _income(flows, income, tariff, r, regions)
    return from_payments(payments)


def _production(
    flows: Flows, r: int, regions: Sequence[str], sectors: Sequence[str]
) -> Iterator[Payment]:
    """What activities pay: goods, labour, capital, tax."""
    home = regions[r]
    factors = (
        (parts.LABOUR, FACTOR, LABOUR),
        (parts.CAPITAL, FACTOR, CAPITAL),
        (parts.TAX, TAX, PRODUCTION_TAX),
    )
    for j, activity in enumerate(sectors):
        for i, good in enumerate(sectors):
            value = float(flows.intermediate[r, i, j])
            yield home, COMMODITY, good, home, ACTIVITY, activity, value
        for k, kind, name in factors:
            value = float(flows.value_added[r, k, j])
            yield home, kind, name, home, ACTIVITY, activity, value


def _supply(
    flows: Flows, tariff: Array, r: int, regions: Sequence[str], sectors: Sequence[str]
) -> Iterator[Payment]:
    """What commodities pay, by origin, and what activities export."""
    home = regions[r]
    for i, good in enumerate(sectors):
        buyer = (home, COMMODITY, good)
        yield home, ACTIVITY, good, *buyer, float(flows.local[r, i])
        for s, origin in enumerate(regions):
            yield origin, ACTIVITY, good, *buyer, float(flows.trade[s, r, i])
        bought = float(flows.imports[r, i])
        yield WORLD, REST_OF_WORLD, WORLD, *buyer, bought
        yield home, TAX, TARIFF, *buyer, bought * float(tariff[i])
        sold = float(flows.exports[r, i])
        yield home, ACTIVITY, good, WORLD, REST_OF_WORLD, WORLD, sold


def _final_demand(
    flows: Flows, r: int, regions: Sequence[str], sectors: Sequence[str]
) -> Iterator[Payment]:
    home = regions[r]
    users = (
        *((HOUSEHOLD, name) for name in HOUSEHOLDS),
        (GOVERNMENT, PROVINCIAL_GOVERNMENT),
        (INVESTMENT, INVESTOR),
        (INVENTORY, STOCKS),
    )
    for i, good in enumerate(sectors):
        for use, (kind, name) in enumerate(users):
            yield home, COMMODITY, good, home, kind, name, float(flows.final[r, i, use])
    stored = float(flows.final[r, :, parts.STOCKS].sum())
    yield home, INVENTORY, STOCKS, home, INVESTMENT, INVESTOR, stored


def _income(
    flows: Flows, income: Incomes, tariff: Array, r: int, regions: Sequence[str]
) -> Iterator[Payment]:
    """Incomes, taxes, transfers and saving of one region."""
    home = regions[r]
    firm = (home, ENTERPRISE, ENTERPRISES)
    state = (home, GOVERNMENT, PROVINCIAL_GOVERNMENT)
    centre = (NATIONAL, GOVERNMENT, CENTRAL_GOVERNMENT)
    fund = (home, INVESTMENT, INVESTOR)
    tax = (home, TAX, PRODUCTION_TAX)
    for h, name in enumerate(HOUSEHOLDS):
        house = (home, HOUSEHOLD, name)
        yield *house, home, FACTOR, LABOUR, float(income.labour[r, h])
        yield *house, *firm, float(income.distributed[r, h])
        yield *state, *house, float(income.income_tax[r, h])
        yield *fund, *house, float(income.household_saving[r, h])
    yield *firm, home, FACTOR, CAPITAL, float(flows.value_added[r, parts.CAPITAL].sum())
    yield *state, *firm, float(income.company_tax[r])
    yield *fund, *firm, float(income.retained[r])
    yield *state, *tax, float(income.local_tax[r])
    yield *centre, *tax, float(income.central_tax[r])
    yield *centre, home, TAX, TARIFF, float(flows.imports[r] @ tariff)
    yield *state, *centre, float(income.transfer[r])
    yield *fund, *state, float(income.government_saving[r])
    yield *fund, WORLD, REST_OF_WORLD, WORLD, float(income.foreign[r])
    yield (
        *fund,
        NATIONAL,
        TRANSFER,
        INTERREGIONAL_CAPITAL,
        float(income.interregional[r]),
    )
