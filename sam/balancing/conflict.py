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

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import optimize, sparse

from sam.balancing.constraints import Constraints
from sam.balancing.feasibility import System, forced_to_zero
from sam.balancing.newton import Distance, account_totals
from sam.balancing.scaling import ACCEPTED, Solution, emptied, solve
from sam.errors import BalancingError

Array = npt.NDArray[np.float64]
Lines = npt.NDArray[np.int_]
Mask = npt.NDArray[np.bool_]

_SHOWN = 8
"""Totals of a conflict that a message lists."""

_LONGEST = 300
"""Totals in a conflict of which each is tried to be dropped."""

_ROUNDS = 60
"""Correction sets after which an irreducible set that may not be the smallest is given."""

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
    """

    labels: tuple[str, ...]
    targets: Array
    weights: Array
    most: float
    minimal: bool
    smallest: bool
    vanishing: tuple[int, ...] = ()

    def __str__(self) -> str:
        order = np.argsort(self.targets == 0.0, kind="stable")  # accounts after stated totals
        shown = [
            f"{self.weights[k]:+.4g} x {self.labels[k]} ({self.targets[k]:g})"
            for k in order[:_SHOWN]
        ]
        if len(self.labels) > _SHOWN:
            shown.append(f"and {len(self.labels) - _SHOWN} more")
        listed, sum_ = ", ".join(shown), float(self.weights @ self.targets)
        if self.vanishing:
            cells = ", ".join(map(str, self.vanishing[:_SHOWN]))
            more = ", ..." if len(self.vanishing) > _SHOWN else ""
            return (
                f"totals are only met with cells driven to zero: {len(self.vanishing)} cells "
                f"(numbers {cells}{more}) must vanish because of {listed}. Set these cells to zero "
                "in the prior if that is meant, else correct a total or make it soft"
            )
        kind = "a smallest set of totals" if self.smallest else "totals"
        return (
            f"{kind} in conflict: {listed}. With these weights their cells add up to at most "
            f"{self.most:.6g} at the signs of the prior, the totals to {sum_:.6g}. Correcting, "
            f"softening or dropping {'any one' if self.minimal else 'some'} of them resolves this "
            "conflict"
        )


def find_conflict(
    prior: npt.ArrayLike,
    constraints: Constraints,
    *,
    keep_signs: bool = True,
    fixed: Mask | None = None,
) -> Conflict | None:
    """A smallest set of totals that no cells of the prior's pattern can meet, if there is one.

    Hard totals take part, and soft ones whose error has a support, which they cannot miss by more.

    Arguments:
        prior: cells, a vector or a matrix.
        constraints: the totals.
        keep_signs: whether cells must keep their signs, zeros included; if not, only cells that
            are fixed stay.
        fixed: cells that keep their value; those that are zero if none are given.
    """
    cells = np.asarray(prior, dtype=float).ravel()
    system = System.of(cells, constraints, keep_signs, fixed)
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
        raise BalancingError(f"balance: {conflict}", conflict.labels)
    more = solve(distance, constraints, tol, max_steps - found.iterations, found.multipliers)
    found = more._replace(iterations=found.iterations + more.iterations)
    if found.miss > ACCEPTED:
        raise BalancingError(_unsettled(distance.prior, constraints, found))
    return found


def refuse_vanishing(prior: Array, constraints: Constraints, cells: Array) -> None:
    """Raise if cells vanish that no total of zero empties.

    Arguments:
        prior: cells before, flat.
        constraints: the totals.
        cells: cells after.

    Raises:
        BalancingError: the totals are only met with cells driven to zero.
    """
    gone = np.abs(cells) < _VANISHED * np.abs(prior)
    if not gone.any():
        return
    suspects = np.flatnonzero(gone & ~emptied(prior, constraints))
    conflict = find_vanishing(prior, constraints, suspects)
    if conflict is not None:
        raise BalancingError(f"balance: {conflict}", conflict.labels)


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
    for _ in range(_ROUNDS):
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
    result = optimize.milp(
        np.ones(used.size),
        integrality=np.ones(used.size),
        bounds=optimize.Bounds(0.0, 1.0),
        constraints=optimize.LinearConstraint(matrix, lb=1.0),
    )
    return np.asarray(used[result.x > 0.5])


def _unsettled(prior: Array, constraints: Constraints, found: Solution) -> str:
    """What stands in the way: hard totals that are missed, else soft ones that are missed most."""
    miss = np.abs(constraints.matrix @ found.cells - constraints.totals)
    account = account_totals(abs(constraints.matrix), constraints.totals, found.cells, prior)
    far = np.where(constraints.hard, miss / account, 0.0)
    unit, advice = "of its account", "Bring the prior nearer to these totals or give more steps"
    if far.max(initial=0.0) <= ACCEPTED:
        far = np.divide(miss, constraints.deviations, out=far, where=~constraints.hard)
        unit, advice = "standard deviations", "Give these soft totals larger errors or more steps"
    worst = np.argsort(-far, kind="stable")[:3]
    listed = ", ".join(
        f"{constraints.labels[k]} ({constraints.totals[k]:g}) by {far[k]:.2g} {unit}" for k in worst
    )
    return (
        f"balance: no solution after {found.iterations} steps, though the hard totals can be met. "
        f"Missed most: {listed}. {advice}"
    )
