"""Balancing at the size of real tables: two economies without data, and what is measured on them.

A prior is drawn at random over the cells that a SAM has; no account of it balances, some totals are
to be met exactly and others pull with an error.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from benchmarks.timing import Ratio, best, factorisation, peak_memory
from sam.balancing import ConstraintBuilder, Constraints, balance, gras, matrix_constraints, ras

Array = npt.NDArray[np.float64]

INSTITUTIONS = (
    "labour",
    "capital",
    "land",
    "rural",
    "urban",
    "government",
    "production tax",
    "tariff",
    "income tax",
    "saving",
    "stocks",
)
LINES = ("activity", "good", "composite", "inflow", "imports")


@dataclass(frozen=True)
class Unbalanced:
    """A prior and its totals."""

    prior: Array
    constraints: Constraints


class Ledger:
    """Payments between accounts, as cells of a flat prior."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.rows: list[str] = []
        self.columns: list[str] = []
        self.values: list[float] = []

    def pay(self, column: str, row: str, size: float) -> int:
        """The column account pays the row account about this much; returns the cell's number."""
        self.rows.append(row)
        self.columns.append(column)
        self.values.append(size * float(self.rng.lognormal(0.0, 0.5)))
        return len(self.values) - 1

    def accounts(self) -> ConstraintBuilder:
        """Every account receives what it pays."""
        names = list(dict.fromkeys([*self.rows, *self.columns]))
        number = {name: k for k, name in enumerate(names)}
        inward: list[list[int]] = [[] for _ in names]
        outward: list[list[int]] = [[] for _ in names]
        for cell, (row, column) in enumerate(zip(self.rows, self.columns, strict=True)):
            inward[number[row]].append(cell)
            outward[number[column]].append(cell)
        builder = ConstraintBuilder(len(self.values))
        for name, came, went in zip(names, inward, outward, strict=True):
            builder.add(name, [(came, 1.0), (went, -1.0)], 0.0)
        return builder


def regional_sam(regions: int = 5, sectors: int = 40, seed: int = 0) -> Unbalanced:
    """A regional SAM with activities, goods, composites, inflows, imports and institutions.

    Hard: the accounts, and every region's value added. Soft: demand of every region (2 %), output
    of every sector of the nation (5 %).
    """
    ledger = Ledger(seed)
    added: list[list[int]] = []
    demand: list[list[int]] = []
    output: list[list[int]] = [[] for _ in range(sectors)]
    for r in range(regions):
        added.append(_institutions(ledger, r, sectors))
        demand.append(_sectors(ledger, r, regions, sectors, output))
    builder, values = ledger.accounts(), np.array(ledger.values)
    for r in range(regions):
        builder.add(f"value added {r}", [(added[r], 1.0)], 1.1 * float(values[added[r]].sum()))
        total = 1.05 * float(values[demand[r]].sum())
        builder.add(f"demand {r}", [(demand[r], 1.0)], total, 0.02 * total)
    for i, cells in enumerate(output):
        total = 1.08 * float(values[cells].sum())
        builder.add(f"output {i}", [(cells, 1.0)], total, 0.05 * total)
    return Unbalanced(values, builder.build())


def _institutions(ledger: Ledger, r: int, sectors: int) -> list[int]:
    """Incomes of a region; returns the cells of value added."""
    at = {name: f"{r} {name}" for name in INSTITUTIONS}
    added = []
    for i in range(sectors):
        for name, size in (("labour", 40.0), ("capital", 40.0), ("land", 2.0)):
            added.append(ledger.pay(f"{r} activity {i}", at[name], size))
        added.append(ledger.pay(f"{r} activity {i}", at["production tax"], 8.0))
    for factor in ("labour", "capital", "land"):
        for household in ("rural", "urban"):
            ledger.pay(at[factor], at[household], 15.0 * sectors)
    for household in ("rural", "urban"):
        ledger.pay(at[household], at["income tax"], 2.0 * sectors)
        ledger.pay(at[household], at["saving"], 10.0 * sectors)
        ledger.pay(at["government"], at[household], 2.0 * sectors)
    for tax in ("production tax", "tariff", "income tax"):
        ledger.pay(at[tax], at["government"], 4.0 * sectors)
    ledger.pay(at["government"], at["saving"], 2.0 * sectors)
    ledger.pay(at["saving"], at["stocks"], 1.0 * sectors)
    ledger.pay(at["saving"], "foreign", 2.0 * sectors)
    return added


def _sectors(
    ledger: Ledger, r: int, regions: int, sectors: int, output: Sequence[list[int]]
) -> list[int]:
    """Production and trade of a region; returns the cells of its final demand."""
    demand = []
    for i in range(sectors):
        activity, good, composite, inflow, imports = (f"{r} {line} {i}" for line in LINES)
        for k in range(sectors):
            ledger.pay(activity, f"{r} composite {k}", 200.0 / sectors)
        output[i].append(ledger.pay(good, activity, 290.0))
        ledger.pay("foreign", good, 30.0)
        ledger.pay(composite, good, 200.0)
        ledger.pay(composite, inflow, 60.0)
        ledger.pay(composite, imports, 30.0)
        ledger.pay(imports, "foreign", 27.0)
        ledger.pay(imports, f"{r} tariff", 3.0)
        for s in range(regions):
            if s != r:
                ledger.pay(inflow, f"{s} good {i}", 60.0 / (regions - 1))
        users = {"rural": 10.0, "urban": 25.0, "government": 12.0, "saving": 35.0, "stocks": 1.0}
        for user, size in users.items():
            demand.append(ledger.pay(f"{r} {user}", composite, size))
    return demand


def multiregional_table(regions: int = 31, sectors: int = 42, seed: int = 0) -> Unbalanced:
    """Intermediate use, value added, final use and bilateral trade of all provinces.

    Hard: activities and commodities of every region, its value added by three groups, its exports
    and imports. Soft: its final demand (5 %), and of the nation by use (1 %).
    """
    rng, n, g = np.random.default_rng(seed), regions, sectors
    shapes = {
        "intermediate": (n, g, g),  # region, commodity, activity
        "added": (n, 4, g),  # region, component, activity
        "final": (n, g, 5),  # region, commodity, use
        "trade": (n, n, g),  # origin, destination, commodity; own region is local use
        "exports": (n, g),
        "imports": (n, g),
    }
    numbers, first = {}, 0
    for name, shape in shapes.items():
        size = int(np.prod(shape))
        numbers[name] = np.arange(first, first + size).reshape(shape)
        first += size
    values = rng.lognormal(0.0, 0.7, first)
    own = numbers["trade"][np.arange(n), np.arange(n)]
    values[own] *= 30.0  # so that use is about as large as supply
    values[numbers["added"]] *= 5.0
    values[numbers["final"]] *= 4.0
    builder = ConstraintBuilder(first)
    for r in range(n):
        accounts_of(builder, numbers, r, sectors)
        _totals_of(builder, numbers, r, values)
    for use in range(5):
        cells = numbers["final"][:, :, use]
        total = 1.02 * float(values[cells].sum())
        builder.add(f"use {use}", [(cells, 1.0)], total, 0.01 * total)
    return Unbalanced(values, builder.build())


def accounts_of(builder: ConstraintBuilder, numbers: dict[str, Any], r: int, sectors: int) -> None:
    """Activities of a region sell what they cost, its commodities are used as they are supplied."""
    for i in range(sectors):
        cost = [(numbers["intermediate"][r, :, i], 1.0), (numbers["added"][r, :, i], 1.0)]
        sales = [(numbers["trade"][r, :, i], -1.0), (numbers["exports"][r, i], -1.0)]
        builder.add(f"activity {r} {i}", [*cost, *sales], 0.0)
        supply = [(numbers["trade"][:, r, i], 1.0), (numbers["imports"][r, i], 1.0)]
        use = [(numbers["intermediate"][r, i], -1.0), (numbers["final"][r, i], -1.0)]
        builder.add(f"commodity {r} {i}", [*supply, *use], 0.0)


def _totals_of(builder: ConstraintBuilder, numbers: dict[str, Any], r: int, values: Array) -> None:
    for k, cells in enumerate(np.array_split(numbers["added"][r], 3, axis=1)):
        builder.add(f"group {r} {k}", [(cells, 1.0)], 1.1 * float(values[cells].sum()))
    for name in ("exports", "imports"):
        cells = numbers[name][r]
        builder.add(f"{name} {r}", [(cells, 1.0)], 1.05 * float(values[cells].sum()))
    for use in range(5):
        cells = numbers["final"][r, :, use]
        total = 1.05 * float(values[cells].sum())
        builder.add(f"use {r} {use}", [(cells, 1.0)], total, 0.05 * total)


def balancing() -> list[Ratio]:
    """A regional SAM of 5x40, Ipopt beside it, the table of 31x42, RAS and GRAS."""
    small, ratios = regional_sam(), []
    result = balance(small.prior, small.constraints)
    print(f"     {result}")
    took = best(lambda: balance(small.prior, small.constraints), 3)
    unit = factorisation(len(small.constraints), 3)
    name = f"balance a SAM of {len(small.constraints)} totals"
    ratios.append(Ratio(name, took, unit, f"LU({len(small.constraints)})", limit=20))
    begin = time.perf_counter()
    cells, iterations = by_ipopt(small)
    slower = time.perf_counter() - begin
    apart = float(np.max(np.abs(cells / result.cells - 1.0)))
    print(f"     Ipopt: {iterations} iterations, largest relative difference {apart:.1e}")
    ratios.append(Ratio("the same by Ipopt", slower, took, "ours", at_least=1.0))
    ratios += _scaling()
    ratios += _few_cells()
    large = multiregional_table()
    begin = time.perf_counter()
    result = balance(large.prior, large.constraints)
    took = time.perf_counter() - begin
    print(f"     {result}")
    unit = factorisation(len(large.constraints), 1)
    name = f"balance 31x42, {large.prior.size} cells and {len(large.constraints)} totals"
    ratios.append(Ratio(name, took, unit, f"LU({len(large.constraints)})", limit=20))
    ratios.append(Ratio("the same", took, 120.0, "two minutes", limit=1.0, shown=("s", 1.0)))
    memory = peak_memory()
    ratios.append(Ratio("memory", memory, 1.0, "one GB", limit=4.0, shown=("GB", 1.0)))
    return ratios


def _scaling() -> list[Ratio]:
    """RAS and GRAS of a table of 1302 by 1302 against one pass over its cells."""
    rng, n = np.random.default_rng(0), 1302
    prior = rng.lognormal(0.0, 2.0, (n, n)) * (rng.random((n, n)) < 0.6) + np.eye(n)
    signed = prior * np.where(rng.random((n, n)) < 0.1, -1.0, 1.0)
    ratios = []
    for name, scale, start in (("RAS", ras, prior), ("GRAS", gras, signed)):
        other = start * rng.uniform(0.3, 3.0, (n, n))
        sums = (other.sum(1), other.sum(0))
        took = best(lambda scale=scale, start=start, sums=sums: scale(start, *sums), 2)
        general = best(lambda start=start, sums=sums: balance(start, matrix_constraints(*sums)), 1)
        ratios.append(Ratio(f"entropy of {n}x{n}", general, took, name, at_least=1.0))
    return ratios


def _few_cells() -> list[Ratio]:
    """RAS and GRAS of tables with few cells against a plain loop over these."""
    ratios = []
    for n, filled in ((500, 0.2), (3000, 0.01)):
        rng = np.random.default_rng(0)
        prior = sparse.random_array((n, n), density=filled, rng=rng) + sparse.eye_array(n)
        prior = sparse.csr_array(prior)
        signed = prior.copy()
        signed.data *= np.where(rng.random(prior.nnz) < 0.1, -1.0, 1.0)
        for name, scale, start in (("RAS", ras, prior), ("GRAS", gras, signed)):
            other = start.copy()
            other.data = start.data * rng.uniform(0.3, 3.0, start.nnz)
            sums = (other.sum(1), other.sum(0))
            for form, given in (("sparse", start), ("full", start.toarray())):
                what = f"{name} of {n}x{n}, {filled:.0%} filled, {form}"
                ratios.append(_beside_a_loop(what, scale, given, sums))
    return ratios


def _beside_a_loop(what: str, scale: Any, prior: Any, sums: tuple[Array, Array]) -> Ratio:
    """Time of a scaling and of a plain loop in this process, one after the other."""
    clock = time.process_time
    ours, theirs = scale(prior, *sums), plain_loop(prior, *sums)
    apart = float(abs(sparse.csr_array(ours) - theirs).max() / abs(theirs).max())
    print(f"     {what}: apart by {apart:.1e} of the largest cell")
    took = best(lambda: scale(prior, *sums), 3, clock)
    plain = best(lambda: plain_loop(prior, *sums), 3, clock)
    return Ratio(what, took, plain, "a plain sparse loop", limit=3.0)


def plain_loop(prior: Any, rows: Array, columns: Array, tol: float = 1e-12) -> Any:
    """Textbook GRAS, or RAS if no cell is negative, on sparse matrices."""
    cells = sparse.csr_array(prior)
    up, down = cells.maximum(0.0), (-cells).maximum(0.0)
    signed = down.nnz > 0
    r, s = np.ones(rows.size), np.ones(columns.size)
    for _ in range(10_000):
        if signed:
            r = _factor(up @ s, down @ (1.0 / s), rows)
            s = _factor(up.T @ r, down.T @ (1.0 / r), columns)
            gains, losses = r * (up @ s), (down @ (1.0 / s)) / r
        else:
            r = rows / (up @ s)
            s = columns / (up.T @ r)
            gains, losses = r * (up @ s), np.zeros(rows.size)
        size = np.maximum(np.abs(rows), 0.5 * (gains + losses))
        if np.max(np.abs(gains - losses - rows) / size) <= tol:
            break
    grown = sparse.diags_array(r) @ up @ sparse.diags_array(s)
    return grown - sparse.diags_array(1.0 / r) @ down @ sparse.diags_array(1.0 / s)


def _factor(gain: Array, loss: Array, total: Array) -> Array:
    """Positive root of gain r^2 - total r - loss = 0."""
    root = (total + np.sqrt(total**2 + 4.0 * gain * loss)) / (2.0 * np.maximum(gain, 1e-300))
    return np.where(gain > 0.0, root, -loss / np.where(total < 0.0, total, -1.0))


class Primal:
    """The nearest cells and errors as they are written down, for Ipopt."""

    def __init__(self, problem: Unbalanced) -> None:
        self.prior, constraints = problem.prior, problem.constraints
        self.theta = 0.01 * float((self.prior**2).sum() / self.prior.sum())
        soft = np.flatnonzero(~constraints.hard)
        matrix = constraints.matrix.tocoo()
        self.rows = np.concatenate([matrix.coords[0], soft])
        self.columns = np.concatenate([matrix.coords[1], self.prior.size + np.arange(soft.size)])
        self.entries = np.concatenate([matrix.data, constraints.deviations[soft]])
        self.totals, self.soft = constraints.totals, soft.size

    def objective(self, point: Array) -> float:
        """Cross-entropy of the cells and half the squares of the errors."""
        cells, errors = np.split(point, [self.prior.size])
        gain = cells * np.log(cells / self.prior) - cells + self.prior
        return float(gain.sum() / self.theta + 0.5 * errors @ errors)

    def gradient(self, point: Array) -> Array:
        """Its derivative."""
        cells, errors = np.split(point, [self.prior.size])
        return np.concatenate([np.log(cells / self.prior) / self.theta, errors])

    def constraints(self, point: Array) -> Array:
        """The totals."""
        found: Array = np.bincount(
            self.rows, self.entries * point[self.columns], minlength=len(self.totals)
        )
        return found

    def jacobianstructure(self) -> tuple[Any, Any]:
        """Where their derivatives are."""
        return self.rows, self.columns

    def jacobian(self, point: Array) -> Array:
        """Their derivatives."""
        del point
        return self.entries

    def hessianstructure(self) -> tuple[Any, Any]:
        """The curvature is diagonal."""
        place = np.arange(self.prior.size + self.soft)
        return place, place

    def hessian(self, point: Array, weights: Array, factor: float) -> Array:
        """Curvature of the objective."""
        del weights
        cells = point[: self.prior.size]
        return factor * np.concatenate([1.0 / (self.theta * cells), np.ones(self.soft)])

    def intermediate(self, mode: int, iteration: int, *measures: float) -> bool:
        """Count the iterations."""
        del mode, measures
        self.iterations = iteration
        return True


def by_ipopt(problem: Unbalanced) -> tuple[Array, int]:
    """The cells that Ipopt finds with exact derivatives, and its iterations."""
    cyipopt: Any = import_module("cyipopt")
    primal = Primal(problem)
    count = primal.prior.size + primal.soft
    lower = np.concatenate([np.full(primal.prior.size, 1e-12), np.full(primal.soft, -np.inf)])
    solver = cyipopt.Problem(
        n=count,
        m=len(primal.totals),
        problem_obj=primal,
        lb=lower,
        ub=np.full(count, np.inf),
        cl=primal.totals,
        cu=primal.totals,
    )
    for option, value in (("print_level", 0), ("sb", "yes"), ("tol", 1e-9)):
        solver.add_option(option, value)
    point, _ = solver.solve(np.concatenate([primal.prior, np.zeros(primal.soft)]))
    return np.asarray(point[: primal.prior.size]), primal.iterations
