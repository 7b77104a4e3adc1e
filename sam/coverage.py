"""Coverage: the payments of a SAM that a model reads, and those that it would lose.

A model declares each of its flows as a pattern of payments: the kinds (and, where it matters, names
and regions) of receiver and payer, and the axes that its numbers are arranged by. A payment that
no pattern matches is money that the model does not know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.accounts import ACTIVITY, COMMODITY

Mask = npt.NDArray[np.bool_]
Labels = Mapping[str, Sequence[str]]
"""Labels by kind: ``region``, ``sector``, ``household``."""


@dataclass(frozen=True)
class Flow:
    """A flow that a model reads from a SAM.

    A flow stays within a region unless both regions are named among axes and matches, and what an
    activity sells in a market is the commodity of its own name.

    Attributes:
        name: what the model calls it.
        axes: columns of the SAM that the flow is arranged by, each with the kind of its labels.
        match: columns of the SAM with the value that they must have.
        either_way: whether the opposite payments are read too, and subtracted.
    """

    name: str
    axes: Mapping[str, str] = field(default_factory=dict)
    match: Mapping[str, str] = field(default_factory=dict)
    either_way: bool = False

    def directions(self) -> Iterator[tuple[Flow, float]]:
        """The payments that are added (with sign 1) and those that are subtracted (-1)."""
        yield self, 1.0
        if self.either_way:
            axes, match = _mirrored(self.axes), _mirrored(self.match)
            yield Flow(f"{self.name} paid back", axes, match), -1.0

    def matches(self, frame: pd.DataFrame, labels: Labels) -> Mask:
        """Payments of a SAM's long table that belong to this flow, opposite payments aside."""
        mask = np.ones(len(frame), dtype=bool)
        for column, value in self.match.items():
            mask &= (frame[column] == value).to_numpy()
        if not {"row_region", "col_region"} <= {*self.axes, *self.match}:
            mask &= (frame["row_region"] == frame["col_region"]).to_numpy()
        if (self.match.get("row_kind"), self.match.get("col_kind")) == (ACTIVITY, COMMODITY):
            mask &= (frame["row"] == frame["col"]).to_numpy()
        for column, kind in self.axes.items():
            mask &= frame[column].isin(list(labels[kind])).to_numpy()
        return mask


def unread(frame: pd.DataFrame, flows: Sequence[Flow], labels: Labels) -> Mask:
    """Payments of a SAM's long table, other than zeros, that none of the flows reads."""
    left: Mask = frame["value"].to_numpy(float) != 0.0
    for flow in flows:
        for direction, _ in flow.directions():
            left &= ~direction.matches(frame, labels)
    return left


def names_read(flows: Sequence[Flow]) -> dict[str, tuple[str, ...]]:
    """Kinds of account in some flows, each with the names that the flows ask for; empty: any."""
    names: dict[str, dict[str, None]] = {}
    for flow in flows:
        for side in ("row", "col"):
            if f"{side}_kind" in flow.match:
                known = names.setdefault(flow.match[f"{side}_kind"], {})
                known.update({flow.match[side]: None} if side in flow.match else {})
    return {kind: tuple(known) for kind, known in names.items()}


def names_demanded(flows: Sequence[Flow]) -> dict[str, tuple[str, ...]]:
    """Kinds of account of which some flows read no other than named ones, with these names."""
    sides = [(flow.match, side) for flow in flows for side in ("row", "col")]
    anyone = {match.get(f"{side}_kind") for match, side in sides if side not in match}
    return {kind: names for kind, names in names_read(flows).items() if kind not in anyone}


def _mirrored(columns: Mapping[str, str]) -> dict[str, str]:
    """The same columns on the other side of the payment."""
    other = {"row": "col", "col": "row"}
    return {other[name[:3]] + name[3:]: value for name, value in columns.items()}
