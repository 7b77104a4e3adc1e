"""What a solve returns: the equilibrium with its labels, its exactness and its provenance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, overload

import numpy as np
import pandas as pd
import xarray as xr

from cge.equilibrium.axes import Axes
from cge.equilibrium.conditions import evaluate
from cge.equilibrium.dear import dear
from cge.equilibrium.effort import Attempt
from cge.equilibrium.indeterminacy import free_unknowns
from cge.equilibrium.offenders import describe, lost_incomes, without_price, worst_first
from cge.equilibrium.remnants import inexact
from cge.equilibrium.state import Owner, State, Unknowns
from cge.language.declarations import (
    Activity,
    Agent,
    Auxiliary,
    Commodity,
    Family,
    Reference,
)
from cge.language.handles import flow_members, members, taxed
from cge.language.model import Model
from cge.language.parameters import Parameter, Tax
from cge.language.trees import BoundLeaf
from cge.language.words import some

_NOTED = 400
"""Most unknowns of a model whose results show their notes: they need a dense decomposition."""


_EXACT = 1e-9
"""Share of what is left of a market or an income to which a solution is exact without a note."""

_NAMED = 5
"""Names that a note lists before it counts the others."""


class Status(Enum):
    """How a solve ended."""

    SOLVED = "solved"
    STUCK = "no step reduces the residual"
    ROUNDS = "the largest number of Newton rounds is reached"
    NUMBERS = "the conditions are not finite numbers"
    FREE = "the market left unsolved is out of balance: a good is free, or money is lost"


class NotSolved(RuntimeError):
    """No equilibrium was found: says how the solve ended and which conditions fail most.

    Attributes:
        attempt: the point that came nearest, with ``status``, residuals and all quantities there.
        tried: all attempts in order.
    """

    def __init__(self, message: str, attempt: Equilibrium, tried: Sequence[Attempt] = ()) -> None:
        super().__init__(message)
        self.attempt = attempt
        self.tried = tuple(tried)


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """An equilibrium, or the point where a solve ended (see ``status``).

    Attributes:
        model: the declared model.
        values: parameters by name.
        unknowns: logs of prices, levels and incomes by key.
        status: how the solve ended.
        rounds: rounds of all attempts of the solve: factorisations, and iterations of Ipopt.
        worst: how far the condition that holds worst is from holding: a share of what is traded in
            its market, of revenue or income, or of the typical level of a latent activity. The
            market that is left unsolved is told apart (``walras``).
        route: linear algebra that led here.
        factors: the factorised Jacobian that led there, for solves nearby; only where it is kept.
    """

    model: Model
    values: Mapping[str, np.ndarray]
    unknowns: Unknowns
    status: Status
    rounds: int
    worst: float
    route: str
    factors: Any = None

    @property
    def solved(self) -> bool:
        """Whether all conditions hold to the tolerance, the market left unsolved among them."""
        return self.status is Status.SOLVED

    @cached_property
    def state(self) -> State:
        """The economy at this point, as NumPy arrays."""
        with np.errstate(all="ignore"):
            return evaluate(self.model, Axes(self.model.dims, np), self.unknowns, self.values)

    @property
    def walras(self) -> float:
        """Imbalance of the market left unsolved, as a share of its size."""
        return float(self.state.walras)

    # Each takes a handle, its name, or some members: ``P``, ``"P"``, ``P["f"]``, ``P.at(i="a")``.

    def price(self, commodity: str | Commodity | Reference[Commodity]) -> xr.DataArray:
        """Market prices of a commodity, in units of the numeraire.

        Raises:
            DeclarationError: there is no such commodity, or a handle is of another model.
        """
        asked = members(commodity, self.model.commodities, "commodity")
        return self._of(asked, self.state.price(asked))

    def level(self, activity: str | Activity | Reference[Activity]) -> xr.DataArray:
        """Levels of an activity relative to its reference quantities.

        Raises:
            DeclarationError: there is no such activity, or a handle is of another model.
        """
        asked = members(activity, self.model.activities, "activity")
        return self._of(asked, self.state.level(asked))

    def demand(self, commodity: str | Commodity | Reference[Commodity]) -> xr.DataArray:
        """What activities and agents buy of a commodity.

        Raises:
            DeclarationError: there is no such commodity, or a handle is of another model.
        """
        asked = members(commodity, self.model.commodities, "commodity")
        return self._of(asked, self.state.demand(asked))

    def supply(self, commodity: str | Commodity | Reference[Commodity]) -> xr.DataArray:
        """What activities make and agents own of a commodity.

        Raises:
            DeclarationError: there is no such commodity, or a handle is of another model.
        """
        asked = members(commodity, self.model.commodities, "commodity")
        return self._of(asked, self.state.supply(asked))

    def income(self, agent: str | Agent | Reference[Agent]) -> xr.DataArray:
        """Income of an agent after gifts and committed purchases, at current prices.

        Raises:
            DeclarationError: there is no such agent, or a handle is of another model.
        """
        asked = members(agent, self.model.agents, "agent")
        return self._of(asked, self.state.income(asked))

    def variable(self, auxiliary: str | Auxiliary | Reference[Auxiliary]) -> xr.DataArray:
        """Value of an auxiliary variable.

        Raises:
            DeclarationError: there is no such variable, or a handle is of another model.
        """
        asked = members(auxiliary, self.model.auxiliaries, "auxiliary variable")
        return self._of(asked, self.state.variable(asked))

    def revenue(self, of: Tax | Parameter | str | Agent | Reference[Agent]) -> xr.DataArray:
        """Revenue of a tax or of its rate, or of all taxes that an agent receives."""
        asked = taxed(of, self.model)
        if isinstance(asked, Parameter):
            return self._labelled(self.state.revenue(of), asked.letters, f"revenue of {asked.name}")
        return self._of(asked, self.state.revenue(asked))

    @overload
    def quantity(self, flow: BoundLeaf, /) -> xr.DataArray: ...

    @overload
    def quantity(self, owner: Owner, flow: str, /) -> xr.DataArray: ...

    def quantity(self, what: Owner | BoundLeaf, flow: str = "", /) -> xr.DataArray:
        """A flow in physical units.

        Arguments:
            what: the flow, or the activity or agent that has it.
            flow: name of the flow, with its owner.

        Raises:
            DeclarationError: the owner has no flow of that name.
        """
        asked = flow_members(what, flow, self.model)
        return self._labelled(self.state.quantity(asked), asked.letters, asked.leaf.name)

    def user_price(self, what: Owner | BoundLeaf, flow: str = "", /) -> xr.DataArray:
        """Price paid or received per unit of a flow, taxes included.

        Arguments:
            what: the flow, or the activity or agent that has it.
            flow: name of the flow, with its owner.

        Raises:
            DeclarationError: there is no such owner, or it has no flow of that name.
        """
        asked = flow_members(what, flow, self.model)
        return self._labelled(self.state.user_price(asked), asked.letters, asked.leaf.name)

    def parameter(self, parameter: str | Parameter) -> xr.DataArray:
        """A parameter as moved by the auxiliary variables.

        Raises:
            DeclarationError: there is no such parameter.
        """
        name = parameter if isinstance(parameter, str) else parameter.name
        value = self.state.parameter(name)
        return self._labelled(value, self.model.parameters[name].letters, name)

    def unmet(self, tolerance: float = 1e-9) -> list[str]:
        """What does not hold because a solve fixed or bounded prices, levels, incomes or variables.

        Each condition in words: what lacks it, where and by how much. The market that is left
        unsolved as Walras' check comes last: it makes up for the value of the others.

        Arguments:
            tolerance: largest residual that counts as rounding, relative to market value.
        """
        lines = []
        dropped = self.model.dropped
        unsolved = None if dropped is None else (f"p:{dropped.name}", (0,) * len(dropped.letters))
        for key, (held, condition) in self.state.unmet.items():
            for found in np.argwhere(np.asarray(held) & (np.abs(condition) > tolerance)):
                at = tuple(int(k) for k in found)
                if (key, at) != unsolved:
                    lines.append(describe(self.state, key, at, float(condition[at])))
        if unsolved is not None and self.state.unmet and abs(self.state.imbalance) > tolerance:
            what = describe(self.state, *unsolved, float(self.state.imbalance))
            lines.append(f"{what}, left unsolved, which makes up for what the others lack")
        return lines

    # ------------------------------------------------------------------ reports

    def to_dataset(self) -> xr.Dataset:
        """Everything that is reported, labelled, with units and long names.

        Names are ``price.PA``, ``level.Y``, ``quantity.Y.PA``, ``tax.Y.PA.duty``, and so on.
        """
        dataset: xr.Dataset = _accounts().to_dataset(self)
        return dataset

    def to_frame(self) -> pd.DataFrame:
        """Everything that is reported as one long table, a row for each member."""
        table: pd.DataFrame = _accounts().to_frame(self)
        return table

    def to_excel(self, path: str | Path) -> Path:
        """Write everything that is reported as a workbook, a sheet for each subject."""
        written: Path = _accounts().to_excel(self, path)
        return written

    def compare(self, base: Equilibrium) -> Any:
        """This equilibrium against a base, in levels and per cent.

        Returns:
            A ``cge.accounts.Comparison``.

        Raises:
            DeclarationError: labels or numeraires differ.
        """
        return _accounts().compare(self, base)

    def utility(self, agent: str | Agent | Reference[Agent]) -> xr.DataArray:
        """Utility of an agent, one at the reference.

        Raises:
            DeclarationError: the agent buys nothing, or has additive nests (``aces``), and so no
                expenditure function.
        """
        return self._of_agent(agent, lambda who: _accounts().utility(self.state, who), "utility")

    def price_index(self, agent: str | Agent | Reference[Agent]) -> xr.DataArray:
        """Price of what an agent buys beyond its commitments, one at the reference.

        Raises:
            DeclarationError: the agent buys nothing.
        """
        what = "price_index"
        return self._of_agent(agent, lambda who: _accounts().price_index(self.state, who), what)

    def ev(self, agent: str | Agent | Reference[Agent], base: Equilibrium) -> xr.DataArray:
        """Equivalent variation of an agent: what the change from the base is worth there.

        Raises:
            DeclarationError: the agent buys nothing, has additive nests (``aces``), and so no
                expenditure function, or its preferences differ.
        """
        measure = _accounts().equivalent_variation
        return self._of_agent(agent, lambda who: measure(self, base, who), "ev")

    def cv(self, agent: str | Agent | Reference[Agent], base: Equilibrium) -> xr.DataArray:
        """Compensating variation of an agent: what the change is worth at the new prices.

        Raises:
            DeclarationError: the agent buys nothing, has additive nests (``aces``), and so no
                expenditure function, or its preferences differ.
        """
        measure = _accounts().compensating_variation
        return self._of_agent(agent, lambda who: measure(self, base, who), "cv")

    # ------------------------------------------------------------------ exactness

    def residuals(self) -> pd.DataFrame:
        """How far all conditions are from holding, worst first; the first is ``worst``.

        Returns:
            Columns ``condition, member, residual, text``; the residual relative to market value,
            and of an agent that would spend less than nothing that debt, relative to its size.
        """
        columns = ["condition", "member", "residual", "text"]
        table = pd.DataFrame(self._residual_lines(), columns=columns)
        return table.iloc[worst_first(table["residual"])].reset_index(drop=True)

    def kinks(self, width: float = 1e-6) -> list[str]:
        """Complementarities where both sides are nearly zero: derivatives there are one-sided."""
        state, names = self.state, []
        for key, distance in state.distance.items():
            family = self.model.families()[key]
            near = ~np.asarray(state.dead[key]) & (np.asarray(distance) < width)
            names += [family.labels(tuple(int(k) for k in at)) for at in np.argwhere(near)]
        return names

    def indeterminate(self) -> list[str]:
        """Prices, levels, incomes and variables that the conditions do not determine here.

        They can change together, by small steps, without a condition failing: the Jacobian is
        singular, as for the price of what nobody trades any more. At a kink it is that of the
        active side.
        """
        return free_unknowns(self.state, self.values) if self.solved else []

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What to know about the result: what is not determined (see ``indeterminate``), markets
        and incomes that have nearly vanished, where what is left is known less exactly, and what
        has become so dear in an additive nest that waste looks like a gain.
        """
        if not self.solved:
            return ()
        free, remnants = self.indeterminate(), inexact(self.state, _EXACT)
        notes = [f"not determined by the conditions: {some(free, _NAMED)}"] if free else []
        if remnants:
            more = f" (and {len(remnants) - _NAMED} more)" if remnants[_NAMED:] else ""
            notes.append("; ".join(remnants[:_NAMED]) + more)
        return (*notes, *dear(self.state))

    def __repr__(self) -> str:
        size = sum(family.size for family in self.model.families().values())
        notes = "".join(f"; {note}" for note in self.notes) if size <= _NOTED else ""
        return (
            f"Equilibrium({self.model.name!r}: {self.status.value}, worst residual "
            f"{self.worst:.1e}, Walras {self.walras:.1e}, {self.rounds} rounds, {self.route}"
            f"{notes})"
        )

    def _residual_lines(self) -> Iterator[tuple[str, str, float, str]]:
        kinds = {"p": "market", "y": "zero profit", "m": "income", "a": "auxiliary"}
        for key, values in self.state.gaps.items():
            family = self.model.families()[key]
            array = np.asarray(values)
            for at in np.ndindex(array.shape):
                value = float(array[at])
                text = describe(self.state, key, at, value) if value != 0.0 else ""
                yield kinds[key[0]], family.labels(at), value, text

    def _of_agent(
        self,
        agent: str | Agent | Reference[Agent],
        measure: Callable[[Agent], np.ndarray],
        name: str,
    ) -> xr.DataArray:
        """A measure of the members of an agent that are asked for, with their labels."""
        asked = members(agent, self.model.agents, "agent")
        found = self.state.members(measure(asked.family), asked)
        return self._labelled(found, asked.letters, name)

    def _labelled(self, value: np.ndarray, letters: str, name: str) -> xr.DataArray:
        dims = self.model.dims
        array = np.broadcast_to(np.asarray(value), dims.shape(letters))
        coords = {c: list(dims[c].labels) for c in letters}
        return xr.DataArray(array, coords=coords, dims=list(letters), name=name)

    def _of(self, asked: Reference[Family], value: np.ndarray) -> xr.DataArray:
        """Members of a family with their labels."""
        return self._labelled(value, asked.letters, asked.family.name)


def _accounts() -> Any:
    """The accounts, by the name that the package gives them: the engine itself knows none."""
    return import_module(import_module("cge").ACCOUNTS)


def failure(attempt: Equilibrium, count: int = 5) -> str:
    """Why a solve failed: its end, and the worst conditions by name, place and size."""
    table = attempt.residuals()
    lines = [text for text in table["text"].head(count) if text]
    if attempt.status is Status.FREE:
        lines = [_free_good(attempt)]
    lines = (lost_incomes(attempt.state) or without_price(attempt.state))[:count] or lines
    worst = "; ".join(lines)
    return (
        f"{attempt.model.name}: no equilibrium found ({attempt.status.value}, after "
        f"{attempt.rounds} rounds, nearest on the {attempt.route} route; worst residual "
        f"{attempt.worst:.1e}). Worst conditions: {worst}"
    )


def _free_good(attempt: Equilibrium) -> str:
    """The market left unsolved, and the good whose price has fallen most."""
    state, dropped = attempt.state, attempt.model.dropped
    name = "none" if dropped is None else dropped.labels((0,) * len(dropped.letters))
    ratios, labels = [], []
    for commodity in attempt.model.commodities.values():
        if commodity.zero_scale is None:
            price = state.price(commodity) / commodity.start
            for at in np.argwhere(~np.asarray(state.dead[f"p:{commodity.name}"])):
                member = tuple(int(k) for k in at)
                ratios.append(float(price[member]))
                labels.append(commodity.labels(member))
    with np.errstate(divide="ignore"):
        fallen = worst_first(np.divide(1.0, ratios))[0]
    return (
        f"market {name}, left unsolved as Walras' check, is out of balance by "
        f"{attempt.walras:+.2e} of its size; the price that fell most is {labels[fallen]}, to "
        f"{ratios[fallen]:.1e} of the benchmark's (declare it with may_be_zero if the good can be "
        "free)"
    )
