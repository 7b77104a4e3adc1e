"""The accounts of a multi-regional social accounting matrix (SAM).

Every account is a triple (region, kind, name). Activities make commodities, factors earn value
added, institutions (households, enterprises, government, investment) receive and spend it, and the
rest of the world trades. Row receives, column pays. ``ROLES`` says what each kind stands for.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ACTIVITY: Final = "activity"
COMMODITY: Final = "commodity"
MARGIN: Final = "margin"
FACTOR: Final = "factor"
TAX: Final = "tax"
HOUSEHOLD: Final = "household"
ENTERPRISE: Final = "enterprise"
GOVERNMENT: Final = "government"
INVESTMENT: Final = "investment"
INVENTORY: Final = "inventory"
TRADE: Final = "trade"
TRANSFER: Final = "transfer"
REST_OF_WORLD: Final = "row"

ROLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        ACTIVITY: "makes goods and services: sells output, buys inputs, pays factors and taxes",
        COMMODITY: "a good's market in a region: buys from activities and abroad, sells to users",
        MARGIN: "trade and transport: paid by goods that are moved, spent on what moves them",
        FACTOR: "labour, capital or land: earned by activities, paid on to its owners",
        TAX: "collects one tax less subsidies, paid on to a government",
        HOUSEHOLD: "receives factor income and transfers, consumes, pays tax, saves",
        ENTERPRISE: "receives capital income, distributes it, pays tax, retains the rest",
        GOVERNMENT: "receives taxes and transfers, consumes, transfers, saves",
        INVESTMENT: "saving and investment: receives saving, buys capital goods",
        INVENTORY: "changes in stocks, financed by the saving-investment account",
        TRADE: "domestic trade through one account, where origin and destination are not told",
        TRANSFER: "income or capital passed on between regions",
        REST_OF_WORLD: "abroad: sells imports, buys exports, lends the difference",
    }
)
"""What each kind of account stands for, in the order in which a SAM is printed."""

KINDS: Final = tuple(ROLES)
"""Kinds of account, in the order in which a SAM is printed."""

NATIONAL: Final = "CN"
"""Region of accounts that belong to the nation: central government, interregional capital."""

WORLD: Final = "ROW"
"""Region (and name) of the rest of the world."""

HOME: Final = "Home"
"""Region of the accounts of a single economy that nobody names."""

LABOUR: Final = "LAB"
CAPITAL: Final = "CAP"
PRODUCTION_TAX: Final = "OTX"
TARIFF: Final = "TAR"
RURAL: Final = "RUR"
URBAN: Final = "URB"
HOUSEHOLDS: Final = (RURAL, URBAN)
PROVINCIAL_GOVERNMENT: Final = "GOV"
CENTRAL_GOVERNMENT: Final = "CGOV"
INVESTOR: Final = "INV"
STOCKS: Final = "STK"
INTERREGIONAL_CAPITAL: Final = "ICA"
FUELS: Final = ("COL", "OIL", "GAS", "REF", "COK", "GDT")
"""Commodities that may be burnt in the classification of the project, in model order; those of a
dataset are its ``roles.fuels``."""

ELECTRICITY: Final = "ELE"
"""Electricity in the classification of the project; that of a dataset is ``roles.electricity``."""

TECHNOLOGIES: Final = ("coal", "gas", "oil", "nuclear", "hydro", "wind", "solar", "biomass")
"""Generation technologies, in model order."""

SIGNED: Final = frozenset({(TAX, ACTIVITY), (TAX, COMMODITY), (COMMODITY, INVENTORY)})
"""(row kind, column kind) of payments that may be negative: taxes less subsidies on production and
on products, and goods taken out of stocks (SNA 2008, chapters 7 and 10)."""

COMPONENTS = ("LAB", "NTX", "CAP")
"""Components of value added of a national table: compensation, net production tax, depreciation
with operating surplus."""

USES = (*HOUSEHOLDS, "GOV", "FIX", "STK")
"""Final uses of a national table: rural and urban households, government, fixed capital, changes in
stocks."""

EXPORTS, IMPORTS = "EX", "IM"
"""Columns of foreign trade of a national table."""
