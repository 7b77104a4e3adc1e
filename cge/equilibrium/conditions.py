r"""Equilibrium conditions: zero profit, market clearance, income balance, auxiliary conditions.

With unit cost :math:`c`, unit revenue :math:`r`, supply :math:`S`, demand :math:`D`, income
:math:`M` and expenditure at the unknown income :math:`V_0 e^m` (Mathiesen 1985),

.. math::

    \ln c - \ln r = 0 &\perp y , & \min(y, c - r) = 0 \text{ where latent} , \\
    \ln D - \ln S = 0 &\perp p , & \min(p, S - D) = 0 \text{ where the price may be zero} , \\
    \ln M - \ln V_0 - m = 0 &\perp m , &

all in relative terms, so that residuals are shares of market value. Walras' law makes one market
redundant: its row holds the numeraire instead, and its own imbalance is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cge.equilibrium import written
from cge.equilibrium.axes import Array, Axes, Traced
from cge.equilibrium.bounds import FREE, bind
from cge.equilibrium.shares import Calibration, Unit, parameter, reference_shares, unit
from cge.equilibrium.state import Flow, State, Unknowns
from cge.equilibrium.taxes import Prices, per_unit, with_numeraire
from cge.equilibrium.vanishing import (
    TURN,
    at_least_small,
    log_or_line,
    part_left,
    size_of_log,
)
from cge.language.declarations import Activity, Agent, Auxiliary, Commodity, Endowment, Gift
from cge.language.model import Model
from cge.language.parameters import Parameter
from cge.language.rules import parameters_read, reached
from cge.language.trees import BoundLeaf, Tree

ROUNDING = 1e-15
"""Margin over unit cost that is rounding."""

EVEN_WEIGHT = 1.0
"""Weight with which levels between their bounds are found where the other one goes to and fro."""

LEVEL_WEIGHT = 1e-3
"""Weight of a latent activity's level against its loss: small, so that Newton's method starts or
stops it in one step, and looks for a level between only where it nearly breaks even."""


def evaluate(
    model: Model,
    axes: Axes,
    unknowns: Unknowns,
    values: Mapping[str, Array],
    calibration: Calibration | None = None,
    weight: Any = LEVEL_WEIGHT,
) -> State:
    """All conditions at a point.

    Arguments:
        model: the declared model.
        axes: letters and array library.
        unknowns: logs of prices, levels and incomes by key of ``Model.families``.
        values: parameters by name.
        calibration: reference shares, if known; recomputed where an auxiliary variable moves them.
        weight: weight of a latent activity's level against its loss; any gives the same solutions.
    """
    moved = moved_values(model, axes, unknowns, values)
    if calibration is None or recalibrates(model):
        calibration = reference_shares(model, axes, moved)
    prices = _prices(model, axes, unknowns, moved)
    state = State(model, axes, moved, unknowns, calibration, prices, weight)
    _activities(state)
    _agents(state)
    _markets(state)
    _incomes(state)
    _auxiliaries(state, values)
    state.free = dict(state.residual) if model.bounded else {}
    _numeraire(state)
    bind(state, values)
    return state


def moved_values(
    model: Model, axes: Axes, unknowns: Unknowns, values: Mapping[str, Array]
) -> Mapping[str, Array]:
    """Parameters with what the auxiliary variables add to them; products follow."""
    moved: dict[str, Array] = dict(values)
    for name, auxiliary in model.auxiliaries.items():
        for target, rule in auxiliary.moves.items():
            variable = axes.align(unknowns[f"a:{name}"], auxiliary.letters, target.letters)
            reads = [parameter(axes, values, p, target.letters) for p in parameters_read(rule)]
            base = moved[target.name]
            moved[target.name] = written.moved(auxiliary, target.name, rule, base, variable, *reads)
    return model.parameters.complete(moved, freed(model))


def freed(model: Model) -> set[str]:
    """Names of the parameters that auxiliary variables move."""
    return {p.name for auxiliary in model.auxiliaries.values() for p in auxiliary.moves}


def recalibrates(model: Model) -> bool:
    """Whether an auxiliary variable moves a reference quantity or price, or what a flow yields."""
    moved = model.parameters.moved_with(freed(model))
    return any(
        p is not None and p.name in moved
        for tree in model.trees()
        for leaf in tree.leaves
        for p in (leaf.quantity, leaf.price, leaf.yields)
    )


def _prices(model: Model, axes: Axes, unknowns: Unknowns, values: Mapping[str, Array]) -> Prices:
    price, slope = {}, {}
    for name, commodity in model.commodities.items():
        u = unknowns[f"p:{name}"]
        if commodity.zero_scale is None:
            price[commodity] = slope[commodity] = axes.xp.exp(u)
        else:
            price[commodity] = commodity.zero_scale * axes.xp.expm1(u)
            slope[commodity] = commodity.zero_scale * axes.xp.exp(u)
    return with_numeraire(model, axes, values, price, slope)


def _activities(state: State) -> None:
    axes, xp, cal = state.axes, state.axes.xp, state.calibration
    for name, activity in state.model.activities.items():
        key = f"y:{name}"
        y = state.unknowns[key]
        if activity.latent is None:
            level = size_of_log(xp, y)
            slope = at_least_small(xp, level)
        else:
            level, slope = activity.latent * y, activity.latent * xp.ones_like(y)
        state.levels[activity] = level
        ends = []
        for tree in (activity.makes, activity.uses):
            flow = Flow(tree, activity, key, unit(axes, state.values, tree, cal, state.prices))
            for leaf in tree.leaves:
                per_unit = _per_unit(state, flow.unit, leaf)
                at = (activity.letters, leaf.letters)
                flow.quantity[leaf] = flow.total[leaf] = per_unit * axes.align(level, *at)
                flow.gradient[leaf] = per_unit * axes.align(slope, *at)
            state.flows.append(flow)
            ends.append(flow.unit)
        _zero_profit(state, activity, key, *ends)


def _per_unit(state: State, unit_: Unit, leaf: BoundLeaf) -> Array:
    """Physical quantity per unit of the tree."""
    per_unit = state.calibration.quantity[leaf] * state.axes.xp.exp(unit_.log_ratio[leaf])
    if leaf.productivity is not None:
        per_unit = per_unit / parameter(state.axes, state.values, leaf.productivity, leaf.letters)
    return per_unit


def _zero_profit(state: State, activity: Activity, key: str, out: Unit, used: Unit) -> None:
    r"""Zero profit ⟂ level: :math:`\ln c = \ln r`, or :math:`\min(y / y_0, (c - r) / c_0) = 0`."""
    xp, cal = state.axes.xp, state.calibration
    makes, uses = activity.makes, activity.uses
    dead = ~(cal.alive[makes] | cal.alive[uses])
    state.dead[key] = dead
    if activity.latent is None:
        cost = used.log_price[uses.root] + xp.log(cal.value[uses])
        revenue = out.log_price[makes.root] + xp.log(cal.value[makes])
        gap = cost - revenue
        state.residual[key] = xp.where(dead, 0.0, gap)
        short = -state.levels[activity]  # no activity runs backward
        state.gap[key] = xp.where(dead, 0.0, xp.where(short > xp.abs(gap), short, gap))
        return
    cost = cal.value[uses] * _root_price(xp, used, uses)
    revenue = cal.value[makes] * _root_price(xp, out, makes)
    loss = (cost - revenue) / cal.value[uses]
    level, room, weighted = state.levels[activity] / activity.latent, None, None
    if activity.capacity is not None:
        most = parameter(state.axes, state.values, activity.capacity, activity.letters)
        room = most / activity.latent - level
        weighted = state.weight * room
        margin = revenue - cost
        if xp is np:  # where nothing is differentiated, what rounding leaves is no profit
            margin = np.where(np.abs(margin) <= ROUNDING * cost, 0.0, margin)
        state.profit[activity] = xp.where(dead, 0.0, margin * state.levels[activity])
        state.turnover[activity] = xp.where(dead, 0.0, cost * state.levels[activity])
    state.profit_scale[activity] = cal.value[uses]
    state.pairs[key] = (level, loss, room)
    state.gap[key] = xp.where(dead, 0.0, complementarity(xp, level, loss, room)[0])
    value, state.sides[key], state.distance[key] = complementarity(
        xp, state.weight * level, loss, weighted
    )
    state.residual[key] = xp.where(dead, 0.0, value)


def complementarity(
    xp: Any, own: Array, other: Array, room: Array | None = None
) -> tuple[Array, tuple[Array, Array], Array]:
    r"""The condition ``own >= 0`` ⟂ ``other >= 0``, its slopes in the two sides, and the kink.

    .. math:: \min(a, b) = 0, \quad \text{or with an upper bound } \bar a: \quad
              \max(\min(a, b),\, a - \bar a) = 0

    Arguments:
        xp: array library.
        own: price or level a.
        other: slack b, negative where the upper bound holds.
        room: what is left to the upper bound, :math:`\bar a - a`.

    Returns:
        The condition, its slopes in a and b, and the distance between its two nearest branches.
    """
    held = own <= other
    value, distance = xp.where(held, own, other), xp.abs(own - other)
    if room is not None:
        full, above = -room >= value, xp.abs(room + value)
        value = xp.where(full, -room, value)
        distance = xp.where(full, above, xp.minimum(distance, above))
        held = held | full
    slope = xp.where(held, 1.0, 0.0)
    return value, (slope, 1.0 - slope), distance


def _root_price(xp: Any, unit_: Unit, tree: Tree) -> Array:
    """Relative price of a tree, zero where all its goods are free."""
    total = unit_.sum.get(tree.root)
    return xp.exp(unit_.log_price[tree.root]) if total is None else total


def _agents(state: State) -> None:
    """Purchases of agents, what they keep, and gross incomes implied by the unknowns."""
    axes, xp, cal = state.axes, state.axes.xp, state.calibration
    for agent, budget in state.model.budgets.items():
        key = f"m:{agent.name}"
        m = state.unknowns[key]
        given = sum(
            (
                axes.total(
                    axes.spread(state.values[g.share.name], g.share.letters, g.letters),
                    g.letters,
                    agent.letters,
                )
                for g in budget.gifts
            ),
            xp.zeros(agent.shape),
        )
        tree = budget.tree
        if tree is None:
            state.scale[agent] = _income_scale(state, agent)
            state.kept[agent] = xp.ones(agent.shape)
            state.gross[agent] = state.scale[agent] * m
            state.dead[key] = state.scale[agent] < 0
            continue
        above = xp.maximum(m, TURN)  # demand systems know shares, but no spending near zero
        flow = Flow(tree, agent, key, unit(axes, state.values, tree, cal, state.prices, above))
        _purchases(state, flow, m)
        state.flows.append(flow)
        state.kept[agent] = 1.0 - given
        state.scale[agent] = cal.value[tree]
        state.dead[key] = ~cal.alive[tree]
        paid = state.scale[agent] * size_of_log(xp, m) + commitments(state, flow)
        state.gross[agent] = xp.where(state.dead[key], 0.0, paid / state.kept[agent])


def _purchases(state: State, flow: Flow, unknown: Array) -> None:
    """Quantities that an agent buys: in proportion to spending, but for demand systems.

    Near zero they are in proportion to spending for all (``vanishing``).
    """
    axes, xp, tree, bought = state.axes, state.axes.xp, flow.tree, flow.unit.purchases
    utility = xp.exp(xp.maximum(unknown, TURN) - flow.unit.log_price[tree.root])
    left = part_left(xp, unknown)
    for leaf in tree.leaves:
        quantity = _per_unit(state, flow.unit, leaf)
        if bought is None:
            quantity = quantity * axes.align(utility, tree.letters, leaf.letters)
            flow.gradient[leaf] = quantity
        else:
            child = leaf.below(tree.root)
            near = axes.align(unknown < TURN, tree.letters, child.letters)
            income = xp.where(near, 1.0, bought.income[child])
            flow.gradient[leaf] = quantity * axes.align(income, child.letters, leaf.letters)
        flow.quantity[leaf] = quantity * axes.align(left, tree.letters, leaf.letters)
        flow.total[leaf] = flow.quantity[leaf] + committed(state, leaf)


def committed(state: State, leaf: BoundLeaf) -> float | Array:
    """Committed quantity of a purchase at the letters of the leaf."""
    if leaf.minimum is None:
        return 0.0
    return parameter(state.axes, state.values, leaf.minimum, leaf.letters)


def commitments(state: State, flow: Flow) -> Array:
    """Cost of an agent's committed purchases, taxes included (letters of the agent)."""
    axes = state.axes
    total = axes.xp.zeros(flow.owner.shape)
    for leaf in flow.tree.leaves:
        if leaf.minimum is not None:
            cost = axes.xp.broadcast_to(
                committed(state, leaf) * flow.unit.user_price[leaf], axes.shape(leaf.letters)
            )
            total = total + axes.total(cost, leaf.letters, flow.owner.letters)
    return total


def _income_scale(state: State, agent: Agent) -> Array:
    """Size of an income that is handed on: what is received at the reference point; of an income
    from what may be free alone, at its scale; or one.
    """
    axes, xp, budgets = state.axes, state.axes.xp, state.model.budgets
    size, free = xp.zeros(agent.shape), xp.zeros(agent.shape)
    for endowment in budgets[agent].endowments:
        quantity = axes.spread(
            state.values[endowment.quantity.name], endowment.quantity.letters, endowment.letters
        )
        scale = endowment.reference.family.zero_scale
        if scale is None:
            size = size + axes.total(xp.abs(quantity), endowment.letters, agent.letters)
        else:
            worth = quantity * axes.take(scale, endowment.reference.use, endowment.letters)
            free = free + axes.total(xp.abs(worth), endowment.letters, agent.letters)
    for tree in state.model.trees():
        for leaf in tree.leaves:
            for tax in (t for t in leaf.taxes if t.recipient.family is agent):
                rate = parameter(axes, state.values, tax.rate, leaf.letters)
                revenue = xp.abs(rate) * state.calibration.quantity[leaf]
                size = size + axes.collect(revenue, leaf.letters, tax.recipient.use)
    for giver, scale in state.scale.items():
        for gift in (g for g in budgets[giver].gifts if g.recipient.family is agent):
            share = xp.abs(parameter(axes, state.values, gift.share, gift.letters))
            received = share * axes.align(scale, giver.letters, gift.letters)
            received = xp.broadcast_to(received, axes.shape(gift.letters))
            size = size + axes.collect(received, gift.letters, gift.recipient.use)
    return xp.where(size > 0, size, xp.where(free > 0, free, 1.0))


def _markets(state: State) -> None:
    axes, xp = state.axes, state.axes.xp
    sums: dict[int, dict[Commodity, Array]] = {1: {}, -1: {}}
    references: dict[int, dict[Commodity, Array]] = {1: {}, -1: {}}
    for table in (sums, references):
        for side in table.values():
            side.update({c: xp.zeros(c.shape) for c in state.model.commodities.values()})
    for flow in state.flows:
        for leaf in flow.tree.leaves:
            if leaf.payment is None:
                c = leaf.commodity
                sums[leaf.sign][c] += axes.collect(flow.total[leaf], leaf.letters, leaf.use)
                reference = state.calibration.quantity[leaf]
                references[leaf.sign][c] += axes.collect(reference, leaf.letters, leaf.use)
    for budget in state.model.budgets.values():
        for endowment in budget.endowments:
            quantity = _endowed(state, endowment)
            state.endowed[endowment] = quantity
            use, c = endowment.reference.use, endowment.reference.family
            for sign, part in ((-1, xp.maximum(quantity, 0.0)), (1, xp.maximum(-quantity, 0.0))):
                flow_ = axes.collect(part, endowment.letters, use)
                sums[sign][c] += flow_
                references[sign][c] += flow_
    state.demands, state.supplies = sums[1], sums[-1]
    for name, commodity in state.model.commodities.items():
        _clearance(
            state, f"p:{name}", commodity, references[1][commodity], references[-1][commodity]
        )


def _endowed(state: State, endowment: Endowment) -> Array:
    r"""Quantity supplied, :math:`\bar q (\pi / \pi_{rel})^\epsilon`, over the flow's letters.

    Both prices are relative to the benchmark, :math:`\pi = p / p^0`.
    """
    axes, letters = state.axes, endowment.letters
    quantity = axes.spread(
        state.values[endowment.quantity.name], endowment.quantity.letters, letters
    )
    if endowment.relative_to is None or endowment.elasticity is None:
        return quantity
    own, other = endowment.reference, endowment.relative_to
    u, v = (
        axes.take(state.unknowns[f"p:{c.name}"] - np.log(c.start), use, letters)
        for c, use in ((own.family, own.use), (other.family, other.use))
    )
    return quantity * axes.xp.exp(
        parameter(axes, state.values, endowment.elasticity, letters) * (u - v)
    )


def _clearance(state: State, key: str, commodity: Commodity, demand: Array, supply: Array) -> None:
    r"""Market clearance ⟂ price: :math:`\ln D = \ln S`, or :math:`\min(p/p_0, (S-D)/S_0) = 0`."""
    xp = state.axes.xp
    dead = ~((demand > 0) | (supply > 0))
    state.dead[key] = dead
    D, S = state.demands[commodity], state.supplies[commodity]
    size = xp.where(dead, 1.0, xp.maximum(demand, supply))
    state.size[commodity] = size
    if commodity.zero_scale is None:
        ratio = log_or_line(xp, D / size) - log_or_line(xp, S / size)
        state.residual[key] = xp.where(dead, 0.0, ratio)
        state.gap[key] = xp.where(dead, 0.0, _relative(xp, D, S, size))
        return
    relative = state.prices.price[commodity] / commodity.zero_scale
    excess = (S - D) / size
    state.pairs[key] = (relative, excess, None)
    value, state.sides[key], state.distance[key] = complementarity(xp, relative, excess)
    state.residual[key] = xp.where(dead, 0.0, value)


def _relative(xp: Any, first: Array, second: Array, size: Array | float) -> Array:
    """Difference as a share of the larger of two flows, or of a millionth of their usual size."""
    largest = xp.maximum(xp.abs(first), xp.abs(second))
    return (first - second) / xp.maximum(largest, 1e-6 * size)


def _incomes(state: State) -> None:
    axes, xp = state.axes, state.axes.xp
    source = {agent: xp.zeros(agent.shape) for agent in state.model.agents.values()}
    for agent, budget in state.model.budgets.items():
        for endowment in budget.endowments:
            use = endowment.reference.use
            price = axes.take(
                state.prices.price[endowment.reference.family], use, endowment.letters
            )
            worth = state.endowed[endowment] * price
            source[agent] += axes.total(worth, endowment.letters, agent.letters)
        for gift in budget.gifts:
            use = gift.recipient.use
            source[gift.recipient.family] += axes.collect(_given(state, gift), gift.letters, use)
    for flow in state.flows:
        for leaf in flow.tree.leaves:
            _revenue(state, flow, leaf, source)
    through = {agent: xp.zeros(agent.shape) for agent in state.model.agents.values()}
    for activity, profit in state.profit.items():
        if activity.owner is not None:
            to, turnover = activity.owner, state.turnover[activity]
            source[to.family] += axes.collect(profit, activity.letters, to.use)
            through[to.family] += axes.collect(turnover, activity.letters, to.use)
    spending = {flow.owner: flow for flow in state.flows if isinstance(flow.owner, Agent)}
    for agent, budget in state.model.budgets.items():
        key = f"m:{agent.name}"
        m = state.unknowns[key]
        if budget.tree is None:
            state.incomes[agent] = source[agent]
            state.residual[key] = source[agent] / state.scale[agent] - m
            continue
        income = state.kept[agent] * source[agent] - commitments(state, spending[agent])
        state.incomes[agent] = income
        received, spent = income / state.scale[agent], size_of_log(xp, m)
        size = xp.maximum(1.0, through[agent] / state.scale[agent])  # profit is a difference
        gap = xp.maximum(xp.abs(_relative(xp, received, spent, size)), -spent)
        state.gap[key] = xp.where(state.dead[key], 0.0, gap)
        state.residual[key] = xp.where(state.dead[key], 0.0, log_or_line(xp, received) - m)


def _given(state: State, gift: Gift) -> Array:
    """Value of a gift over its letters."""
    gross = state.axes.align(state.gross[gift.giver], gift.giver.letters, gift.letters)
    share = parameter(state.axes, state.values, gift.share, gift.letters)
    return state.axes.xp.broadcast_to(share * gross, state.axes.shape(gift.letters))


def _revenue(state: State, flow: Flow, leaf: BoundLeaf, source: dict[Agent, Array]) -> None:
    """Add tax revenue to its recipients; take payments from their payers."""
    axes = state.axes
    market = axes.take(state.prices.price[leaf.commodity], leaf.use, leaf.letters)
    for tax in leaf.taxes:
        to = tax.recipient
        paid = per_unit(axes, state.values, state.prices, leaf, tax) * flow.total[leaf]
        source[to.family] += axes.collect(paid, leaf.letters, to.use)
    if leaf.payment is not None:
        payer = leaf.payment.payer
        paid = market * flow.total[leaf]
        source[payer.family] -= axes.collect(paid, leaf.letters, payer.use)


def _auxiliaries(state: State, given: Mapping[str, Array]) -> None:
    xp = state.axes.xp
    for name, auxiliary in state.model.auxiliaries.items():
        key = f"a:{name}"
        value = written.condition(auxiliary, state)
        variable = state.unknowns[key]
        lower, upper = variable_bounds(state.axes, auxiliary, given)
        below = None if lower is None else variable - lower
        above = None if upper is None else upper - variable
        if below is not None or above is not None:
            state.pairs[key] = (below, value, above)
        if below is not None:
            value = xp.minimum(below, value)
        if above is not None:
            value = xp.maximum(-above, value)
        state.residual[key] = value
        state.dead[key] = xp.zeros(auxiliary.shape, bool)


def variable_bounds(
    axes: Axes, auxiliary: Auxiliary, given: Mapping[str, Array]
) -> tuple[Array | None, Array | None]:
    """Bounds of an auxiliary variable, those of what it moves among them (its letters).

    Arguments:
        axes: letters and array library.
        auxiliary: the variable.
        given: parameters before variables move them.
    """
    sides = []
    for own, level, tighter, over, free in (
        (auxiliary.lower, auxiliary.least, axes.xp.maximum, axes.xp.max, -FREE),
        (auxiliary.upper, auxiliary.most, axes.xp.minimum, axes.xp.min, FREE),
    ):
        bound = None if own is None else parameter(axes, given, own, auxiliary.letters)
        if level is not None:
            meant = _reached(axes, auxiliary, level, given, over, free)
            bound = meant if bound is None else tighter(bound, meant)
        sides.append(bound)
    return sides[0], sides[1]


def _reached(
    axes: Axes,
    auxiliary: Auxiliary,
    level: Parameter,
    given: Mapping[str, Array],
    over: Callable[..., Array],
    free: float,
) -> Array:
    """The variable at which what it moves is at a bound, in the member where that is first."""
    ((moved, rule),) = auxiliary.moves.items()
    letters = moved.letters
    base, target = (axes.spread(given[p.name], p.letters, letters) for p in (moved, level))
    reads = [parameter(axes, given, p, letters) for p in parameters_read(rule)]
    meant = reached(rule, base, target, reads[0] if reads else None, axes.xp)
    meant = axes.xp.where(axes.xp.isfinite(meant), meant, free)  # no value is beyond the bound
    rest = tuple(k for k, c in enumerate(letters) if c not in auxiliary.letters)
    kept = "".join(c for c in letters if c in auxiliary.letters)
    return axes.align(over(meant, axis=rest) if rest else meant, kept, auxiliary.letters)


def _numeraire(state: State) -> None:
    """Put the price index in the place of the dropped market, whose imbalance is Walras' check."""
    dropped = state.model.dropped
    if dropped is None:
        return
    key = f"p:{dropped.name}"
    first = (0,) * len(dropped.letters)
    D, S = state.demands[dropped][first], state.supplies[dropped][first]
    size = state.size[dropped][first]
    state.walras = state.imbalance = _relative(state.axes.xp, D, S, size)
    level = state.axes.xp.log(state.prices.numeraire)
    residual = state.residual[key]
    if state.axes.xp is np:
        residual = np.array(residual)
        residual[first] = level
    else:
        compiled: Traced = residual
        residual = compiled.at[first].set(level)
    state.residual[key] = residual
    state.gap.pop(key, None)


def start(model: Model, xp: Any = np) -> Unknowns:
    """Unknowns at the benchmark, incomes of agents without a tree still at zero."""
    point: Unknowns = {}
    for key, family in model.families().items():
        value: Any = 0.0
        if isinstance(family, Commodity):
            scale = family.zero_scale
            value = np.log(family.start) if scale is None else np.log1p(family.start / scale)
        elif isinstance(family, Auxiliary):
            value = family.start
        elif isinstance(family, Activity):
            scale = family.latent
            value = log_or_line(np, family.start) if scale is None else family.start / scale
        point[key] = xp.array(xp.broadcast_to(value, family.shape))
    return point
