"""Everything that an equilibrium of a model reports, variable by variable, with units.

A ``Variable`` knows its name, unit and meaning, and how to read itself from a state of NumPy or of
JAX. Tables, comparisons and subtotals all go through this list, so that a name means the same
everywhere. Names are ``what.OWNER.flow``: ``price.PA``, ``quantity.MAKE.FX``, ``tax.MAKE.FX.duty``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from cge.accounts import flows, preferences
from cge.equilibrium.axes import Array
from cge.equilibrium.state import State
from cge.language.declarations import Activity, Agent, Commodity, Endowment, Family
from cge.language.model import Model
from cge.language.trees import BoundLeaf

PRICES, MARKETS, LEVELS = "prices", "markets", "activity levels"
INCOMES, WELFARE, AUXILIARIES = "incomes", "welfare", "auxiliary variables"
QUANTITIES, VALUES, TAXES = "quantities", "values", "tax revenue"
ENDOWMENTS, TRANSFERS = "endowments", "transfers"

SUBJECTS = (
    PRICES, MARKETS, LEVELS, INCOMES, WELFARE, AUXILIARIES, QUANTITIES, VALUES, TAXES, ENDOWMENTS,
    TRANSFERS,
)  # fmt: skip
"""Subjects in the order of tables."""

INDEX = "index"
"""Unit of what is relative to the reference."""


@dataclass(frozen=True, eq=False)
class Variable:
    """A reported variable.

    Attributes:
        name: name, unique in the model.
        subject: one of ``SUBJECTS``.
        owner: family that it belongs to.
        flow: name of the flow, tax, endowment or gift within the owner, empty for the owner's own.
        letters: its axes.
        unit: its unit.
        meaning: what it is, in words.
        read: array over ``letters`` from a state.
    """

    name: str
    subject: str
    owner: str
    flow: str
    letters: str
    unit: str
    meaning: str
    read: Callable[[State], Array]


def variables(model: Model) -> tuple[Variable, ...]:
    """All variables that an equilibrium of a model reports, by subject."""
    found: list[Variable] = []
    for commodity in model.commodities.values():
        found += _of_commodity(model, commodity)
    for activity in model.activities.values():
        found += _of_activity(model, activity)
    for agent in model.agents.values():
        found += _of_agent(model, agent)
    for auxiliary in model.auxiliaries.values():
        unit = auxiliary.unit or "1"
        what = f"{_told(auxiliary)}, auxiliary variable"
        read = partial(_auxiliary, name=auxiliary.name)
        found.append(_own("auxiliary", AUXILIARIES, auxiliary, unit, what, read))
    found.sort(key=lambda v: SUBJECTS.index(v.subject))  # stable: in order of declaration
    return tuple(_uniquely_named(found))


def money_of(model: Model) -> str:
    """Unit of values, ``money`` where the model does not say."""
    return model.money or "money"


def quantity_unit(model: Model, commodity: Commodity) -> str:
    """Unit of quantities of a commodity: its own, or money at benchmark prices."""
    if commodity.unit:
        return commodity.unit
    worth_one = (commodity.start == 1.0).all()
    return f"{money_of(model)} at benchmark prices" if worth_one else "unit"


def price_unit(model: Model, commodity: Commodity) -> str:
    """Unit of prices of a commodity: an index where quantities are money at benchmark prices."""
    if not commodity.unit and (commodity.start == 1.0).all():
        return INDEX
    return f"{money_of(model)}/{commodity.unit or 'unit'}"


# By kind of family -------------------------------------------------------------------------------


def _of_commodity(model: Model, commodity: Commodity) -> Iterator[Variable]:
    name, quantity = _told(commodity), quantity_unit(model, commodity)

    def read(state: State) -> Array:
        return _alive(state, f"p:{commodity.name}", state.price(commodity))

    price = f"price of {name}, in units of the numeraire; not a number where nobody trades it"
    yield _own("price", PRICES, commodity, price_unit(model, commodity), price, read)
    for side, meaning in (("supply", "supply of"), ("demand", "demand for")):
        read_side = partial(_side, side=side, commodity=commodity)
        yield _own(side, MARKETS, commodity, quantity, f"{meaning} {name}", read_side)


def _of_activity(model: Model, activity: Activity) -> Iterator[Variable]:
    name = _told(activity)

    def level(state: State) -> Array:
        return _alive(state, f"y:{activity.name}", state.level(activity))

    what = f"level of {name}, relative to its reference quantities"
    yield _own("level", LEVELS, activity, INDEX, what, level)
    for leaf in flows.leaves_of(activity):
        verb = "made by" if leaf.sign < 0 else "used by"
        yield from _of_flow(model, activity, leaf, f"{_told(leaf.commodity)} {verb} {name}")
    if activity.capacity is not None:
        what = f"profit of {name} at its capacity"
        yield _own(
            "profit", TRANSFERS, activity, money_of(model), what, lambda s: s.profit[activity]
        )


def _of_agent(model: Model, agent: Agent) -> Iterator[Variable]:
    name, money = _told(agent), money_of(model)

    def gross(state: State) -> Array:
        return state.gross[agent]

    def income(state: State) -> Array:
        return state.incomes[agent]

    yield _own("gross_income", INCOMES, agent, money, f"income of {name} before gifts", gross)
    what = f"income of {name} after gifts and committed purchases"
    yield _own("income", INCOMES, agent, money, what, income)
    if agent.tree is not None:
        if agent.tree.has_expenditure_function:
            what = f"utility of {name}, reference = 1"
            of = partial(preferences.utility, agent=agent)
            yield _own("utility", WELFARE, agent, INDEX, what, of)
        what = f"price index of what {name} buys beyond commitments, reference = 1"
        of = partial(preferences.price_index, agent=agent)
        yield _own("price_index", WELFARE, agent, INDEX, what, of)
        for leaf in agent.tree.leaves:
            yield from _of_flow(model, agent, leaf, f"{_told(leaf.commodity)} bought by {name}")
    yield from _endowments(model, agent)
    for gift in agent.gifts:
        own, to = _within(agent, gift.share.name), _told(gift.recipient.family)
        read = partial(flows.given, gift=gift)
        meaning = f"gift of {name} to {to}"
        yield _part("gift", TRANSFERS, agent, own, gift.letters, money, meaning, read)


def _endowments(model: Model, agent: Agent) -> Iterator[Variable]:
    for endowment in agent.endowments:
        commodity = endowment.reference.family
        own = _within(agent, endowment.quantity.name)
        unit, what = quantity_unit(model, commodity), f"{_told(commodity)} owned by {_told(agent)}"
        at, worth = endowment.letters, partial(_worth, endowment=endowment)
        read = partial(flows.endowed, endowment=endowment)
        yield _part("endowment", ENDOWMENTS, agent, own, at, unit, what, read)
        value = f"value of {what}"
        yield _part("endowment_value", ENDOWMENTS, agent, own, at, money_of(model), value, worth)


def _of_flow(
    model: Model, owner: Activity | Agent, leaf: BoundLeaf, what: str
) -> Iterator[Variable]:
    unit, money = quantity_unit(model, leaf.commodity), money_of(model)

    def value(state: State) -> Array:
        return state.user_price(leaf) * state.quantity(leaf)

    name, at = leaf.name, leaf.letters
    yield _part("quantity", QUANTITIES, owner, name, at, unit, what, lambda s: s.quantity(leaf))
    net = "net of taxes" if leaf.sign < 0 else "taxes included"
    yield _part("value", VALUES, owner, name, at, money, f"value of {what}, {net}", value)
    for tax in leaf.taxes:
        own = f"{name}.{tax.rate.name}"
        told = f"revenue of {tax.rate.name} on {what}"
        yield _part(
            "tax", TAXES, owner, own, at, money, told,
            partial(flows.tax_revenue, leaf=leaf, tax=tax),
        )  # fmt: skip
    if leaf.payment is not None:
        payer = leaf.payment.payer.family
        told = f"paid by {_told(payer)} for {what}"
        yield _part(
            "payment", TRANSFERS, owner, name, at, money, told, partial(_paid, leaf=leaf)
        )  # fmt: skip


# Readers ------------------------------------------------------------------------------------------


def _alive(state: State, key: str, value: Array) -> Array:
    xp = state.axes.xp
    return xp.where(state.dead[key], xp.nan, value)


def _side(state: State, *, side: str, commodity: Commodity) -> Array:
    return (state.supplies if side == "supply" else state.demands)[commodity]


def _auxiliary(state: State, *, name: str) -> Array:
    return state.unknowns[f"a:{name}"]


def _worth(state: State, *, endowment: Endowment) -> Array:
    return flows.endowed(state, endowment) * flows.endowment_price(state, endowment)


def _paid(state: State, *, leaf: BoundLeaf) -> Array:
    return flows.market_price(state, leaf) * state.quantity(leaf)


# Names --------------------------------------------------------------------------------------------


def _told(family: Family) -> str:
    """What a family stands for, or its name."""
    return family.meaning or family.name


def _within(agent: Agent, name: str) -> str:
    """Name of a parameter within its agent: ``HH.PF`` of HH is PF."""
    return name.removeprefix(f"{agent.name}.")


def _own(
    what: str,
    subject: str,
    family: Family,
    unit: str,
    meaning: str,
    read: Callable[[State], Array],
) -> Variable:
    name = f"{what}.{family.name}"
    return Variable(name, subject, family.name, "", family.letters, unit, meaning, read)


def _part(
    what: str,
    subject: str,
    owner: Family,
    flow: str,
    letters: str,
    unit: str,
    meaning: str,
    read: Callable[[State], Array],
) -> Variable:
    name = f"{what}.{owner.name}.{flow}"
    return Variable(name, subject, owner.name, flow, letters, unit, meaning, read)


def _uniquely_named(found: list[Variable]) -> Iterator[Variable]:
    """Variables with names that differ: a second one of a name is ``name#2``."""
    count: dict[str, int] = {}
    for v in found:
        n = count[v.name] = count.get(v.name, 0) + 1
        name = v.name if n == 1 else f"{v.name}#{n}"
        yield Variable(name, v.subject, v.owner, v.flow, v.letters, v.unit, v.meaning, v.read)
