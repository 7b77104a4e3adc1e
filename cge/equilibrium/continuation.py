r"""Curves of equilibria, followed around their turning points, with kinks that are smoothed.

While parameters move from :math:`\theta_0` to :math:`\theta_1`, equilibria form a curve

.. math:: H(u, s) = F_{\tau(s)}(u;\, \theta(s)) = 0 , \qquad \tau(s) = 4 \tau_0\, s (1 - s) ,

that need not go on in s: prices that fall while a debt grows may turn it back for a while. It is
followed by its length instead (Keller 1977; Allgower and Georg 1990): a step along its tangent,
:math:`(H_u, H_s)\, t = 0`, and Newton's method back to it at right angles to t. Its kinks, where
technologies start or prices reach zero, are smoothed on the way (``ipopt``) and sharp at both ends.

H. Keller, "Numerical solution of bifurcation and nonlinear eigenvalue problems", in: Applications
of Bifurcation Theory, 1977. E. Allgower and K. Georg, "Numerical Continuation Methods", 1990.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np

from cge.equilibrium.axes import Traced
from cge.equilibrium.effort import Effort
from cge.equilibrium.ipopt import SMOOTH, System
from cge.equilibrium.state import Unknowns

WIDTH, SHARP = 1e-2, 1e-6
"""Widths of the kinks half way, and at both ends."""

FIRST, LONGEST, SHORTEST = 0.05, 1.0, 1e-6
"""Length of the first step, in logs and shares of the way, of the longest one, and of the one at
which a curve is given up."""

NEAR = 1e-7
"""Largest residual on a curve."""

CORRECTIONS = 6
"""Most Newton steps back to the curve."""

QUICK, SLOW = 2, 5
"""Steps back after which the next step is longer, and shorter."""

BACK = -0.3
"""Share of the way at which a curve leads away from its end for good."""

Vector = np.ndarray
Values = Mapping[str, Traced]


def between(base: Values, values: Values, share: float) -> dict[str, np.ndarray]:
    """Parameters on the straight way from a base, on which flows that balance go on balancing.

    Arguments:
        base: parameters at share zero.
        values: parameters at share one.
        share: any; beyond these two nothing moves.
    """
    inside = min(max(share, 0.0), 1.0)
    return {
        name: (1.0 - inside) * np.asarray(base[name]) + inside * np.asarray(value)
        for name, value in values.items()
    }


@dataclass(frozen=True, eq=False)
class Curve:
    """Points (u, s) at which the conditions hold, as vectors of live unknowns and the share.

    Attributes:
        system: the conditions of the model.
        values: all parameters by share of the way, products worked out.
        origin: all unknowns where it begins.
        live: which of them matter.
    """

    system: System
    values: Callable[[float], Values]
    origin: Vector
    live: np.ndarray

    def residual(self, at: Vector) -> Vector:
        """How far the conditions are from holding at a point."""
        whole = self.system.compiled(self.whole(at), *self._others(at[-1]))
        return np.asarray(whole)[self.live]

    def slopes(self, at: Vector) -> np.ndarray:
        """Derivatives of the conditions in unknowns and share (condition, unknown)."""
        matrix = self.system.derivatives(self.whole(at), *self._others(at[-1]))
        own = np.asarray(matrix).T[np.ix_(self.live, self.live)]
        step = np.zeros(len(at))
        step[-1] = 1e-7 if at[-1] < 0.5 else -1e-7  # never beyond either end
        along = (self.residual(at + step) - self.residual(at)) / step[-1]
        return np.column_stack([own, along])

    def whole(self, at: Vector) -> Vector:
        """All unknowns at a point."""
        full = self.origin.copy()
        full[self.live] = at[:-1]
        return full

    def unknowns(self, at: Vector) -> Unknowns:
        """All unknowns at a point, by key."""
        return self.system.split(self.whole(at))

    def _others(self, share: float) -> tuple[Values, Traced, Traced]:
        width = 4.0 * WIDTH * max(share * (1.0 - share), 0.0) + SHARP
        return self.values(share), jnp.asarray(width), jnp.full(len(self.origin), SMOOTH)


def follow(curve: Curve, effort: Effort, most: float) -> tuple[float, Vector]:
    """Follow a curve from share zero to one; the share at which it ended, and the point.

    Arguments:
        curve: the curve.
        effort: what it may cost, and has cost: a round is a factorisation.
        most: rounds of all attempts at which it ends.
    """
    upward = np.append(np.zeros(int(curve.live.sum())), 1.0)
    begun = _back_to_curve(curve, np.append(curve.origin[curve.live], 0.0), upward, effort)
    if begun is None:
        return 0.0, np.append(curve.origin[curve.live], 0.0)
    (at, _), tangent, length = begun, upward, FIRST
    while length > SHORTEST and at[-1] > BACK and not effort.spent and effort.rounds < most:
        direction = _direction(curve, at, tangent, effort)
        if direction is None:
            break
        tangent = direction
        rest = (1.0 - at[-1]) / tangent[-1] if tangent[-1] > 0.0 else np.inf
        ends = rest <= length
        guess = at + min(length, rest) * tangent
        found = _back_to_curve(curve, guess, upward if ends else tangent, effort)
        if found is None or found[0][-1] > 1.0 + NEAR:
            length *= 0.35
            continue
        at, steps = found
        if ends:
            return 1.0, at
        length *= 2.0 if steps <= QUICK else 0.6 if steps >= SLOW else 1.0
        length = min(length, LONGEST)
    return float(at[-1]), at


def _direction(curve: Curve, at: Vector, last: Vector, effort: Effort) -> Vector | None:
    """The tangent of unit length that goes on in the last one's direction."""
    effort.rounds += 1
    found = _solved(np.vstack([curve.slopes(at), last]), np.append(np.zeros(len(at) - 1), 1.0))
    return None if found is None else found / np.linalg.norm(found)


def _back_to_curve(
    curve: Curve, guess: Vector, normal: Vector, effort: Effort
) -> tuple[Vector, int] | None:
    """The point of the curve in the plane through a guess, and the steps there; None if far."""
    at, last = guess.copy(), np.inf
    for steps in range(CORRECTIONS + 1):
        off = np.append(curve.residual(at), normal @ (at - guess))
        if np.abs(off).max() < NEAR:
            return at, steps
        effort.rounds += 1
        step = _solved(np.vstack([curve.slopes(at), normal]), -off)
        if step is None or np.abs(step).max() > min(0.7 * last, 1.0):
            return None
        at, last = at + step, float(np.abs(step).max())
    return None


def _solved(matrix: np.ndarray, right: Vector) -> Vector | None:
    """Solution of a linear system; None where there is none in numbers."""
    if not (np.isfinite(matrix).all() and np.isfinite(right).all()):
        return None
    try:
        return np.asarray(np.linalg.solve(matrix, right))
    except np.linalg.LinAlgError:
        return None
