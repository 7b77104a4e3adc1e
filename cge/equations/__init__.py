"""The equations of a declared model, in symbols: as text, as LaTeX, with numbers.

What is printed is what is solved: ``Numbers`` evaluates the printed formulas, and the tests hold
them against the engine's conditions.
"""

from cge.equations.equation import Equation, Equations
from cge.equations.numbers import Numbers
from cge.equations.tables import tables
from cge.equations.verbs import equations

__all__ = ["Equation", "Equations", "Numbers", "equations", "tables"]
