"""The language: declare a general equilibrium model over named dimensions.

A model is a set of commodities (markets), activities (technologies) and agents (incomes). Each
activity and agent has a tree of CES and CET nests filled with base-year values, and everything else
follows. See ``Model``.
"""

from cge.language.declarations import (
    Activity,
    Agent,
    Auxiliary,
    Budget,
    Commodity,
    Endowment,
    Gift,
    Reference,
)
from cge.language.dimensions import alias, letters_of, subset
from cge.language.errors import DeclarationError, LetterWarning
from cge.language.model import Model
from cge.language.nests import (
    Leaf,
    Node,
    aces,
    acet,
    aidads,
    cde,
    ces,
    cet,
    cobb_douglas,
    leontief,
    les,
)
from cge.language.parameters import Parameter, Parameters, Tax
from cge.language.rules import Reading, Rule, add, scale, shift
from cge.language.swaps import Fixed, Freed, Quantity, Swap
from cge.language.trees import BoundLeaf, BoundNode, Tree

__all__ = [
    "Activity",
    "Agent",
    "Auxiliary",
    "BoundLeaf",
    "BoundNode",
    "Budget",
    "Commodity",
    "DeclarationError",
    "Endowment",
    "Fixed",
    "Freed",
    "Gift",
    "Leaf",
    "LetterWarning",
    "Model",
    "Node",
    "Parameter",
    "Parameters",
    "Quantity",
    "Reading",
    "Reference",
    "Rule",
    "Swap",
    "Tax",
    "Tree",
    "aces",
    "acet",
    "add",
    "aidads",
    "alias",
    "cde",
    "ces",
    "cet",
    "cobb_douglas",
    "leontief",
    "les",
    "letters_of",
    "scale",
    "shift",
    "subset",
]
