r"""Checks of ratios that theory does not fix but experience bounds: taxes, value added, saving.

.. math:: t = T / B , \qquad \underline{t} \le t \le \overline{t}

The limits are wide: they catch slips of sign, unit and row, not unusual economies. What is beyond
a limit is ranked by the money that would have to move to reach it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sam import ratios
from sam.accounts import (
    ACTIVITY,
    COMMODITY,
    ENTERPRISE,
    FACTOR,
    GOVERNMENT,
    HOUSEHOLD,
    INVESTMENT,
    KINDS,
    LABOUR,
    REST_OF_WORLD,
    TARIFF,
    TAX,
)
from sam.checks.finding import Finding, Limits, Severity, Subject, amount, matrix_of
from sam.matrix import SAM
from sam.ranking import worst_first

PRODUCTION_TAX_RATES: Limits = (-0.2, 0.3)
"""Net taxes over output. China's most taxed industries, refining and tobacco, pay a fifth to a
quarter of output; farming receives some five per cent of it."""

PRODUCT_TAX_RATES: Limits = (-0.5, 1.0)
"""Taxes on products but duties, less subsidies, over supply before them, our own judgement: value
added tax is below 30 % everywhere; excises on tobacco and motor fuel may be as large as the price
before tax, on a group of goods they are less."""

TARIFF_RATES: Limits = (0.0, 0.3)
"""Duties over imports c.i.f. China's highest average by product group is that of sugar, just below
30 % (WTO, World Tariff Profiles); its average over all imports is below 3 %."""

DIRECT_TAX_RATES: Limits = (0.0, 0.45)
"""Direct taxes over income. China's top marginal rate on personal income is 45 %, that on profits
25 %, and an average exceeds no marginal rate."""

VALUE_ADDED_SHARES: Limits = (0.05, 0.95)
"""Value added at producers' prices over output. In China's national tables of 2007-2018 it lies
between about 0.15 (electronics, metals) and 0.85 (real estate); regions vary more."""

LABOUR_SHARES: Limits = (0.02, 0.98)
"""Labour in factor income. In China's tables it lies between about 0.1 (real estate) and 0.95
(farming, whose mixed income counts as labour)."""

SAVING_RATES: Limits = (-0.2, 0.6)
"""Saving over disposable income. China's households saved 30-42 % in every year since 2000 (flow of
funds accounts); poor groups may live on their wealth, rich ones save more than the average."""

_EDGE = 1e-9  # a rate at its limit, but for rounding, is within


def check_production_tax_rates(
    subject: Subject, *, limits: Limits = PRODUCTION_TAX_RATES, severity: Severity = "warning"
) -> list[Finding]:
    """Production taxes, less subsidies, are a believable part of output.

    Arguments:
        subject: a SAM or a dataset.
        limits: smallest and largest believable rate.
        severity: of the findings.

    Returns:
        Activities beyond the limits, sizes are rates; a tax without output has an infinite rate.
    """
    sam = matrix_of(subject)
    ratio = _Ratio(
        "production_tax_rates",
        ACTIVITY,
        _taxes(sam, ACTIVITY),
        _received(sam, ACTIVITY, without=(TAX,)),
        ("production tax", "output"),
    )
    advice = "check sign and unit of the tax and of the output"
    return _beyond(sam.unit, ratio, limits, severity, advice)


def check_product_tax_rates(
    subject: Subject, *, limits: Limits = PRODUCT_TAX_RATES, severity: Severity = "warning"
) -> list[Finding]:
    """Taxes on products but duties, less subsidies, are a believable part of supply.

    Arguments:
        subject: a SAM or a dataset.
        limits: smallest and largest believable rate.
        severity: of the findings.

    Returns:
        Commodities beyond the limits, sizes are rates. Supply is what a commodity pays to others
        than tax accounts and government: domestic output and imports before taxes on products.
    """
    sam = matrix_of(subject)
    ratio = _Ratio(
        "product_tax_rates",
        COMMODITY,
        _taxes(sam, COMMODITY, besides=TARIFF),
        _paid(sam, COMMODITY, *(kind for kind in KINDS if kind not in (TAX, GOVERNMENT))),
        ("product tax", "supply"),
    )
    advice = "check sign and unit of the tax, and whether supply is valued before it"
    return _beyond(sam.unit, ratio, limits, severity, advice)


def check_tariff_rates(
    subject: Subject, *, limits: Limits = TARIFF_RATES, severity: Severity = "warning"
) -> list[Finding]:
    """Duties are a believable part of imports.

    Arguments:
        subject: a SAM or a dataset.
        limits: smallest and largest believable rate.
        severity: of the findings.

    Returns:
        Commodities beyond the limits, sizes are rates; a duty without imports has an infinite rate.
    """
    sam = matrix_of(subject)
    duty = _paid(sam, COMMODITY, TAX, row=TARIFF)
    imports = _paid(sam, COMMODITY, REST_OF_WORLD)
    ratio = _Ratio("tariff_rates", COMMODITY, duty, imports, ("duty", "imports"))
    advice = "check the duty, and whether imports are valued c.i.f."
    return _beyond(sam.unit, ratio, limits, severity, advice)


def check_direct_tax_rates(
    subject: Subject, *, limits: Limits = DIRECT_TAX_RATES, severity: Severity = "warning"
) -> list[Finding]:
    """Direct taxes, less transfers from government, are a believable part of income.

    Who receives more than it pays has no tax, and no negative one either; a payment of tax that is
    itself negative is.

    Arguments:
        subject: a SAM or a dataset.
        limits: smallest and largest believable rate.
        severity: of the findings.

    Returns:
        Households and enterprises beyond the limits, sizes are rates. Income is what they receive
        from others than government.
    """
    sam = matrix_of(subject)
    found = []
    for kind in (HOUSEHOLD, ENTERPRISE):
        net = _net_paid(sam, kind, GOVERNMENT, TAX)
        paid = _paid(sam, kind, GOVERNMENT, TAX).reindex(net.index, fill_value=0.0)
        tax = net.clip(lower=paid.clip(upper=0.0))
        income = _received(sam, kind, without=(GOVERNMENT, TAX, INVESTMENT))
        ratio = _Ratio("direct_tax_rates", kind, tax, income, ("net direct tax", "income"))
        found += _beyond(sam.unit, ratio, limits, severity, "check taxes, transfers and income")
    return found


def check_value_added_shares(
    subject: Subject, *, limits: Limits = VALUE_ADDED_SHARES, severity: Severity = "warning"
) -> list[Finding]:
    """Value added at producers' prices is a believable part of output.

    Arguments:
        subject: a SAM or a dataset.
        limits: smallest and largest believable share.
        severity: of the findings.

    Returns:
        Activities beyond the limits, sizes are shares. Value added is what activities pay to
        factors and owners, and in taxes less subsidies.
    """
    sam = matrix_of(subject)
    income = _paid(sam, ACTIVITY, FACTOR, HOUSEHOLD, ENTERPRISE, INVESTMENT)
    ratio = _Ratio(
        "value_added_shares",
        ACTIVITY,
        income.add(_taxes(sam, ACTIVITY), fill_value=0.0),
        _received(sam, ACTIVITY, without=(TAX,)),
        ("value added", "output"),
    )
    advice = "check the activity's purchases and its value added"
    return _beyond(sam.unit, ratio, limits, severity, advice)


def check_labour_shares(
    subject: Subject, *, limits: Limits = LABOUR_SHARES, severity: Severity = "warning"
) -> list[Finding]:
    """Labour is a believable part of factor income.

    Arguments:
        subject: a SAM or a dataset.
        limits: smallest and largest believable share.
        severity: of the findings.

    Returns:
        Activities beyond the limits, sizes are shares.
    """
    sam = matrix_of(subject)
    labour = _paid(sam, ACTIVITY, FACTOR, row=LABOUR)
    ratio = _Ratio(
        "labour_shares", ACTIVITY, labour, _paid(sam, ACTIVITY, FACTOR), ("labour", "factor income")
    )
    advice = "check how value added is split into labour and capital"
    return _beyond(sam.unit, ratio, limits, severity, advice)


def check_saving_rates(
    subject: Subject, *, limits: Limits = SAVING_RATES, severity: Severity = "warning"
) -> list[Finding]:
    """Households save a believable part of their disposable income.

    Arguments:
        subject: a SAM or a dataset.
        limits: smallest and largest believable rate.
        severity: of the findings.

    Returns:
        Households beyond the limits, sizes are rates. Disposable income is what households
        receive, drawings on wealth aside, less direct taxes.
    """
    sam = matrix_of(subject)
    income = _received(sam, HOUSEHOLD, without=(GOVERNMENT, TAX, INVESTMENT))
    disposable = income.sub(_net_paid(sam, HOUSEHOLD, GOVERNMENT, TAX), fill_value=0.0)
    saving = _net_paid(sam, HOUSEHOLD, INVESTMENT)
    ratio = _Ratio("saving_rates", HOUSEHOLD, saving, disposable, ("saving", "disposable income"))
    advice = "check the income and the consumption of these households"
    return _beyond(sam.unit, ratio, limits, severity, advice)


def _paid(sam: SAM, payer: str, *receivers: str, row: str | None = None) -> pd.Series:
    """Payments of accounts of one kind to those of others, by payer (region, account)."""
    frame = sam.frame
    match = (frame["col_kind"] == payer) & frame["row_kind"].isin(receivers)
    if row is not None:
        match &= frame["row"] == row
    return _by(frame[match], "col")


def _taxes(sam: SAM, payer: str, *, besides: str = "") -> pd.Series:
    """Taxes on production or on products less subsidies, by payer; one tax may be left out.

    What government pays for goods is no subsidy.
    """
    frame = sam.frame
    to_tax = frame["row_kind"].eq(TAX) & frame["row"].ne(besides)
    paid = frame[frame["col_kind"].eq(payer) & (to_tax | frame["row_kind"].eq(GOVERNMENT))]
    back = frame[frame["row_kind"].eq(payer) & frame["col_kind"].eq(TAX)]
    return _by(paid, "col").sub(_by(back, "row"), fill_value=0.0)


def _received(sam: SAM, receiver: str, *, without: Collection[str] = ()) -> pd.Series:
    """Receipts of accounts of a kind from all, or all but some kinds, by receiver."""
    frame = sam.frame
    return _by(frame[(frame["row_kind"] == receiver) & ~frame["col_kind"].isin(without)], "row")


def _net_paid(sam: SAM, payer: str, *receivers: str) -> pd.Series:
    """Payments of accounts of one kind to those of others less what comes back, by payer."""
    frame = sam.frame
    back = frame[(frame["row_kind"] == payer) & frame["col_kind"].isin(receivers)]
    return _paid(sam, payer, *receivers).sub(_by(back, "row"), fill_value=0.0)


def _by(frame: pd.DataFrame, side: str) -> pd.Series:
    sums = frame.groupby([f"{side}_region", side], sort=False)["value"].sum()
    return sums.rename_axis(["region", "account"])


@dataclass(frozen=True, eq=False)
class _Ratio:
    """A part of a base by account (region, name) of one kind; names of part and base."""

    check: str
    kind: str
    part: pd.Series
    base: pd.Series
    names: tuple[str, str]


def _beyond(
    unit: str, ratio: _Ratio, limits: Limits, severity: Severity, advice: str
) -> list[Finding]:
    """Accounts whose part of a base is beyond the limits, most money beyond first."""
    low, high = limits
    table = pd.concat({"part": ratio.part, "base": ratio.base}, axis=1).fillna(0.0)
    part, base = table["part"].to_numpy(float), table["base"].to_numpy(float)
    nothing = np.where(part == 0.0, 0.0, np.copysign(np.inf, part))
    rate = ratios.ratio(part, base, nothing)
    beyond = np.maximum(np.maximum(part - high * base, low * base - part), 0.0)  # money
    beyond[(base <= 0.0) & (part == 0.0)] = 0.0
    order = worst_first(beyond)
    return [
        Finding(
            ratio.check,
            severity,
            str(table.index[k][0]),
            (account := f"{table.index[k][0]}/{ratio.kind}/{table.index[k][1]}",),
            float(rate[k]),
            f"fraction of {ratio.names[1]}",
            f"{account}: {ratio.names[0]} of {amount(part[k])} {unit} on {ratio.names[1]} of "
            f"{amount(base[k])} is {rate[k]:.3g}, believable are {low:g} to {high:g}",
            advice,
        )
        for k in order[beyond[order] > _EDGE * np.abs(base[order])]
    ]
