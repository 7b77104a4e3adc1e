r"""The Jacobian of all conditions in closed form, from value shares ("hat calculus").

For leaves l, m of one tree with common ancestors n, share :math:`h_{m|n}` of m in n and elasticity
:math:`\sigma_n` (parent's for the root: 0 for activities, 1 for agents),

.. math:: \frac{d \ln x_l}{d \ln p_m} = \sum_n (\sigma_n - \sigma_{parent(n)})\, h_{m|n}
          - \sigma_{parent(l)}\, \delta_{lm} , \qquad
          \frac{d \ln c}{d \ln p_m} = h_{m|root} .

At an additive node two indices respond: :math:`h` is the response of its average price, and in
place of :math:`\sigma_n h_{m|n}` stands that of its choice, :math:`\sigma_n q_k h_{m|k}` with the
quantity share :math:`q_k` of the child k above m.

At a root with a demand system the response is as in ``cge.equilibrium.demand``: each child i has a
substitution :math:`\alpha_i` of its own, seen from below in the place of :math:`\sigma_{root}`.

Every flow touches the row of its market and the income rows of those who get its taxes. Where a tax
is an amount per unit, the user price moves less than the market price, and with its index
(``taxes``). Only the rows and columns of auxiliary variables come from automatic differentiation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from cge.equilibrium.axes import Array, Axes
from cge.equilibrium.bounds import bind_blocks
from cge.equilibrium.conditions import committed, evaluate
from cge.equilibrium.demand import Purchases
from cge.equilibrium.shares import may_be_zero, parameter
from cge.equilibrium.state import Flow, State, Unknowns
from cge.equilibrium.taxes import Move, per_unit, revenue_moves, user_price_moves
from cge.equilibrium.tensors import COLUMN, Blocks
from cge.equilibrium.vanishing import at_least_small, size_of_log
from cge.language.declarations import Activity, Agent, Commodity, Gift, Reference
from cge.language.dimensions import extended, loose
from cge.language.model import Model
from cge.language.trees import BoundLeaf, BoundNode, Child, common_ancestors

NUMERAIRE = "n:"
"""Key of the row of the numeraire, which stands in the place of the dropped market."""


@dataclass(frozen=True, eq=False)
class Row:
    """A condition touched by a flow.

    Attributes:
        key: family of the condition.
        use: letters of the condition's member, in terms of the flow's letters.
        weight: derivative with respect to the quantity of the flow, None where that is fixed.
        moves: change with prices at given quantity.
    """

    key: str
    use: str
    weight: Array | None
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True, eq=False)
class Weights:
    """What a unit of a flow does to markets and incomes.

    Attributes:
        market: derivative of market clearance with respect to demand (+1) and supply (-1).
        income: derivative of the income condition with respect to money received before gifts.
    """

    market: dict[tuple[Commodity, int], Array]
    income: dict[Agent, Array]


@dataclass(frozen=True, eq=False)
class Work:
    """A tree at work: what the blocks of its flows are made of.

    Attributes:
        state: the economy.
        blocks: the Jacobian, to which the blocks are added.
        weights: weights of markets and incomes.
        flow: the tree with its quantities.
        shares: share of each leaf in each of its ancestors.
        bends: elasticity of each node less that of its parent, at the node's letters.
        sums: sums of bends times shares over nodes with the same letters, kept for other flows.
    """

    state: State
    blocks: Blocks
    weights: Weights
    flow: Flow
    shares: dict[BoundLeaf, dict[BoundNode, Array]]
    bends: dict[BoundNode, float | Array]
    sums: dict[tuple[BoundLeaf, tuple[BoundNode, ...]], Array] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Response:
    """A flow that varies, as it shows in a condition.

    Attributes:
        leaf: the flow.
        row: the condition.
        value: quantity times weight, over the letters of the leaf.
    """

    leaf: BoundLeaf
    row: Row
    value: Array


def jacobian(state: State) -> Blocks:
    """Derivatives of all conditions at a point, with respect to all unknowns."""
    model, axes = state.model, state.axes
    ranks = {key: len(family.letters) for key, family in model.families().items()}
    blocks = Blocks(axes, {**ranks, NUMERAIRE: 0})
    income = {agent: _income_weight(state, agent) for agent in model.budgets}
    weights = Weights(_market_weights(state), income)
    for flow in state.flows:
        _tree_blocks(state, blocks, flow, weights)
    _income_blocks(state, blocks, weights)
    _endowment_blocks(state, blocks, weights)
    _profit_income_blocks(state, blocks, weights)
    _complementarity_blocks(state, blocks)
    _numeraire_block(state, blocks)
    bind_blocks(state, blocks, NUMERAIRE)
    return blocks


def _income_weight(state: State, agent: Agent) -> Array:
    """Derivative of the income condition with respect to money received before gifts."""
    if state.model.budgets[agent].tree is None:
        return 1.0 / state.scale[agent]
    return state.kept[agent] * _per_income(state, agent)


def _per_income(state: State, agent: Agent) -> Array:
    """Derivative of the income condition with respect to income."""
    xp, dead = state.axes.xp, state.dead[f"m:{agent.name}"]
    size = at_least_small(xp, state.incomes[agent], state.scale[agent])
    return xp.where(dead, 0.0, 1.0 / size)


def _market_weights(state: State) -> dict[tuple[Commodity, int], Array]:
    """Derivative of market clearance with respect to demand (+1) and supply (-1)."""
    xp = state.axes.xp
    weights: dict[tuple[Commodity, int], Array] = {}
    for name, commodity in state.model.commodities.items():
        dead = state.dead[f"p:{name}"]
        if commodity.zero_scale is None:
            for sign, total in ((1, state.demands), (-1, state.supplies)):
                size = at_least_small(xp, total[commodity], state.size[commodity])
                weights[commodity, sign] = xp.where(dead, 0.0, sign / size)
        else:
            _, slope = state.sides[f"p:{name}"]
            for sign in (1, -1):
                weight = -sign * slope / state.size[commodity]
                weights[commodity, sign] = xp.where(dead, 0.0, weight)
    return weights


def _tree_blocks(state: State, blocks: Blocks, flow: Flow, weights: Weights) -> None:
    """All that a tree contributes: cost or revenue, and the conditions its flows touch."""
    shares = {leaf: _shares(state, flow, leaf) for leaf in flow.tree.leaves}
    if isinstance(flow.owner, Activity):
        _profit_blocks(state, blocks, flow, shares)
    work = Work(state, blocks, weights, flow, shares, _bends(state.axes, flow))
    for leaf in flow.tree.leaves:
        for row in _rows(work, leaf):
            for move in row.moves:
                _add(blocks, row.key, row.use, move, move.change, leaf.letters)
            if row.weight is None:
                continue
            scaled = row.weight * flow.gradient[leaf]
            blocks.add(row.key, row.use, flow.column, flow.tree.letters, scaled, leaf.letters)
            varying = row.weight * flow.quantity[leaf]
            shape = state.axes.shape(leaf.letters)
            _slutsky(work, Response(leaf, row, state.axes.xp.broadcast_to(varying, shape)))


def _shares(state: State, flow: Flow, leaf: BoundLeaf) -> dict[BoundNode, Array]:
    """Share of a leaf in each of its ancestors: response of their log price to its unknown."""
    axes = state.axes
    share = flow.unit.slope[leaf] if may_be_zero(leaf) else flow.unit.share[leaf]
    result = {}
    for node in leaf.ancestors:
        result[node] = share
        if node.parent is not None:
            share = share * axes.align(flow.unit.share[node], node.letters, leaf.letters)
    return result


def _profit_blocks(
    state: State, blocks: Blocks, flow: Flow, shares: dict[BoundLeaf, dict[BoundNode, Array]]
) -> None:
    """Zero profit: the cost shares of inputs, less the revenue shares of outputs."""
    axes, xp, owner = state.axes, state.axes.xp, flow.owner
    assert isinstance(owner, Activity)
    for leaf in flow.tree.leaves:
        share = leaf.sign * shares[leaf][flow.tree.root]
        if owner.latent is not None:
            value = state.calibration.value[flow.tree] / state.profit_scale[owner]
            total = flow.unit.sum.get(flow.tree.root)
            cost = xp.exp(flow.unit.log_price[flow.tree.root]) if total is None else total
            cost = xp.where(cost == 0.0, 1.0, cost)  # a share of nothing is in absolute terms
            factor = state.sides[flow.column][1] * cost * value
            share = share * axes.align(factor, owner.letters, leaf.letters)
        live = axes.align(~state.dead[flow.column], owner.letters, leaf.letters)
        share = xp.where(live, share, 0.0)
        for move in _responses(state, flow, leaf):
            _add(blocks, flow.column, owner.letters, move, share * move.change, leaf.letters)


def _bends(axes: Axes, flow: Flow) -> dict[BoundNode, float | Array]:
    """Elasticity of each node less that of its parent, at the node's letters."""
    at_root = 1.0 if isinstance(flow.owner, Agent) else 0.0
    result = {}
    for node in flow.tree.nodes:
        above: float | Array = at_root
        if node.parent is not None:
            above = _seen_by(axes, flow, node, node.parent)
        result[node] = flow.unit.elasticity[node] - above
    return result


def _seen_by(axes: Axes, flow: Flow, child: Child, node: BoundNode) -> float | Array:
    """Substitution between a child and its siblings, at the letters of the child."""
    bought = flow.unit.purchases
    if bought is not None and child in bought.substitution:
        return bought.substitution[child]
    elasticity = flow.unit.elasticity[node]
    if isinstance(elasticity, float):
        return elasticity
    return axes.align(elasticity, node.letters, child.letters)


def _rows(work: Work, leaf: BoundLeaf) -> list[Row]:
    """The conditions that a flow touches: its market, tax revenue, payments, own commitments."""
    axes, c, state = work.state.axes, leaf.commodity, work.state
    rows = []
    if leaf.payment is None:
        weight = axes.take(work.weights.market[c, leaf.sign], leaf.use, leaf.letters)
        rows.append(Row(f"p:{c.name}", leaf.use, weight))
    else:
        price, slope = (
            axes.take(table[c], leaf.use, leaf.letters)
            for table in (state.prices.price, state.prices.slope)
        )
        paid = (Move(c, leaf.use, -slope),)
        rows.append(_money(work, leaf, -price, paid, leaf.payment.payer))
    for tax in leaf.taxes:
        told = (axes, state.values, state.prices, leaf, tax)
        rows.append(_money(work, leaf, per_unit(*told), revenue_moves(*told), tax.recipient))
    if leaf.minimum is not None:
        rows.append(_commitment(work, leaf))
    return rows


def _money(
    work: Work, leaf: BoundLeaf, amount: Array, moves: Iterable[Move], to: Reference[Agent]
) -> Row:
    """Money per unit of a flow, and how it changes with prices, received by an agent."""
    weight = work.state.axes.take(work.weights.income[to.family], to.use, leaf.letters)
    changes = _times(moves, weight * work.flow.total[leaf])
    return Row(f"m:{to.family.name}", to.use, weight * amount, changes)


def _commitment(work: Work, leaf: BoundLeaf) -> Row:
    """The cost of a committed purchase in the agent's own income condition."""
    state, flow = work.state, work.flow
    axes, agent = state.axes, flow.owner
    assert isinstance(agent, Agent)
    per_income = -_per_income(state, agent)
    weight = axes.align(per_income, agent.letters, leaf.letters)
    moves = _user_price_moves(state, flow, leaf)
    return Row(flow.column, agent.letters, None, _times(moves, weight * committed(state, leaf)))


def _slutsky(work: Work, response: Response) -> None:
    """Response of a flow's row to the prices of all leaves of its tree."""
    for other in work.flow.tree.leaves:
        groups: dict[str, list[BoundNode]] = defaultdict(list)
        for node in common_ancestors(response.leaf, other):
            bend = work.bends[node]
            straight = isinstance(bend, float) and bend == 0.0
            if not straight or other.below(node) in work.flow.unit.part or node.demand is not None:
                groups[node.letters].append(node)
        for shared, nodes in groups.items():
            _add_product(work, response, other, shared, _bent_share(work, other, tuple(nodes)))
        if work.flow.unit.purchases is not None:
            _add_income(work, response, other, work.flow.unit.purchases)
    _own_price(work, response)


def _add_income(work: Work, response: Response, other: BoundLeaf, bought: Purchases) -> None:
    r"""A demand system's part of the flow itself: :math:`w_j (\alpha_i - \bar\alpha - \eta_i)`."""
    axes, root, leaf = work.state.axes, work.flow.tree.root, response.leaf
    child = leaf.below(root)
    bend = axes.align(bought.bend[child], child.letters, leaf.letters)
    bent = replace(response, value=response.value * bend)
    share = axes.xp.broadcast_to(work.shares[other][root], axes.shape(other.letters))
    _add_product(work, bent, other, root.letters, share)


def _bent_share(work: Work, leaf: BoundLeaf, nodes: tuple[BoundNode, ...]) -> Array:
    """Sum over nodes of bend times share of a leaf, over the letters of the leaf."""
    if (leaf, nodes) not in work.sums:
        axes = work.state.axes
        terms = [_bent(work, n, leaf) for n in nodes]
        work.sums[leaf, nodes] = axes.xp.broadcast_to(sum(terms), axes.shape(leaf.letters))
    return work.sums[leaf, nodes]


def _bent(work: Work, node: BoundNode, leaf: BoundLeaf) -> Array:
    """Response of what hangs from a node to the price of a leaf below it, beyond the node's own."""
    axes, unit, share = work.state.axes, work.flow.unit, work.shares[leaf][node]
    if node.demand is not None:
        assert unit.purchases is not None
        child = leaf.below(node)
        return axes.align(unit.purchases.substitution[child], child.letters, leaf.letters) * share
    bent = _bend_at(axes, work.bends[node], node, leaf) * share
    child = leaf.below(node)
    if child not in unit.part:
        return bent
    choice = axes.align(unit.part[child], child.letters, leaf.letters)
    if isinstance(child, BoundNode):
        choice = choice * work.shares[leaf][child]
    return bent + _bend_at(axes, unit.elasticity[node], node, leaf) * (choice - share)


def _bend_at(axes: Axes, bend: float | Array, node: BoundNode, leaf: BoundLeaf) -> float | Array:
    return bend if isinstance(bend, float) else axes.align(bend, node.letters, leaf.letters)


def _add_product(
    work: Work, response: Response, other: BoundLeaf, shared: str, factor: Array
) -> None:
    """Product of two leaves' arrays that have only the letters ``shared`` in common."""

    def rename(letters: str) -> str:
        return "".join(c if c in shared else c.upper() for c in letters)

    row = response.row
    for move in _responses(work.state, work.flow, other):
        column_use = rename(move.use)
        out = extended(loose(row.use), column_use)
        pattern = f"{response.leaf.letters},{rename(other.letters)}->{out}"
        value = work.state.axes.xp.einsum(pattern, response.value, factor * move.change)
        _add(work.blocks, row.key, row.use, replace(move, use=column_use), value, out)


def _own_price(work: Work, response: Response) -> None:
    """Substitution away from the leaf itself in its parent nest."""
    leaf, row = response.leaf, response.row
    elasticity = _seen_by(work.state.axes, work.flow, leaf, leaf.parent)
    if may_be_zero(leaf) or (isinstance(elasticity, float) and elasticity == 0.0):
        return
    value = -elasticity * response.value
    for move in _responses(work.state, work.flow, leaf):
        _add(work.blocks, row.key, row.use, move, value * move.change, leaf.letters)


def _responses(state: State, flow: Flow, leaf: BoundLeaf) -> Iterator[Move]:
    """Response of the log of a flow's user price to prices, or of that of a nest to a free good.

    Without taxes per unit the user price moves as the market price does.
    """
    if not any(tax.specific for tax in leaf.taxes):
        yield Move(leaf.commodity, leaf.use, 1.0)
        return
    for move in _user_price_moves(state, flow, leaf):
        yield replace(move, change=move.change / flow.unit.user_price[leaf])


def _user_price_moves(state: State, flow: Flow, leaf: BoundLeaf) -> Iterator[Move]:
    """Change of a flow's user price with prices."""
    wedge = flow.unit.wedge[leaf]
    return user_price_moves(state.axes, state.values, state.prices, leaf, wedge)


def _times(moves: Iterable[Move], factor: Array) -> tuple[Move, ...]:
    return tuple(replace(move, change=move.change * factor) for move in moves)


def _add(
    blocks: Blocks, row: str, row_use: str, move: Move, value: Array | float, letters: str
) -> None:
    """Add a derivative over ``letters`` in the price, or in all prices, that a move is about."""
    column = f"p:{move.commodity.name}"
    if move.members is None:
        blocks.add(row, row_use, column, move.use, value, letters)
    else:
        blocks.add_outer(row, row_use, column, value, letters, move.members)


def _income_blocks(state: State, blocks: Blocks, weights: Weights) -> None:
    """Income conditions with respect to own income, and to the gross income of givers."""
    axes, xp = state.axes, state.axes.xp
    flows = {flow.owner: flow for flow in state.flows if isinstance(flow.owner, Agent)}
    for agent, budget in state.model.budgets.items():
        key = f"m:{agent.name}"
        own = xp.where(state.dead[key], 0.0, -xp.ones(agent.shape))
        blocks.add(key, agent.letters, key, agent.letters, own, agent.letters)
        for gift in budget.gifts:
            to = gift.recipient
            share = parameter(axes, state.values, gift.share, gift.letters)
            weight = share * axes.take(weights.income[to.family], to.use, gift.letters)
            row = f"m:{to.family.name}"
            slope = axes.align(_gross_slope(state, agent), agent.letters, gift.letters)
            blocks.add(row, to.use, key, agent.letters, weight * slope, gift.letters)
            if budget.tree is not None:
                _committed_gifts(state, blocks, flows[agent], gift, row, weight)


def _gross_slope(state: State, agent: Agent) -> Array:
    """Derivative of gross income with respect to the income unknown."""
    if state.model.budgets[agent].tree is None:
        return state.scale[agent]
    xp, key = state.axes.xp, f"m:{agent.name}"
    spent = at_least_small(xp, size_of_log(xp, state.unknowns[key]))
    return xp.where(state.dead[key], 0.0, state.scale[agent] * spent / state.kept[agent])


def _committed_gifts(
    state: State, blocks: Blocks, flow: Flow, gift: Gift, row: str, weight: Array
) -> None:
    """Gross income includes committed purchases, so gifts respond to their prices."""
    axes, agent = state.axes, flow.owner
    assert isinstance(agent, Agent)

    def apart(letters: str) -> str:
        """The recipient's own letters, told apart from those of the purchase."""
        return "".join(c if c in agent.letters else c.upper() for c in letters)

    weight = axes.xp.broadcast_to(weight, axes.shape(gift.letters))
    for leaf in flow.tree.leaves:
        if leaf.minimum is None:
            continue
        given = apart(gift.letters)
        letters = extended(leaf.letters, given)
        part = axes.align(weight, given, letters)
        kept = axes.align(state.kept[agent], agent.letters, letters)
        for move in _user_price_moves(state, flow, leaf):
            cost = axes.xp.broadcast_to(
                move.change * committed(state, leaf), axes.shape(leaf.letters)
            )
            cost = axes.align(cost, leaf.letters, letters)
            _add(blocks, row, apart(gift.recipient.use), move, part * cost / kept, letters)


def _endowment_blocks(state: State, blocks: Blocks, weights: Weights) -> None:
    """Value of endowments in incomes; supply and demand curves in markets and incomes."""
    axes, xp = state.axes, state.axes.xp
    for endowment, quantity in state.endowed.items():
        own, agent, letters = endowment.reference, endowment.agent, endowment.letters
        commodity, key = own.family, f"p:{own.family.name}"
        row = f"m:{agent.name}"
        weight = axes.align(weights.income[agent], agent.letters, letters)
        slope = axes.take(state.prices.slope[commodity], own.use, letters)
        blocks.add(row, agent.letters, key, own.use, weight * slope * quantity, letters)
        if endowment.relative_to is None or endowment.elasticity is None:
            continue
        bend = parameter(axes, state.values, endowment.elasticity, letters) * quantity
        price = axes.take(state.prices.price[commodity], own.use, letters)
        sides = (weights.market[commodity, 1], weights.market[commodity, -1])
        demand, supply = (axes.take(side, own.use, letters) for side in sides)
        market = xp.where(quantity < 0, -demand, supply)
        other = endowment.relative_to
        for column, use, sign in ((key, own.use, 1.0), (f"p:{other.family.name}", other.use, -1.0)):
            blocks.add(key, own.use, column, use, sign * market * bend, letters)
            blocks.add(row, agent.letters, column, use, sign * weight * price * bend, letters)


def _profit_income_blocks(state: State, blocks: Blocks, weights: Weights) -> None:
    """Profit of activities with a capacity in the incomes of their owners."""
    axes = state.axes
    for activity in state.profit:
        to, letters = activity.owner, activity.letters
        assert to is not None
        row = f"m:{to.family.name}"
        weight = axes.take(weights.income[to.family], to.use, letters)
        own: Array = axes.xp.zeros(())
        for flow in state.flows_of(activity):
            for leaf in flow.tree.leaves:
                value = -leaf.sign * axes.align(weight, letters, leaf.letters)
                moves = _user_price_moves(state, flow, leaf)
                for move in _times(moves, value * flow.quantity[leaf]):
                    _add(blocks, row, to.use, move, move.change, leaf.letters)
                unit_value = axes.xp.broadcast_to(
                    value * flow.unit.user_price[leaf] * flow.gradient[leaf],
                    axes.shape(leaf.letters),
                )
                own = own + axes.total(unit_value, leaf.letters, letters)
        blocks.add(row, to.use, f"y:{activity.name}", letters, own, letters)


def _complementarity_blocks(state: State, blocks: Blocks) -> None:
    """Complementarities with respect to their own price or level."""
    xp = state.axes.xp
    for key, (slope, _) in state.sides.items():
        family = state.model.families()[key]
        steep = xp.exp(state.unknowns[key]) if key[0] == "p" else state.weight
        value = xp.where(state.dead[key], 0.0, slope * steep)
        blocks.add(key, family.letters, key, family.letters, value, family.letters)


def _numeraire_block(state: State, blocks: Blocks) -> None:
    """The price index in the place of the dropped market."""
    for commodity, weight in state.prices.weight.items():
        value = weight * state.prices.slope[commodity] / state.prices.numeraire
        blocks.add(
            NUMERAIRE, "", f"p:{commodity.name}", commodity.letters, value, commodity.letters
        )


def with_auxiliaries(model: Model, axes: Axes, state: State, values: Mapping[str, Array]) -> Blocks:
    """The Jacobian with the rows and columns of auxiliary variables by differentiation.

    Arguments:
        model: the declared model.
        axes: letters, with JAX as array library.
        state: conditions at the point.
        values: parameters before the auxiliary variables move them.
    """
    blocks = jacobian(state)
    if not model.auxiliaries:
        return blocks
    import jax

    auxiliary = [f"a:{name}" for name in model.auxiliaries]

    def anew(unknowns: Unknowns) -> State:
        return evaluate(model, axes, unknowns, values, state.calibration, state.weight)

    def others(variables: Unknowns) -> Unknowns:
        at = anew({**state.unknowns, **variables})
        return {key: r for key, r in at.residual.items() if key not in auxiliary}

    def own(unknowns: Unknowns) -> Unknowns:
        at = anew(unknowns)
        return {key: at.residual[key] for key in auxiliary}

    columns = jax.jacfwd(others)({key: state.unknowns[key] for key in auxiliary})
    rows = jax.jacrev(own)(state.unknowns)
    for row, derivatives in (*columns.items(), *rows.items()):
        for column, value in derivatives.items():
            blocks.accumulate(row, column, COLUMN[: blocks.ranks[column]], value)
    return blocks
