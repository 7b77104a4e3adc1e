"""The accounts of a multi-regional social accounting matrix (SAM).

Every account is a triple (region, kind, name). Activities make commodities, factors earn value
added, institutions (households, enterprises, government, investment) receive and spend it, and the
rest of the world trades. Row receives, column pays.
"""

from __future__ import annotations

from typing import Final

ACTIVITY: Final = "activity"
COMMODITY: Final = "commodity"
FACTOR: Final = "factor"
TAX: Final = "tax"
HOUSEHOLD: Final = "household"
ENTERPRISE: Final = "enterprise"
GOVERNMENT: Final = "government"
INVESTMENT: Final = "investment"
"""Saving and investment: receives saving, buys capital goods."""
INVENTORY: Final = "inventory"
"""Changes in stocks, financed by the saving-investment account."""
TRADE: Final = "trade"
"""Domestic trade between regions through one account, where origin and destination are not told."""
REST_OF_WORLD: Final = "row"
TRANSFER: Final = "transfer"

KINDS: Final = (
    ACTIVITY,
    COMMODITY,
    FACTOR,
    TAX,
    HOUSEHOLD,
    ENTERPRISE,
    GOVERNMENT,
    INVESTMENT,
    INVENTORY,
    TRADE,
    TRANSFER,
    REST_OF_WORLD,
)
"""Kinds of account, in the order in which a SAM is printed."""

NATIONAL: Final = "CN"
"""Region of accounts that belong to the nation: central government, interregional capital."""

WORLD: Final = "ROW"
"""Region (and name) of the rest of the world."""

LABOUR: Final = "LAB"
CAPITAL: Final = "CAP"
PRODUCTION_TAX: Final = "OTX"
TARIFF: Final = "TAR"
RURAL: Final = "RUR"
URBAN: Final = "URB"
HOUSEHOLDS: Final = (RURAL, URBAN)
CENTRAL_GOVERNMENT: Final = "CGOV"
INTERREGIONAL_CAPITAL: Final = "ICA"
FUELS: Final = ("COL", "OIL", "GAS", "REF", "COK", "GDT")
"""Commodities that may be burnt, in model order."""

TECHNOLOGIES: Final = ("coal", "gas", "oil", "nuclear", "hydro", "wind", "solar", "biomass")
"""Generation technologies, in model order."""

SIGNED: Final = frozenset({(TAX, ACTIVITY)})
"""(row kind, column kind) whose flows may be negative: a production subsidy."""
