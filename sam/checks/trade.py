r"""Checks of trade between regions: what one sells to another is what the other buys from it.

.. math:: \text{outflow}_{a \to b, i} = \text{inflow}_{b \leftarrow a, i} , \qquad
          \sum_a \text{outflow}_{a, i} = \sum_b \text{inflow}_{b, i}

Where one payment, activity of a from commodity of b, books both sides the mirror holds by itself,
and only purchases past the markets can be wrong. Accounts of domestic trade book the two sides
apart: one between two regions (``a/trade/b``) must pass on by commodity what it takes in, and one
that leaves the partner open (``CN/trade/...``) must do so over the nation.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sam.accounts import (
    ACTIVITY,
    COMMODITY,
    ENTERPRISE,
    GOVERNMENT,
    HOUSEHOLD,
    INVENTORY,
    INVESTMENT,
    MARGIN,
    NATIONAL,
    TRADE,
)
from sam.checks.finding import Finding, Severity, Subject, amount, matrix_of, payment_findings
from sam.dataset import ROUNDING
from sam.matrix import SAM
from sam.ranking import worst_first

_MARKETS = (ACTIVITY, COMMODITY)
_USERS = (ACTIVITY, HOUSEHOLD, ENTERPRISE, GOVERNMENT, INVESTMENT, INVENTORY, MARGIN)
_LANE = ["origin", "destination", "commodity"]


def check_trade_mirror(
    subject: Subject, *, tolerance: float = ROUNDING, severity: Severity = "error"
) -> list[Finding]:
    """Domestic outflow and inflow agree by commodity, between two regions or over the nation.

    The SAM of a single region does not hold the other side of its trade, so it is not judged.

    Arguments:
        subject: a SAM or a dataset.
        tolerance: largest difference, relative to the larger side, that counts as rounding.
        severity: of the findings.

    Returns:
        Pairs of regions and commodities (or commodities of the nation) whose sides differ, the
        largest difference first; sizes are outflow less inflow.
    """
    sam = matrix_of(subject)
    if len(sam.regions) < 2:
        return []
    sides = {"sold": _lanes(sam, "row"), "bought": _lanes(sam, "col")}
    table = pd.concat(sides, axis=1).fillna(0.0)
    sold, bought = table["sold"].to_numpy(float), table["bought"].to_numpy(float)
    gap = sold - bought
    order = worst_first(gap)
    apart = np.abs(gap) > tolerance * np.maximum(np.abs(sold), np.abs(bought))
    return [
        _mirror_finding(sam, severity, table.index[k], sold[k], bought[k])
        for k in order[apart[order]]
    ]


def check_own_trade(subject: Subject, *, severity: Severity = "error") -> list[Finding]:
    """No region trades with itself: what it sells at home is no outflow.

    Arguments:
        subject: a SAM or a dataset.
        severity: of the findings.

    Returns:
        Payments through an account of domestic trade of a region with itself, the largest first.
    """
    sam = matrix_of(subject)
    frame = sam.frame
    own = np.zeros(len(frame), dtype=bool)
    for side in ("row", "col"):
        region = frame[f"{side}_region"]
        same = (region == frame[side]) & region.isin(sam.regions)
        own |= ((frame[f"{side}_kind"] == TRADE) & same).to_numpy()
    return payment_findings(
        frame[own],
        "own_trade",
        severity,
        sam.unit,
        "is trade of a region with itself",
        "book it as sales of the region's activity in its own market",
    )


def check_purchases_across_regions(
    subject: Subject, *, severity: Severity = "error"
) -> list[Finding]:
    """Users buy in the market of their own region, which buys in others.

    Arguments:
        subject: a SAM or a dataset.
        severity: of the findings.

    Returns:
        Payments of users to activities and commodities of another region, the largest first.
    """
    sam = matrix_of(subject)
    frame = sam.frame
    apart = frame["row_region"] != frame["col_region"]
    own = frame["row_region"].isin(sam.regions) & frame["col_region"].isin(sam.regions)
    direct = frame["row_kind"].isin(_MARKETS) & frame["col_kind"].isin(_USERS)
    return payment_findings(
        frame[apart & own & direct],
        "purchases_across_regions",
        severity,
        sam.unit,
        "passes by the market of the buyer's region",
        "book it as inflow: commodity of the buyer's region from activity of the seller's",
    )


def _lanes(sam: SAM, market: str) -> pd.Series:
    """What flows through trade accounts by origin, destination and commodity.

    The side ``market`` of a payment is the activity or commodity, ``row`` where it sells and
    ``col`` where it buys; the other side is the account of trade.
    """
    account = "col" if market == "row" else "row"
    frame = sam.frame
    part = frame[frame[f"{market}_kind"].isin(_MARKETS) & (frame[f"{account}_kind"] == TRADE)]
    region = part[f"{market}_region"].to_numpy(object)
    ends = part[[f"{account}_region", account]].to_numpy(object)  # payment, end
    known = np.isin(ends, sam.regions).all(axis=1) & (ends == region[:, None]).any(axis=1)
    partner = np.where(ends[:, 0] == region, ends[:, 1], ends[:, 0])
    own = np.where(known, region, NATIONAL)
    other = np.where(known, partner, NATIONAL)
    lane = [own, other] if market == "row" else [other, own]
    keys = pd.DataFrame(dict(zip(_LANE, [*lane, part[market].to_numpy(object)], strict=True)))
    return part["value"].groupby([keys[name].to_numpy() for name in _LANE]).sum().rename_axis(_LANE)


def _mirror_finding(
    sam: SAM, severity: Severity, lane: tuple[str, str, str], sold: float, bought: float
) -> Finding:
    origin, destination, good = lane
    if origin == destination == NATIONAL:
        where = (
            f"{good} over the nation: regions sell {amount(sold)} to others and buy "
            f"{amount(bought)}"
        )
    else:
        where = (
            f"{good}: {origin} sells {amount(sold)} to {destination}, which buys {amount(bought)} "
            f"from {origin}"
        )
    return Finding(
        "trade_mirror",
        severity,
        destination,
        tuple(dict.fromkeys(f"{region}/{COMMODITY}/{good}" for region in (origin, destination))),
        sold - bought,
        sam.unit,
        f"{where}, {sam.unit}",
        "reconcile the two sides before balancing (sam.interregional)",
    )
