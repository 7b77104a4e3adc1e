"""What a run has reached: the years accepted so far, and all that the next one depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from cge.equilibrium import Equilibrium
from cge.equilibrium.state import Unknowns

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Progress:
    """The years accepted so far: all that the next one depends on.

    Attributes:
        stocks: what is carried into the next year, by name.
        records: reported quantities by year and name.
        solves: how each solve ended.
        balances: how far each account of each year is from balancing, and where.
        last: unknowns of the last two years, from which the next is looked for.
        opening: the stocks that the last year began with, from which its parameters follow.
        solved: the last year's equilibrium, to start from where extrapolation fails, and for
            messages; worked out anew (``cge.path.run.continued``) where it is not at hand.
    """

    stocks: Mapping[str, Array]
    records: Mapping[int, Mapping[str, Array]] = field(default_factory=dict)
    solves: tuple[Mapping[str, Any], ...] = ()
    balances: tuple[Mapping[str, Any], ...] = ()
    last: tuple[Unknowns, ...] = ()
    opening: Mapping[str, Array] = field(default_factory=dict)
    solved: Equilibrium | None = None
