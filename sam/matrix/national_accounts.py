r"""Gross domestic product three ways, from the accounts of production in a SAM.

Take activities and commodities of a region together. What they receive from outside is final
demand and sales to other regions and abroad; what they pay outside is value added, taxes on
production and products, and purchases from other regions and abroad. With :math:`X_j` the receipts
of activity :math:`j` and :math:`Z_j` the goods it buys,

.. math::
   Y^{\text{production}} &= \sum_j (X_j - Z_j) + T^{\text{products}} , \\
   Y^{\text{income}} &= \sum_j \Big( \sum_f W_{fj} + T^{\text{production}}_j \Big)
                        + T^{\text{products}} , \\
   Y^{\text{expenditure}} &= C + G + I + \Delta S + (E - M) + (E^{d} - M^{d}) ,

at market prices, gross of depreciation (SNA 2008, chapter 16): factor incomes :math:`W`, taxes
less subsidies :math:`T`, consumption of households :math:`C` and government :math:`G`, fixed
investment :math:`I`, changes in stocks :math:`\Delta S`, exports and imports :math:`E, M` (c.i.f.,
duties being taxes on products), sales to and purchases from other regions :math:`E^d, M^d`.
Production and income differ by what activities lack of balance, production and expenditure by what
activities and commodities together lack, so the three agree if and only if the accounts of
production balance, region by region.

How payments are read, by kind of the other account:

- tax, government: taxes on production if an activity pays, taxes on products (and duties) if a
  commodity pays; a payment from a tax account is a subsidy;
- factor, or household, enterprise and investment if an activity pays: value added (incomes not
  booked through factor accounts, depreciation);
- household, enterprise: consumption; government: its consumption; investment: fixed investment;
  inventory: changes in stocks; each less what a commodity pays the other way;
- margin: what trade and transport earn less what goods pay for being moved, nothing in all where
  the accounts of margins balance within the region;
- row: exports and imports; trade, transfer, and activities and commodities of other regions:
  interregional trade (told where there are other regions to trade with).

An activity belongs to its own region, wherever its factors live: the product is domestic.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sam.accounts import (
    ACTIVITY,
    COMMODITY,
    ENTERPRISE,
    FACTOR,
    GOVERNMENT,
    HOUSEHOLD,
    INVENTORY,
    INVESTMENT,
    MARGIN,
    REST_OF_WORLD,
    TAX,
    TRADE,
    TRANSFER,
)
from sam.errors import SAMError

if TYPE_CHECKING:
    from sam.matrix import SAM

NATION = "nation"
"""Column of the sum over regions."""

PRODUCTION, INCOME, EXPENDITURE, DIFFERENCE = "production", "income", "expenditure", "difference"
GDP = "GDP"

_PRODUCERS = (ACTIVITY, COMMODITY)
_ABROAD = "other region"  # activities and commodities of other regions

_OUTPUT, _INPUT = "output", "intermediate consumption"
_FACTOR, _OTHER_INCOME = "factor", "other incomes"
_PRODUCTION_TAX, _PRODUCT_TAX = "taxes on production", "taxes on products"
_CONSUMPTION, _PUBLIC = "household consumption", "government consumption"
_MARGINS = "trade and transport margins"
_INVESTMENT, _STOCKS = "fixed investment", "changes in stocks"
_EXPORTS, _IMPORTS = "exports", "imports"
_SALES, _PURCHASES = "sales to other regions", "purchases from other regions"

_NEGATIVE = (_INPUT, _IMPORTS, _PURCHASES)
"""Items that GDP is net of."""

_DEMAND = {
    HOUSEHOLD: _CONSUMPTION,
    ENTERPRISE: _CONSUMPTION,
    GOVERNMENT: _PUBLIC,
    INVESTMENT: _INVESTMENT,
    INVENTORY: _STOCKS,
    MARGIN: _MARGINS,
    REST_OF_WORLD: _EXPORTS,
    TRADE: _SALES,
    TRANSFER: _SALES,
    _ABROAD: _SALES,
}
"""What a buyer outside an account of production buys."""

_REGIONAL = (_SALES, _PURCHASES)
_OPTIONAL = (_MARGINS, *_REGIONAL)
"""Items that are told where something is booked there, those of regions where there are several."""

_SUPPLY = {
    REST_OF_WORLD: _IMPORTS,
    TRADE: _PURCHASES,
    TRANSFER: _PURCHASES,
    _ABROAD: _PURCHASES,
}
"""What a seller outside an account of production sells."""

Rule = tuple[str, str, str, str, str, float]
"""Own kind, own side, kind of the other account; approach, item and sign of the booking."""


def gdp(sam: SAM) -> pd.DataFrame:
    """GDP at market prices by production, by income and by expenditure.

    Arguments:
        sam: any SAM, balanced or not.

    Returns:
        A frame indexed by (approach, item), without items of margins and of trade between regions
        where a SAM has neither, one column per region that owns activities or
        commodities and one for their sum, values in ``sam.unit``. In every approach ``GDP`` is the
        sum of its items, intermediate consumption, imports and purchases from other regions with a
        minus; the rows ``difference`` are income and expenditure less production.

    Raises:
        SAMError: the SAM has no activity.
    """
    if not sam.regions:
        raise SAMError("SAM: GDP needs activities, and there are none; label accounts that produce")
    owners = sam.accounts.loc[sam.accounts["kind"].isin(_PRODUCERS), "region"].drop_duplicates()
    lines = _bookings(sam.frame)
    booked = {*lines["item"], *(_REGIONAL if len(owners) > 1 else ())}
    table = _sums(lines, _items(sam.names(FACTOR), booked), owners.tolist())
    blocks = []
    for approach in (PRODUCTION, INCOME, EXPENDITURE):
        block = table.loc[[approach]]
        sign = np.where(block.index.get_level_values("item").isin(_NEGATIVE), -1.0, 1.0)
        blocks += [block, _row(approach, GDP, block.mul(sign, axis=0).sum())]
    totals = pd.concat(blocks).xs(GDP, level="item")  # approach, region
    gaps = [
        _row(DIFFERENCE, f"{approach} less {PRODUCTION}", totals.T[approach] - totals.T[PRODUCTION])
        for approach in (INCOME, EXPENDITURE)
    ]
    result = pd.concat([*blocks, *gaps])
    result.attrs["unit"] = sam.unit
    return result


def _row(approach: str, item: str, values: pd.Series) -> pd.DataFrame:
    index = pd.MultiIndex.from_tuples([(approach, item)], names=["approach", "item"])
    return pd.DataFrame([values.to_numpy()], index=index, columns=values.index)


def _items(factors: Sequence[str], booked: Collection[str]) -> pd.MultiIndex:
    """Items in the order in which they are printed, factors by name, optional ones if booked."""
    uses = dict.fromkeys([*_DEMAND.values(), *_SUPPLY.values()])
    items = {
        PRODUCTION: [_OUTPUT, _INPUT, _PRODUCT_TAX],
        INCOME: [*factors, _OTHER_INCOME, _PRODUCTION_TAX, _PRODUCT_TAX],
        EXPENDITURE: [item for item in uses if item not in _OPTIONAL or item in booked],
    }
    pairs = [(approach, item) for approach, names in items.items() for item in names]
    return pd.MultiIndex.from_tuples(pairs, names=["approach", "item"])


def _sums(lines: pd.DataFrame, items: pd.MultiIndex, regions: Sequence[str]) -> pd.DataFrame:
    """Bookings added up by item and region, and over regions."""
    sums = lines.groupby(["approach", "item", "region"], sort=False)["value"].sum()
    table = sums.unstack("region").reindex(index=items, columns=list(regions)).fillna(0.0)
    table[NATION] = table.sum(axis=1)
    return table.rename_axis(columns="region")


def _bookings(frame: pd.DataFrame) -> pd.DataFrame:
    """Every payment of an account of production under the items it belongs to."""
    abroad = (frame["row_region"] != frame["col_region"]).to_numpy()
    sides = []
    for own, other, name in (("row", "col", "col"), ("col", "row", "row")):
        kind = frame[f"{other}_kind"]
        sides.append(
            pd.DataFrame(
                {
                    "own": frame[f"{own}_kind"],
                    "side": own,
                    "other": kind.mask(abroad & kind.isin(_PRODUCERS).to_numpy(), _ABROAD),
                    "region": frame[f"{own}_region"],
                    "factor": frame[name],
                    "value": frame["value"],
                }
            )
        )
    rules = pd.DataFrame(_rules(), columns=["own", "side", "other", "approach", "item", "sign"])
    lines = pd.concat(sides).merge(rules, on=["own", "side", "other"])
    lines["item"] = lines["item"].mask(lines["item"] == _FACTOR, lines["factor"])
    lines["value"] *= lines["sign"]
    return lines


def _rules() -> list[Rule]:
    """Which items a payment is booked under: the identities of the module, term by term."""
    rules: list[Rule] = []
    for own in _PRODUCERS:
        rules += [(own, "row", other, EXPENDITURE, item, 1.0) for other, item in _DEMAND.items()]
        rules += [(own, "col", other, EXPENDITURE, item, 1.0) for other, item in _SUPPLY.items()]
        rules += [(own, "col", MARGIN, EXPENDITURE, _MARGINS, -1.0)]
        rules += [(own, "col", FACTOR, INCOME, _FACTOR, 1.0)]
        rules += [(own, "row", FACTOR, INCOME, _FACTOR, -1.0)]
    return rules + _activity_rules() + _commodity_rules()


def _activity_rules() -> list[Rule]:
    own = ACTIVITY
    sold = (*_PRODUCERS, *_DEMAND)
    bought = (*_PRODUCERS, MARGIN, REST_OF_WORLD, TRADE, _ABROAD)
    earned = (HOUSEHOLD, ENTERPRISE, INVESTMENT)
    return [
        *((own, "row", other, PRODUCTION, _OUTPUT, 1.0) for other in sold),
        *((own, "col", other, PRODUCTION, _INPUT, 1.0) for other in (*bought, TRANSFER)),
        *((own, "col", other, INCOME, _OTHER_INCOME, 1.0) for other in earned),
        *((own, "col", other, INCOME, _PRODUCTION_TAX, 1.0) for other in (TAX, GOVERNMENT)),
        (own, "row", TAX, INCOME, _PRODUCTION_TAX, -1.0),
        (own, "col", INVENTORY, PRODUCTION, _OUTPUT, -1.0),
        (own, "col", INVENTORY, EXPENDITURE, _STOCKS, -1.0),
    ]


def _commodity_rules() -> list[Rule]:
    own = COMMODITY
    returned = (HOUSEHOLD, ENTERPRISE, INVESTMENT, INVENTORY)
    return [
        *((own, "col", other, EXPENDITURE, _DEMAND[other], -1.0) for other in returned),
        *(
            (own, side, other, approach, _PRODUCT_TAX, sign)
            for side, other, sign in (
                ("col", TAX, 1.0),
                ("col", GOVERNMENT, 1.0),
                ("row", TAX, -1.0),
            )
            for approach in (PRODUCTION, INCOME)
        ),
        (own, "col", FACTOR, PRODUCTION, _OUTPUT, 1.0),
        (own, "row", FACTOR, PRODUCTION, _OUTPUT, -1.0),
    ]
