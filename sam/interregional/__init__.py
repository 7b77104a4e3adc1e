"""Trade between regions, assembled from each region's total sales to and purchases from the others.

A regional table tells how much of a commodity leaves for, and comes from, other regions, but not
which. ``assemble`` reconciles the totals over the nation, asks a prior for the pattern (gravity,
borders, a published matrix, proportion) and fits it by RAS, so that what ``a`` sells to ``b`` is
what ``b`` buys from ``a``.
"""

from sam.interregional.assembly import BilateralTrade, assemble, route
from sam.interregional.distance import EARTH_RADIUS_KM, great_circle_distance
from sam.interregional.margins import PurchaserTrade, add_margins
from sam.interregional.priors import Contiguity, Given, Gravity, Prior, Proportional, Proximity
from sam.interregional.totals import (
    RULES,
    TotalsRule,
    add_rest,
    cap_share,
    outflow_weight,
    reconcile_totals,
)

__all__ = [
    "EARTH_RADIUS_KM",
    "RULES",
    "BilateralTrade",
    "Contiguity",
    "Given",
    "Gravity",
    "Prior",
    "Proportional",
    "Proximity",
    "PurchaserTrade",
    "TotalsRule",
    "add_margins",
    "add_rest",
    "assemble",
    "cap_share",
    "great_circle_distance",
    "outflow_weight",
    "reconcile_totals",
    "route",
]
