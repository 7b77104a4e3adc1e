"""What a balancing found: cells, how well each total is met, and what moved."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.balancing.constraints import Constraints
from sam.balancing.newton import account_totals
from sam.errors import BalancingError
from sam.ranking import worst_first
from sam.ratios import ratio

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Balanced:
    """Result of a balancing.

    Attributes:
        cells: the balanced cells, in the shape of the prior.
        prior: the cells before.
        constraints: the totals that were asked for.
        multipliers: derivative of the smallest distance with respect to each total, one over the
            unit of the cells; zero where a total pulls at nothing.
        iterations: steps of the method.
        distance: distance of the cells from the prior (cross-entropy, or half of chi-square).
        objective: the distance and the cost of the errors of those soft totals that have cells to
            move.
        method: name of the method.
        names: name of each cell, row by row.
        axes: labels of rows and columns, where the prior was a frame.
    """

    cells: Array
    prior: Array
    constraints: Constraints
    multipliers: Array  # constraint
    iterations: int
    distance: float
    objective: float
    method: str
    names: Sequence[Hashable]
    axes: tuple[pd.Index, pd.Index] | None = None

    @property
    def frame(self) -> pd.DataFrame:
        """The balanced cells with the labels of the prior.

        Raises:
            BalancingError: the prior was no frame.
        """
        if self.axes is None:
            raise BalancingError("balance: the prior was no frame; its cells have no labels")
        return pd.DataFrame(self.cells, *self.axes)

    @cached_property
    def achieved(self) -> Array:
        """Value of each total at the balanced cells."""
        return np.asarray(self.constraints.matrix @ self.cells.ravel())

    @cached_property
    def hard(self) -> pd.DataFrame:
        """Totals that had to be met exactly, and their miss relative to the account's total.

        Columns ``label, target, achieved, account, residual``; the account's total is the target
        or, where that is zero, half of all that flows in and out.
        """
        k, account = self.constraints.hard, self._accounts()
        frame = self._totals(k)
        frame["account"] = account[k]
        frame["residual"] = (frame["achieved"] - frame["target"]) / frame["account"]
        return frame

    @cached_property
    def soft(self) -> pd.DataFrame:
        """Totals with an error, and their miss in standard deviations.

        Columns ``label, target, achieved, deviation, residual``.
        """
        k = ~self.constraints.hard
        frame = self._totals(k)
        frame["deviation"] = self.constraints.deviations[k]
        frame["residual"] = (frame["achieved"] - frame["target"]) / frame["deviation"]
        return frame

    @property
    def residual(self) -> float:
        """Largest miss of a hard total relative to its account's total."""
        return float(self.hard["residual"].abs().max()) if len(self.hard) else 0.0

    def moves(self, count: int = 10) -> pd.DataFrame:
        """Cells that moved most, by amount.

        Arguments:
            count: number of cells.

        Returns:
            One line per cell with the columns ``cell, prior, balanced, change, ratio``.
        """
        before, after = self.prior.ravel(), self.cells.ravel()
        order = worst_first(after - before)[:count]
        return pd.DataFrame(
            {
                "cell": [self.names[int(i)] for i in order],
                "prior": before[order],
                "balanced": after[order],
                "change": after[order] - before[order],
                "ratio": ratio(after[order], before[order], np.nan, where=before[order] != 0.0),
            }
        )

    def pulls(self, count: int = 10) -> pd.DataFrame:
        """Totals that pull hardest, by what meeting them costs.

        Arguments:
            count: number of totals.

        Returns:
            One line per total with the columns ``label, target, achieved, multiplier, cost``; the
            cost is the multiplier times the account's total.
        """
        cost = self.multipliers * self._accounts()
        order = worst_first(cost)[:count]
        frame = self._totals(order)
        frame["multiplier"], frame["cost"] = self.multipliers[order], cost[order]
        return frame

    def summary(self, count: int = 5) -> str:
        """A page: how well totals are met, what missed, what moved, and what pulled.

        Arguments:
            count: length of each list.
        """
        parts = [repr(self)]
        if len(self.soft):
            order = worst_first(self.soft["residual"])[:count]
            parts += ["Soft totals missed most:", _text(self.soft.iloc[order])]
        parts += ["Cells moved most:", _text(self.moves(count))]
        parts += ["Totals that pull hardest:", _text(self.pulls(count))]
        return "\n".join(parts)

    def __repr__(self) -> str:
        hard, soft = len(self.hard), len(self.soft)
        text = (
            f"Balanced by {self.method} in {_counted(self.iterations, 'iteration')}: "
            f"{self.cells.size} cells, {_counted(hard, 'hard total')} met to "
            f"{self.residual:.1e} of their accounts"
        )
        if soft:
            far = float(self.soft["residual"].abs().max())
            text += (
                f", {_counted(soft, 'soft total')} missed by at most {far:.2f} standard deviations"
            )
        return f"{text}; distance from the prior {self.distance:.6g}"

    def _accounts(self) -> Array:
        weights, totals = abs(self.constraints.matrix), self.constraints.totals
        return account_totals(weights, totals, self.cells.ravel(), self.prior.ravel())

    def _totals(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.int_]) -> pd.DataFrame:
        labels = np.array(self.constraints.labels, dtype=object)
        return pd.DataFrame(
            {
                "label": labels[chosen],
                "target": self.constraints.totals[chosen],
                "achieved": self.achieved[chosen],
            }
        )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}"


def _text(frame: pd.DataFrame) -> str:
    return frame.to_string(index=False, float_format=lambda value: f"{value:.6g}")
