"""Accounts of any declared model: tables, comparisons, welfare, national accounts, decompositions.

Everything here reads equilibria (``cge.equilibrium``) and changes none. The short ways are methods
of ``Equilibrium``: ``to_dataset``, ``to_frame``, ``to_excel``, ``compare``, ``ev``, ``cv``.
"""

from cge.accounts.comparison import Comparison, compare
from cge.accounts.preferences import expenditure, price_index, utility
from cge.accounts.tables import to_dataset, to_excel, to_frame
from cge.accounts.variables import SUBJECTS, Variable, variables
from cge.accounts.welfare import compensating_variation, cost_of_living, equivalent_variation

__all__ = [
    "SUBJECTS",
    "Comparison",
    "Variable",
    "compare",
    "compensating_variation",
    "cost_of_living",
    "equivalent_variation",
    "expenditure",
    "price_index",
    "to_dataset",
    "to_excel",
    "to_frame",
    "utility",
    "variables",
]
