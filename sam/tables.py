r"""From an input-output table to a social accounting matrix.

A table gives production, trade and final demand. Activities make their own good and sell it abroad,
to other regions and at home; the market of a good buys what the activity sells at home, imports and
inflow, and serves every user alike,

.. math:: X_i - E_i - O_i + M_i + N_i = \sum_j Z_{ij} + \sum_f F_{if} .

What a table does not give is who earns incomes. They are closed by identity:

- labour (compensation) and gross operating surplus (depreciation and surplus) go to rural and urban
  households in proportion to their consumption, unless shares are given;
- net production tax goes to the government of the region;
- households and government save what they do not consume, :math:`S_h = Y_h - C_h`,
  :math:`S_g = T - G`; a negative saving is a payment of the saving-investment account to them;
- the rest of the world and other regions lend what they sell more than they buy,
  :math:`S_w = \sum_i (M_i - E_i)` and :math:`S_d = \sum_i (N_i - O_i)`.

Saving then equals investment, :math:`\sum_h S_h + S_g + S_w + S_d = I + \Delta S`, because the
table balances. No income tax, transfer, enterprise or duty is in the result, because none is in the
table. GDP is the table's value added.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sam.accounts import (
    ACTIVITY,
    CAPITAL,
    COMMODITY,
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
    TAX,
    TRADE,
    TRANSFER,
    WORLD,
)
from sam.errors import SAMError
from sam.matrix import SAM, from_payments
from sam.ranking import worst
from sam.readers.bounds import at_least
from sam.readers.io_table import ProvincialTable
from sam.readers.io_table.defects import FINAL_USES, VALUE_ADDED
from sam.readers.io_table.layout import displaced, numbered
from sam.readers.multiregional import MultiRegionalTable

Array = npt.NDArray[np.float64]
Account = tuple[str, str, str]
Payment = tuple[str, str, str, str, str, str, float]
Shares = Mapping[str, float]

DOMESTIC = "DOM"
"""Name of the account of domestic trade."""

IMPORTED = "IMP"
"""Name of the one imported good of a multi-regional table."""

EXACT = 1e-9
"""Largest imbalance of a treated table, as a share of the sector's use or cost."""

_USERS = (
    *((HOUSEHOLD, name) for name in HOUSEHOLDS),
    (GOVERNMENT, PROVINCIAL_GOVERNMENT),
    (INVESTMENT, INVESTOR),
    (INVENTORY, STOCKS),
)
"""Who buys each final use, in the order of ``FINAL_USES``."""

_STOCKS = list(FINAL_USES).index("FU202")
_COMPENSATION, _TAX, _DEPRECIATION, _SURPLUS = range(len(VALUE_ADDED))
_WORLD = (WORLD, REST_OF_WORLD, WORLD)
_DOMESTIC = (NATIONAL, TRADE, DOMESTIC)
_CAPITAL_MARKET = (NATIONAL, TRANSFER, INTERREGIONAL_CAPITAL)


@dataclass(frozen=True, eq=False)
class _Region:
    """Uses and incomes of one region, 1e8 CNY.

    Attributes:
        name: region of its accounts.
        goods: names of the goods used.
        sectors: names of the activities.
        intermediate: purchases (good, sector).
        final: purchases (good, final use).
        value_added: by (component, sector), in the order of ``VALUE_ADDED``.
    """

    name: str
    goods: Sequence[str]
    sectors: Sequence[str]
    intermediate: Array
    final: Array
    value_added: Array


def sam_of_table(
    table: ProvincialTable,
    region: str | None = None,
    *,
    sectors: Sequence[str] | None = None,
    labour: Shares | None = None,
    capital: Shares | None = None,
) -> SAM:
    """The SAM of one province or nation: its table, and incomes closed by identity.

    Trade with other provinces runs through one account of the nation (``CN/trade/DOM``), because a
    table does not tell its origin and destination; the SAM of a nation has no such account.

    Arguments:
        table: a table that balances, as ``sam.readers.treat`` gives it; of a nation that of its
            ``regional`` form.
        region: name of the region; that of the table if omitted.
        sectors: names of activities and goods, such as codes; those of the table if omitted.
        labour: share of each household (``RUR``, ``URB``) in compensation; in proportion to their
            consumption if omitted.
        capital: share of each household in depreciation and surplus; likewise.

    Returns:
        A SAM in 1e8 CNY that balances and whose GDP is the table's value added.

    Raises:
        SAMError: the table does not balance or has purchases below zero (treat it), or names or
            shares do not fit.
    """
    if not isinstance(table, ProvincialTable):
        raise SAMError(
            f"SAM: found a {type(table).__name__}, expected the treated table of one region; for a"
            " national table it is treat(table.regional()), for several regions use sam_of_tables"
        )
    _check_table(table)
    names = _names(table.sectors, sectors)
    home = region or table.province
    part = _Region(home, names, names, table.intermediate, table.final, table.value_added)
    payments = [*_uses(part), *_incomes(part, labour, capital)]
    sold = table.output - table.export - table.outflow  # sector
    for i, good in enumerate(names):
        activity, market = (home, ACTIVITY, good), (home, COMMODITY, good)
        payments += [
            _pay(activity, market, sold[i]),
            _pay(activity, _WORLD, table.export[i]),
            _pay(activity, _DOMESTIC, table.outflow[i]),
            _pay(_WORLD, market, table.imports[i]),
            _pay(_DOMESTIC, market, table.inflow[i]),
        ]
    fund = (home, INVESTMENT, INVESTOR)
    payments.append(_pay(fund, _WORLD, (table.imports - table.export).sum()))
    payments.append(_pay(fund, _DOMESTIC, (table.inflow - table.outflow).sum()))
    return from_payments(payments)


def sam_of_tables(
    table: MultiRegionalTable,
    *,
    sectors: Sequence[str] | None = None,
    labour: Shares | None = None,
    capital: Shares | None = None,
    tolerance: float = 1e-4,
) -> SAM:
    """The SAM of all regions of a multi-regional table.

    The market of a good in a region buys it from the activities of all regions and serves every
    user with the same mixture, so the table's origins by user are kept as their sum. Imports, of
    which the table tells the user but not the good, are one good ``IMP`` of each region. Output is
    what inputs cost; what then is not sold (the table's errors) is a change in stocks of the region
    that made it. Capital between regions settles their trade (``CN/transfer/ICA``).

    Arguments:
        table: as read.
        sectors: names of activities and goods, such as codes; those of the table if omitted.
        labour: share of each household in compensation, as in ``sam_of_table``.
        capital: share of each household in depreciation and surplus.
        tolerance: largest imbalance beyond the table's own errors, as a share of the sector's use
            or cost, that goes into stocks.

    Returns:
        A SAM in 1e8 CNY; purchases below zero are written as the opposite payment.

    Raises:
        SAMError: rows or columns do not balance, or names or shares do not fit.
        SourceError: the tolerance is no number.
    """
    _check_tables(table, at_least("tolerance", tolerance))
    names = _names(table.sectors, sectors)
    unsold = table.cost - table.use  # region, sector
    trade = table.intermediate.sum(3) + table.final.sum(3)  # origin, good, destination
    payments: list[Payment] = []
    for s, home in enumerate(table.regions):
        part = _part(table, s, names, unsold[s])
        payments += [*_uses(part), *_incomes(part, labour, capital)]
        market = (home, COMMODITY, IMPORTED)
        payments.append(_pay(_WORLD, market, table.imports[s].sum() + table.imports_final[s].sum()))
        for i, good in enumerate(names):
            payments.append(_pay((home, ACTIVITY, good), _WORLD, table.export[s, i]))
            for r, origin in enumerate(table.regions):
                sold = trade[r, i, s] + (unsold[s, i] if r == s else 0.0)
                payments.append(_pay((origin, ACTIVITY, good), (home, COMMODITY, good), sold))
    return from_payments([*payments, *_lending(table, trade)])


def _part(table: MultiRegionalTable, s: int, names: Sequence[str], unsold: Array) -> _Region:
    """One region of a multi-regional table, its goods from everywhere, imports as the last."""
    final = table.final[:, :, s].sum(0)  # good, final use
    final[:, _STOCKS] += unsold
    return _Region(
        table.regions[s],
        [*names, IMPORTED],
        names,
        np.vstack([table.intermediate[:, :, s].sum(0), table.imports[s]]),
        np.vstack([final, table.imports_final[s]]),
        table.value_added[:, s],
    )


def _lending(table: MultiRegionalTable, trade: Array) -> Iterator[Payment]:
    """What the rest of the world and other regions sell to a region more than they buy."""
    flows = trade.sum(1)  # origin, destination
    domestic = flows.sum(0) - flows.sum(1)  # region: purchases less sales, own trade in both
    foreign = table.imports.sum(1) + table.imports_final.sum(1) - table.export.sum(1)
    for s, home in enumerate(table.regions):
        fund = (home, INVESTMENT, INVESTOR)
        yield _pay(fund, _WORLD, foreign[s])
        yield _pay(fund, _CAPITAL_MARKET, domestic[s])


def _uses(part: _Region) -> Iterator[Payment]:
    """What activities pay for goods, factors and tax, and final users for goods."""
    home, added = part.name, part.value_added
    factors = (
        ((home, FACTOR, LABOUR), added[_COMPENSATION]),
        ((home, FACTOR, CAPITAL), added[_DEPRECIATION] + added[_SURPLUS]),
        ((home, TAX, PRODUCTION_TAX), added[_TAX]),
    )
    for j, name in enumerate(part.sectors):
        activity = (home, ACTIVITY, name)
        for account, values in factors:
            yield _pay(account, activity, values[j])
        for i, good in enumerate(part.goods):
            yield _pay((home, COMMODITY, good), activity, part.intermediate[i, j])
    for i, good in enumerate(part.goods):
        for k, (kind, name) in enumerate(_USERS):
            yield _pay((home, COMMODITY, good), (home, kind, name), part.final[i, k])


def _incomes(part: _Region, labour: Shares | None, capital: Shares | None) -> Iterator[Payment]:
    """Incomes of households and government, and what they and stocks save or use up."""
    home, fund = part.name, (part.name, INVESTMENT, INVESTOR)
    rural, urban, government, _, stocks = part.final.sum(0)  # final use
    consumption = np.array([rural, urban])
    wages = part.value_added[_COMPENSATION].sum()
    profits = part.value_added[[_DEPRECIATION, _SURPLUS]].sum()
    tax = part.value_added[_TAX].sum()
    earned = wages * _shares(home, "labour", labour, consumption)
    owned = profits * _shares(home, "capital", capital, consumption)
    for h, name in enumerate(HOUSEHOLDS):
        house = (home, HOUSEHOLD, name)
        yield _pay(house, (home, FACTOR, LABOUR), earned[h])
        yield _pay(house, (home, FACTOR, CAPITAL), owned[h])
        yield _pay(fund, house, earned[h] + owned[h] - consumption[h])
    state = (home, GOVERNMENT, PROVINCIAL_GOVERNMENT)
    yield _pay(state, (home, TAX, PRODUCTION_TAX), tax)
    yield _pay(fund, state, tax - government)
    yield _pay((home, INVENTORY, STOCKS), fund, stocks)


def _pay(receiver: Account, payer: Account, value: float) -> Payment:
    return (*receiver, *payer, float(value))


def _shares(region: str, what: str, given: Shares | None, consumption: Array) -> Array:
    """Shares of rural and urban households in one income."""
    if given is None:
        if not (consumption >= 0.0).all() or not consumption.sum() > 0.0:
            raise SAMError(
                f"SAM of {region}: no household consumes, so consumption cannot share out {what};"
                f" give {what}={{'RUR': ..., 'URB': ...}}"
            )
        return np.asarray(consumption / consumption.sum())
    shares = np.array([given.get(name, 0.0) for name in HOUSEHOLDS], dtype=float)
    if set(given) - set(HOUSEHOLDS) or not (shares >= 0.0).all() or abs(shares.sum() - 1) > EXACT:
        raise SAMError(
            f"SAM of {region}: {what}={dict(given)} are no shares; give the share of each of"
            f" {', '.join(HOUSEHOLDS)}, from 0 to 1 and 1 together"
        )
    return shares


def _names(printed: Sequence[str], given: Sequence[str] | None) -> tuple[str, ...]:
    """Names of sectors, each once: those given, or those of the table.

    Codes of a list must not stand for other sectors that are known.
    """
    names = printed if given is None else given
    twice = sorted({name for name in names if list(names).count(name) > 1})
    if twice or len(names) != len(printed) or IMPORTED in names:
        raise SAMError(
            f"SAM: {len(names)} names of sectors for {len(printed)} (twice: {twice or 'none'}); "
            f"give each sector a name of its own other than {IMPORTED!r} with sectors="
        )
    listed = None if given is None else numbered(names)
    moved = [] if listed is None else displaced(listed, printed)
    if moved:
        shown = ", ".join(f"{printed[k]!r} {names[k]!r}" for k in moved[:5])
        raise SAMError(
            f"SAM: sectors= calls {shown}, which {listed} does not call so; leave out sectors=, "
            "as a concordance knows its sources by name too, or give the codes in the order of the "
            "table's sectors"
        )
    return tuple(names)


def _check_table(table: ProvincialTable) -> None:
    """Rows and columns balance, and nobody buys or sells less than nothing."""
    use, cost = table.use - table.imports - table.inflow, table.cost  # sector
    sold = table.output - table.export - table.outflow
    factors = table.value_added[[_COMPENSATION, _DEPRECIATION]]
    profit = table.value_added[_DEPRECIATION] + table.value_added[_SURPLUS]
    bought = [table.intermediate.min(1), np.delete(table.final, _STOCKS, axis=1).min(1)]
    trade = [table.export, table.outflow, table.imports, table.inflow]
    scale = np.maximum(np.abs(table.use), np.abs(cost))
    wrong = {
        "there is a statistical discrepancy of": table.other,
        "uses less imports and inflow differ from output by": use - table.output,
        "inputs and value added differ from output by": cost - table.output,
        "exports and outflow exceed output: sales at home are": np.minimum(sold, 0.0),
        "somebody buys or trades less than nothing:": np.min([*bought, *trade, 0.0 * sold], axis=0),
        "a factor earns less than nothing:": np.min([*factors, profit, 0.0 * sold], axis=0),
    }
    for text, gap in wrong.items():
        share = np.abs(gap) / np.maximum(scale, 1e-300)
        k = worst(share)
        if not share[k] <= EXACT:
            raise SAMError(
                f"table {table.province}, sector {k + 1} ({table.sectors[k]}): {text}"
                f" {gap[k]:.6g} (1e8 CNY); treat the table first (sam.readers.treat)"
            )


def _check_tables(table: MultiRegionalTable, tolerance: float) -> None:
    """Uses and errors, and inputs, are output but for a tolerance."""
    scale = np.maximum(np.maximum(np.abs(table.use), np.abs(table.cost)), 1e-300)  # region, sector
    gaps = {
        "uses and errors": table.use + table.other - table.output,
        "inputs and value added": table.cost - table.output,
    }
    for text, gap in gaps.items():
        share = np.abs(gap) / scale
        r, k = np.unravel_index(worst(share), share.shape)
        if not share[r, k] <= tolerance:
            raise SAMError(
                f"multi-regional table, {table.regions[r]}, sector {k + 1} ({table.sectors[k]}):"
                f" {text} differ from output by {gap[r, k]:.6g} (1e8 CNY, a share of"
                f" {share[r, k]:.2g}); correct the cell, or accept it as a change in stocks with"
                " tolerance="
            )
