"""Regions inside a national table: every cell of the nation is known, and so are the accounts.

The economy is that of ``benchmarks.synthetic``, balanced, with final demand and value added split
at random; its cells times noise are the prior, and all totals are hard. Totals of the nation share
no cell, so few of the equations are factored; a wrong total is found among all of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.balancing import accounts_of
from benchmarks.synthetic import EXPORTED, IMPORTED, balanced_flows
from benchmarks.timing import Ratio, best, factorisation
from sam.balancing import ConstraintBuilder, Constraints, balance
from sam.errors import BalancingError

Array = npt.NDArray[np.float64]
Cells = npt.NDArray[np.int_]

NOISE = 0.12
"""Standard deviation of the logs of the prior's cells around the balanced ones."""

PUBLISHED = 8
"""Sectors whose output and use the provinces publish."""


@dataclass(frozen=True)
class Table:
    """Cells of a balanced table, and where each part of it stands among them."""

    values: Array
    numbers: dict[str, Cells]

    @classmethod
    def draw(cls, regions: int, sectors: int, seed: int = 0) -> Table:
        """A balanced economy."""
        rng = np.random.default_rng(seed)
        made = balanced_flows(regions, sectors, rng)
        added = rng.dirichlet(np.full(3, 5.0), (regions, sectors)).transpose(0, 2, 1)
        uses = rng.dirichlet(np.full(5, 3.0), (regions, sectors))
        parts = {
            "intermediate": made["input"],  # region, commodity, activity
            "added": added * made["value_added"][:, None],  # region, component, activity
            "final": uses * made["consumption"][:, :, None],  # region, commodity, use
            "trade": made["inflow"] + made["local"] * np.eye(regions)[:, :, None],  # from, to, good
            "exports": EXPORTED * made["output"],
            "imports": IMPORTED * made["absorption"],
        }
        values = np.concatenate([part.ravel() for part in parts.values()])
        places = np.split(np.arange(values.size), np.cumsum([p.size for p in parts.values()])[:-1])
        numbers = {
            name: place.reshape(part.shape)
            for (name, part), place in zip(parts.items(), places, strict=True)
        }
        return cls(values, numbers)

    def prior(self, seed: int = 1) -> Array:
        """The cells with noise."""
        noise = np.random.default_rng(seed).lognormal(0.0, NOISE, self.values.size)
        return np.asarray(self.values * noise)

    def constraints(self, wrong: tuple[str, Cells, float] | None = None) -> Constraints:
        """Accounts, cells of the nation and totals of all provinces but the last.

        Arguments:
            wrong: label and cells of one more total, and by what its value is multiplied.
        """
        regions, sectors, _ = self.numbers["intermediate"].shape
        builder = ConstraintBuilder(self.values.size)
        for r in range(regions):
            accounts_of(builder, self.numbers, r, sectors)
        for label, cells in [*self._nation(), *self._provinces(regions - 1)]:
            builder.add(label, [(cells, 1.0)], float(self.values[cells].sum()))
        if wrong is not None:
            label, cells, factor = wrong
            builder.add(label, [(cells, 1.0)], factor * float(self.values[cells].sum()))
        return builder.build()

    def _nation(self) -> Iterator[tuple[str, Cells]]:
        for name in ("intermediate", "added", "final", "exports", "imports"):
            cells = self.numbers[name]
            for place in np.ndindex(cells.shape[1:]):
                yield f"national {name} {place}", cells[(slice(None), *place)]

    def _provinces(self, count: int) -> Iterator[tuple[str, Cells]]:
        inputs, added, final = (self.numbers[k] for k in ("intermediate", "added", "final"))
        for r in range(count):
            for k, cells in enumerate(np.array_split(added[r], 4, axis=1)):
                yield f"value added {r} {k}", cells.ravel()
            for name in ("exports", "imports"):
                yield f"{name} {r}", self.numbers[name][r]
            for use in range(final.shape[2]):
                yield f"use {r} {use}", final[r, :, use]
            for i in range(PUBLISHED):
                yield f"output {r} {i}", np.append(inputs[r, :, i], added[r, :, i])
                yield f"use of {r} {i}", np.append(inputs[r, i], final[r, i])


def wrong_totals(table: Table) -> list[tuple[str, Cells, float]]:
    """Totals beyond what the others allow, each with a label and what it is multiplied by."""
    numbers = table.numbers
    group = np.array_split(numbers["added"][-1], 4, axis=1)[0]  # of which others publish the rest
    return [
        ("exports of the last region", numbers["exports"][-1], 1.05),
        ("value added of the last region", group, 1.001),
        ("exports of the first region again", numbers["exports"][0], 1.01),
        ("use of one good beyond the nation's", numbers["final"][0, 3], 20.0),
    ]


def named(prior: Array, constraints: Constraints, label: str) -> bool:
    """Whether balancing refuses these totals and names this one."""
    try:
        balance(prior, constraints)
    except BalancingError as error:
        return label in str(error)
    return False


def national() -> list[Ratio]:
    """A table of 5x40 inside its nation, cell by cell, and one wrong total in it."""
    table, clock = Table.draw(5, 40), time.process_time
    prior, constraints = table.prior(), table.constraints()
    unit = factorisation(1000, clock=clock)
    print(f"     {balance(prior, constraints)}")
    took = best(lambda: balance(prior, constraints), clock=clock)
    name = f"balance {prior.size} cells and {len(constraints)} totals"
    ratios = [Ratio(name, took, unit, "LU(1000)", limit=5)]
    for label, cells, factor in wrong_totals(table):
        wrong = table.constraints((label, cells, factor))
        begin = clock()
        assert named(prior, wrong, label), f"{label} is not named"
        took = clock() - begin
        ratios.append(Ratio(f"name wrong {label}", took, unit, "LU(1000)", limit=300))
    return ratios
