r"""Where a welfare change comes from: allocation, terms of trade, endowments, technology.

K. M. Huff and T. W. Hertel, "Decomposing Welfare Changes in the GTAP Model", GTAP Technical Paper 5
(2000), for any declared model. What agents inside an area gain is what they buy more at prices
:math:`p^u` that they pay, :math:`dg_h = \sum p^u\,dx`; by their budgets, the zero profits of
producers inside and the balances of goods,

.. math::

   \sum_h dg_h = \sum T\,dq + \sum p\,de + \sum \pi\,dy + dA + \Big(\sum N dp - B\,d\ln\Phi\Big)
               + \Big(B\,d\ln\Phi - d \sum p N\Big) ,

- *allocative*: taxes per unit T times the change of what is taxed, a payment for an output that
  is not delivered to a market being a subsidy;
- *endowment*: what is owned inside but of goods traded abroad;
- *capacity*: unit profit :math:`\pi` of activities at their capacity times the change of level;
- *technology* dA: what producers make more net of what they use, at prices that they get and pay,
  as productivity, shares or elasticities change at given prices and levels;
- *additive choice*, another part of dA: the same as prices change, nothing where producers choose
  the least cost, so of additive nests only;
- *terms of trade*: exports and imports N times the change of their prices relative to import prices
  :math:`\Phi` (export value times the change of export over import prices);
- *transfers*: what is received from outside in excess of what is given (the balance
  :math:`-B = -\sum pN`), in import goods.

The equivalent variation weights gains by :math:`\psi_h = e_U(p^0, U_h) / e_U(p, U_h)`, one at the
start, and with the mean weight :math:`\bar\psi` by spending

.. math:: EV = \int \bar\psi \sum_h dg_h + \int \sum_h (\psi_h - \bar\psi)\, dg_h ,

whose second part is *distribution* between agents, nothing for a single one. Everything is
integrated along the straight line of the shock with exact tangents, by groups of parameters
(``line``), so that the parts add up to EV but for the error of the integral, which is reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from cge.accounts import parts
from cge.accounts.area import Area
from cge.accounts.line import (
    INTERVALS,
    TOLERANCE,
    Groups,
    StraightLine,
    Unfinished,
    straight_line,
)
from cge.accounts.parts import COMPONENTS, ENDOWMENT, Place
from cge.accounts.variables import money_of
from cge.accounts.welfare import equivalent_variation
from cge.equilibrium.result import Equilibrium
from cge.equilibrium.solver import Solver
from cge.language.declarations import Agent
from cge.language.errors import DeclarationError

ACCEPTED = 1e-6
"""Largest residual of a decomposition, relative to the larger of EV and its parts' sizes."""


@dataclass(frozen=True, eq=False)
class Decomposition:
    """The equivalent variation of an area's agents in parts.

    Attributes:
        ev: the equivalent variation, from the expenditure functions.
        table: parts (rows) by group of the shock (columns), with ``total``; the unit of the model.
        detail: columns ``component, owner, flow``, one for each letter, ``group, value``: each tax,
            endowment, activity and traded good that contributes.
        residual: EV less the sum of all parts: the error of the integral.
        unit: unit of money.
    """

    ev: float
    table: pd.DataFrame
    detail: pd.DataFrame
    residual: float
    unit: str


def decompose(
    solver: Solver,
    base: Equilibrium,
    new: Equilibrium,
    where: Area,
    groups: Groups | None = None,
    *,
    tolerance: float = TOLERANCE,
    intervals: int = INTERVALS,
) -> Decomposition:
    """Part the equivalent variation of the agents inside an area that buy something.

    Arguments:
        solver: solver of the model of both.
        base: equilibrium before.
        new: equilibrium after.
        where: agents whose welfare counts, with the activities inside (see ``area``).
        groups: parameters by group, see ``subtotals``; every parameter that changes by default.
        tolerance: error of a part, relative to the size of EV.
        intervals: most intervals of the rule.

    Raises:
        DeclarationError: groups do not fit, nobody inside buys anything, or preferences differ.
        NotSolved: there is no equilibrium somewhere between.
        Unfinished: the parts do not add up to EV.
    """
    line = straight_line(solver, base, new, groups)
    agents = _spenders(where)
    ev = sum(
        float(np.sum(where.inside[a] * np.asarray(equivalent_variation(new, base, a))))
        for a in agents
    )
    spent = sum(float(np.sum(parts.spending(base.state, where, a))) for a in agents)
    size = max(abs(ev), ACCEPTED * spent) or 1.0
    rate = partial(parts.rates(solver, where), dict(base.unknowns), dict(base.values))
    places = parts.places(where, agents)
    found, _ = line.integrate(
        rate, dict.fromkeys(map(parts.key, places), size), tolerance, intervals
    )
    detail = _detail(line, places, found)
    table = _table(line, detail)
    residual = ev - float(table["total"].sum())
    _check(solver, residual, max(abs(ev), float(table["total"].abs().sum()), ACCEPTED * spent))
    return Decomposition(ev, table, detail, residual, money_of(solver.model))


def _spenders(where: Area) -> list[Agent]:
    """Agents whose welfare is parted; there must be some."""
    if not where.buyers:
        raise DeclarationError(
            "nobody inside the area buys anything, so there is no welfare to part; name agents "
            "that spend"
        )
    return where.buyers


def _check(solver: Solver, residual: float, size: float) -> None:
    if not abs(residual) <= ACCEPTED * size:
        raise Unfinished(
            f"{solver.model.name}: the parts add up to EV but for {residual:.2e}, more than "
            f"{ACCEPTED:g} of {size:.4g}; allow a smaller error or more intervals (tolerance=, "
            "intervals=), or see that the new equilibrium is the one that the shock leads to"
        )


# Tables -------------------------------------------------------------------------------------------


def _detail(line: StraightLine, places: list[Place], found: dict[str, Any]) -> pd.DataFrame:
    dims = line.solver.model.dims
    rows = []
    for place in places:
        component, owner, flow, letters = place
        values = np.asarray(found[parts.key(place)])  # group, letters
        index = np.indices(values.shape).reshape(values.ndim, values.size)
        labels = {c: np.array(dims[c].labels, object)[index[k + 1]] for k, c in enumerate(letters)}
        told = parts.unnumbered(flow) if component == ENDOWMENT else flow
        head = {"component": component, "owner": owner, "flow": told}
        group = np.array(line.groups, object)[index[0]]
        rows.append(pd.DataFrame({**head, **labels, "group": group, "value": values.ravel()}))
    table = pd.concat(rows, ignore_index=True)
    letters_first = [c for c in dims if c in table]
    columns = ["component", "owner", "flow", *letters_first, "group", "value"]
    return table[columns].fillna({c: "" for c in letters_first})


def _table(line: StraightLine, detail: pd.DataFrame) -> pd.DataFrame:
    table = detail.pivot_table(
        index="component", columns="group", values="value", aggfunc="sum", sort=False
    )
    table = table.reindex(index=COMPONENTS, columns=line.groups, fill_value=0.0)
    table["total"] = table.sum(axis=1)
    table.columns.name = None
    return table
