"""One compiled model for many runs: baseline, scenarios, draws of assumptions, sessions.

Parameters are arguments of the compiled code, so what is compiled depends on the structure of a
setting and not on its numbers. Models are kept by structure; a run whose numbers are others than
those the model was first declared with hands its own to the same code. Its plan of elimination is
that of the first, which may change results within rounding.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cge.equilibrium import Options, Solver
from cge.equilibrium.benchmark import check_benchmark
from cge.equilibrium.state import Unknowns
from cge.m3c.closures import Closure, chosen
from cge.m3c.model import Economy, declare
from cge.setting import Setting, Structure

Array = npt.NDArray[np.float64]

YEARLY = Options(tolerance=1e-10, chord=0.3, rounds=25, creep=3, patience=8)
"""Years start close to their solution: fewer factorisations, more steps with each, and another
start where that leads nowhere soon."""

KEPT = 8
"""Compiled models that are kept; the one used longest ago goes first."""

_SHELF: OrderedDict[tuple[Structure, tuple[Closure, ...]], Compiled] = OrderedDict()
"""Compiled models by structure, and by what its closures mean."""


@dataclass(frozen=True, eq=False)
class Numbers:
    """The base year of a setting as parameters of a compiled model.

    Attributes:
        base: all parameters by name, but for products.
        changes: those to hand to the solver, none where they are the model's own.
        start: unknowns at the benchmark, None for the model's own.
    """

    base: Mapping[str, Array]
    changes: Mapping[str, Array]
    start: Unknowns | None


@dataclass(frozen=True, eq=False)
class Compiled:
    """A declared model with its solver.

    Attributes:
        economy: the model and its blocks.
        solver: compiled on its first solve.
        fingerprint: of the numbers it was declared with.
    """

    economy: Economy
    solver: Solver
    fingerprint: str

    def numbers(self, setting: Setting) -> Numbers:
        """The base year of a setting for this model.

        Raises:
            DeclarationError: the benchmark is no equilibrium.
        """
        economy = self.economy
        if fingerprint(setting) == self.fingerprint:
            return Numbers(economy.independent(self.solver.base), {}, None)
        structure, removal = economy.structure, setting.assumptions.removal
        own = declare(setting.benchmark, removal, structure, numerically=False)
        values = own.model.values()
        state = check_benchmark(economy.model, values=values)
        base = economy.independent(values)
        return Numbers(base, base, state.unknowns)


def compiled(setting: Setting, structure: Structure) -> Compiled:
    """The compiled model of a structure, declared where there is none yet.

    Raises:
        closures.ClosureError: the closure does not determine what it frees.
    """
    key = structure, chosen(structure.closure or ())
    if key not in _SHELF:
        economy = declare(setting.benchmark, setting.assumptions.removal, structure)
        solver = Solver(economy.model, options=YEARLY)
        _SHELF[key] = Compiled(economy, solver, fingerprint(setting))
        if len(_SHELF) > KEPT:
            _SHELF.popitem(last=False)
    _SHELF.move_to_end(key)
    return _SHELF[key]


def fingerprint(setting: Setting) -> str:
    """A hash of all numbers that a model is declared with."""
    b, removal = setting.benchmark, setting.assumptions.removal
    digest = hashlib.sha256(removal.content.encode())
    for array in (b.array(name) for name in b.quantities()):
        digest.update(np.ascontiguousarray(array, float).tobytes())
    return digest.hexdigest()
