"""Models written for MPSGE: their text declares a model of the language.

``translate`` reads what stands between ``$MODEL`` and ``$OFFTEXT``: sectors, commodities,
consumers, auxiliary variables, nests, taxes, endogenous taxes, rationing and constraints. Sets and
data are handed over as arrays. What it does not understand it names with its line.
"""

from cge.mpsge.errors import MPSGEError, MPSGEWarning
from cge.mpsge.translation import Translation, translate

__all__ = ["MPSGEError", "MPSGEWarning", "Translation", "translate"]
