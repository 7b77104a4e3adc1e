r"""Totals that contradict each other: a smallest set of them, and what it says.

Whether any cells with the signs and zeros of the prior meet the totals is a linear program. If none
do, Farkas' lemma gives weights y with

.. math:: \sum_k y_k A_{ki} x_i \le 0 \; \text{for every cell's sign} , \qquad
          \sum_k y_k b_k > 0 ;

the totals with a weight are in conflict. Those without which the rest is still in conflict are
dropped one by one, which leaves an irreducible set; a smallest one hits every correction set
(totals whose removal lets the others be met), and is found as the smallest hitting set of the
correction sets seen so far that is itself in conflict (Ignatiev et al. 2015).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy
from scipy import sparse

from sam.balancing.axes import alike, axes_of, headed
from sam.balancing.constraints import Constraints, matched
from sam.balancing.feasibility import System, forced_to_zero
from sam.balancing.newton import Distance, account_totals
from sam.balancing.scaling import ACCEPTED, Solution, emptied, solve
from sam.errors import BalancingError
from sam.ranking import worst_first
from sam.ratios import ratio

Array = npt.NDArray[np.float64]
Lines = npt.NDArray[np.int_]
Mask = npt.NDArray[np.bool_]

_SHOWN = 8
"""Totals of a conflict that a message lists."""

_LONGEST = 300
"""Totals in a conflict of which each is tried to be dropped."""

_ROUNDS = 60
"""Correction sets after which an irreducible set that may not be the smallest is given."""

_EFFORT = 300_000
"""Correction sets times cells in all totals: fewer rounds where the totals are many and long."""

_PATIENCE = 25
"""Steps after which the totals are examined."""

_VANISHED = 1e-9
"""A cell that shrinks below this share of its prior may be on its way to zero."""


@dataclass(frozen=True, eq=False)
class Conflict:
    """Totals that cannot be met together.

    Attributes:
        labels: the totals in conflict.
        targets: their values.
        weights: multipliers with which they contradict each other, scaled to at most one.
        most: the most to which their cells, added with these weights, can come.
        minimal: whether all are needed: without any one of them the others can be met together.
        smallest: whether no conflict of fewer totals exists.
        vanishing: cells that the totals force to zero; if there are any, the totals can be met, but
            only at zeros that the prior does not have.
        names: names of these cells, where they have any.
    """

    labels: tuple[str, ...]
    targets: Array
    weights: Array
    most: float
    minimal: bool
    smallest: bool
    vanishing: tuple[int, ...] = ()
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.vanishing:
            return self._vanishing()
        kind = "a smallest set of totals" if self.smallest else "totals"
        excess = float(self.weights @ self.targets) - self.most
        together = "taken together they ask" if len(self.labels) > 1 else "it asks"
        return (
            f"{kind} in conflict: {self._words()}; {together} for {excess:.6g} more than any table "
            "with the prior's signs and zeros can give. Correcting, softening or dropping "
            f"{'any one' if self.minimal else 'some'} of them resolves this conflict"
        )

    def _words(self) -> str:
        """The totals by side: what is asked for, and what allows less."""
        more, less = (self._listed(np.flatnonzero(side)) for side in self._sides())
        accounts = self._listed(np.flatnonzero(self.targets == 0.0))
        given = f", given {accounts}" if accounts else ""
        if more and less and self._nested():
            verb = "is" if " and " not in more else "are"
            return f"{more} {verb} asked of cells that come to {less}{given}"
        against = " against ".join(side for side in (more, less) if side)
        return f"{against}{given}" if against else accounts

    def _sides(self) -> tuple[Mask, Mask]:
        """Totals other than zero that ask for more than the others allow, and these others."""
        pull = self.weights * self.targets
        return pull > 0.0, pull < 0.0

    def _nested(self) -> bool:
        """Whether sums of money exceed others of which they are parts."""
        plain = np.allclose(np.abs(self.weights), 1.0) and bool((self.targets >= 0.0).all())
        return plain and abs(self.most) <= 1e-9 * float(np.abs(self.targets).max(initial=0.0))

    def _listed(self, lines: Lines) -> str:
        """Totals with their weights, where these are not one."""
        shown = [
            (f"{abs(self.weights[k]):.4g} x " if abs(abs(self.weights[k]) - 1.0) > 1e-9 else "")
            + f"{self.targets[k]:g} ({self.labels[k]})"
            for k in lines[:_SHOWN]
        ]
        if lines.size > _SHOWN:
            shown.append(f"{lines.size - _SHOWN} more")
        return " and ".join([part for part in (", ".join(shown[:-1]), *shown[-1:]) if part])

    def _vanishing(self) -> str:
        """What forces cells to zero."""
        count = len(self.vanishing)
        cells = ", ".join(map(str, self.names[:_SHOWN] or self.vanishing[:_SHOWN]))
        more = ", ..." if count > _SHOWN else ""
        what = "" if self.names else "number " if count == 1 else "numbers "
        stated = np.argsort(self.targets == 0.0, kind="stable")  # accounts after stated totals
        return (
            f"totals are only met with cells driven to zero: {count} "
            f"{'cell' if count == 1 else 'cells'} ({what}{cells}{more}) must vanish because of "
            f"{self._listed(stated)}. Set {'this cell' if count == 1 else 'these cells'} to zero "
            "in the prior if that is meant, else correct a total or make it soft"
        )


def find_conflict(
    prior: npt.ArrayLike | pd.DataFrame | pd.Series,
    constraints: Constraints,
    *,
    keep_signs: bool = True,
    fixed: npt.ArrayLike | pd.DataFrame | pd.Series | None = None,
) -> Conflict | None:
    """A smallest set of totals that no cells of the prior's pattern can meet, if there is one.

    Hard totals take part, and soft ones whose error has a support, which they cannot miss by more.

    Arguments:
        prior: cells, a vector or a matrix.
        constraints: the totals.
        keep_signs: whether cells must keep their signs, zeros included; if not, only cells that
            are fixed stay.
        fixed: cells that keep their value; those that are zero if none are given.

    Raises:
        BalancingError: labels or size of the prior are not those of the totals.
    """
    with headed("find_conflict"):
        given, constraints = matched(prior, constraints)
        still = None
        if fixed is not None:
            still = alike(fixed, axes_of(prior), "fixed cells").ravel() != 0.0
    system = System.of(given.ravel(), constraints, keep_signs, still)
    everything = np.arange(len(system.totals))
    certificate = system.certificate(everything)
    if certificate is None:
        return None
    found, settled = _irreducible(system, everything[certificate != 0.0])
    found, smallest = _smallest(system, found) if settled else (found, False)
    weights = system.certificate(found)
    assert weights is not None
    return _conflict(constraints, system, found, weights, (settled, smallest))


def find_vanishing(
    prior: npt.ArrayLike, constraints: Constraints, suspects: Lines
) -> Conflict | None:
    """Totals that force cells to zero which the prior has, if there are any.

    Arguments:
        prior: cells, a vector or a matrix.
        constraints: the totals.
        suspects: numbers of the cells that may be forced to zero.
    """
    cells = np.asarray(prior, dtype=float).ravel()
    system = System.of(cells, constraints, keep_signs=True, fixed=None)
    vanishing, weights = forced_to_zero(system, suspects)
    if not vanishing.size:
        return None
    lines = np.flatnonzero(np.abs(weights) > 1e-7 * np.abs(weights).max(initial=0.0))
    found = _conflict(constraints, system, lines, weights[lines], (False, False))
    return replace(found, vanishing=tuple(map(int, vanishing)))


def pursue(
    distance: Distance,
    constraints: Constraints,
    tol: float,
    max_steps: int,
    *,
    start: Array | None = None,
    keep_signs: bool = True,
    fixed: Mask | None = None,
) -> Solution:
    """Solve, but look for a conflict of the totals when that takes long or fails.

    Arguments:
        distance: distance of the cells from their prior.
        constraints: the totals.
        tol: largest miss of a total relative to its account.
        max_steps: limit on the steps.
        start: multipliers to start from, zero if none are given.
        keep_signs: whether cells must keep their signs, zeros included.
        fixed: cells that keep their value; those that are zero if none are given.

    Raises:
        BalancingError: the totals are in conflict, or no solution was found.
    """
    found = solve(distance, constraints, tol, min(_PATIENCE, max_steps), start)
    if found.miss <= ACCEPTED:
        return found
    conflict = find_conflict(distance.prior, constraints, keep_signs=keep_signs, fixed=fixed)
    if conflict is not None:
        raise BalancingError(str(conflict), conflict.labels)
    more = solve(distance, constraints, tol, max_steps - found.iterations, found.multipliers)
    found = more._replace(iterations=found.iterations + more.iterations)
    if found.miss > ACCEPTED:
        raise BalancingError(_unsettled(distance.prior, constraints, found))
    return found


def vanished(prior: Array, cells: Array) -> Mask:
    """Cells that are on their way to zero, or there.

    Arguments:
        prior: cells before.
        cells: cells after.
    """
    return np.asarray(np.abs(cells) < _VANISHED * np.abs(prior))


def refuse_vanishing(
    prior: Array,
    constraints: Constraints,
    cells: Array,
    name: Callable[[int], object] | None = None,
) -> None:
    """Raise if cells vanish that no total of zero empties.

    Arguments:
        prior: cells before, flat.
        constraints: the totals.
        cells: cells after.
        name: gives the name of a cell by its number, for the message.

    Raises:
        BalancingError: the totals are only met with cells driven to zero.
    """
    gone = vanished(prior, cells)
    if not gone.any():
        return
    suspects = np.flatnonzero(gone & ~emptied(prior, constraints))
    if not suspects.size:
        return
    conflict = find_vanishing(prior, constraints, suspects)
    if conflict is not None:
        if name is not None:
            conflict = replace(conflict, names=tuple(str(name(k)) for k in conflict.vanishing))
        raise BalancingError(str(conflict), conflict.labels)


def _conflict(
    constraints: Constraints,
    system: System,
    lines: Lines,
    weights: Array,
    proven: tuple[bool, bool],
) -> Conflict:
    numbers = system.numbers[lines]
    scaled = weights / system.sizes[lines]
    scaled = scaled / np.max(np.abs(scaled), initial=1e-300)
    return Conflict(
        tuple(constraints.labels[k] for k in numbers),
        constraints.totals[numbers],
        scaled,
        system.most(lines, scaled),
        *proven,
    )


def _irreducible(system: System, lines: Lines) -> tuple[Lines, bool]:
    """Drop totals without which the rest is still in conflict, and whether all were tried."""
    if lines.size > _LONGEST:
        return lines, False
    k = 0
    while k < lines.size:
        rest = np.delete(lines, k)
        certificate = system.certificate(rest)
        if certificate is None:
            k += 1
        else:
            lines = rest[certificate != 0.0]
    return lines, True


def _smallest(system: System, irreducible: Lines) -> tuple[Lines, bool]:
    """A smallest set in conflict, and whether it is known to be one."""
    corrections: list[Lines] = []
    for _ in range(min(_ROUNDS, _EFFORT // max(system.matrix.nnz, 1))):
        candidate = _hitting(corrections)
        if candidate.size >= irreducible.size:
            return irreducible, True
        if candidate.size and system.certificate(candidate) is not None:
            return candidate, True
        correction = system.correction(candidate)
        if not correction.size:
            break
        corrections.append(correction)
    return irreducible, False


def _hitting(sets: list[Lines]) -> Lines:
    """A smallest set of totals with a member in each of the sets."""
    if not sets:
        return np.empty(0, dtype=int)
    rows = np.concatenate([np.full(found.size, k) for k, found in enumerate(sets)])
    used, columns = np.unique(np.concatenate(sets), return_inverse=True)
    matrix = sparse.csr_array((np.ones(rows.size), (rows, columns)), shape=(len(sets), used.size))
    result = scipy.optimize.milp(
        np.ones(used.size),
        integrality=np.ones(used.size),
        bounds=scipy.optimize.Bounds(0.0, 1.0),
        constraints=scipy.optimize.LinearConstraint(matrix, lb=1.0),
    )
    return np.asarray(used[result.x > 0.5])


def _unsettled(prior: Array, constraints: Constraints, found: Solution) -> str:
    """What stands in the way: hard totals that are missed, else soft ones that are missed most."""
    miss = np.abs(constraints.matrix @ found.cells - constraints.totals)
    account = account_totals(abs(constraints.matrix), constraints.totals, found.cells, prior)
    far = np.where(constraints.hard, miss / account, 0.0)
    unit, advice = "of its account", "Bring the prior nearer to these totals or give more steps"
    if far.max(initial=0.0) <= ACCEPTED:
        far = ratio(miss, constraints.deviations, far, where=~constraints.hard)
        unit, advice = "standard deviations", "Give these soft totals larger errors or more steps"
    worst = worst_first(far)[:3]
    listed = ", ".join(
        f"{constraints.labels[k]} ({constraints.totals[k]:g}) by {far[k]:.2g} {unit}" for k in worst
    )
    return (
        f"no solution after {found.iterations} steps, though the hard totals can be met. "
        f"Missed most: {listed}. {advice}"
    )
