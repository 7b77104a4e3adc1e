"""The language: declare a general equilibrium model over named dimensions.

A model is a set of commodities (markets), activities (technologies) and agents (incomes). Each
activity and agent has a tree of CES and CET nests filled with base-year values, and everything else
follows. See ``Model``.
"""

from cge.language.declarations import (
    Activity,
    Agent,
    Auxiliary,
    Commodity,
    Reference,
    scale,
    shift,
)
from cge.language.dimensions import alias, subset
from cge.language.errors import DeclarationError
from cge.language.model import Model
from cge.language.nests import Leaf, Node, ces, cet, cobb_douglas, leontief, les
from cge.language.parameters import Parameter, Tax

__all__ = [
    "Activity",
    "Agent",
    "Auxiliary",
    "Commodity",
    "DeclarationError",
    "Leaf",
    "Model",
    "Node",
    "Parameter",
    "Reference",
    "Tax",
    "alias",
    "ces",
    "cet",
    "cobb_douglas",
    "leontief",
    "les",
    "scale",
    "shift",
    "subset",
]
