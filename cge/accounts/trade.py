r"""Trade of an area with its outside: exports, imports, and the terms of trade.

.. math:: TOT = \frac{P^X}{P^M} ,

price indices of what crosses the boundary outwards and inwards, at market prices (``area`` says
what crosses). Where all trade is in one foreign exchange at given world prices they do not move.
"""

from __future__ import annotations

from cge.accounts import lines
from cge.accounts.area import Area
from cge.accounts.indices import Index, IndexNumbers, index_numbers
from cge.equilibrium.result import Equilibrium


def export_index(new: Equilibrium, base: Equilibrium, where: Area) -> IndexNumbers:
    """Index numbers of exports of an area.

    Raises:
        DeclarationError: nothing is exported.
    """
    return index_numbers(new, base, lambda s: lines.exports(s, where), "what the area exports")


def import_index(new: Equilibrium, base: Equilibrium, where: Area) -> IndexNumbers:
    """Index numbers of imports of an area.

    Raises:
        DeclarationError: nothing is imported.
    """
    return index_numbers(new, base, lambda s: lines.imports(s, where), "what the area imports")


def terms_of_trade(new: Equilibrium, base: Equilibrium, where: Area) -> Index:
    """Export prices relative to import prices; above one, an import costs fewer exports.

    Raises:
        DeclarationError: nothing is exported, or nothing imported.
    """
    sold, bought = (f(new, base, where).price for f in (export_index, import_index))
    return Index(sold.laspeyres / bought.laspeyres, sold.paasche / bought.paasche)
