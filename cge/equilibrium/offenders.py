"""Conditions that do not hold: which they are, in words, the worst first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cge.equilibrium.conditions import commitments
from cge.equilibrium.state import State, Unknowns
from cge.language.declarations import Activity, Agent, Commodity
from cge.language.trees import BoundLeaf

_BITS = 30
"""Binary digits of a size that count, some nine decimal ones."""


def worst_first(sizes: npt.ArrayLike) -> npt.NDArray[np.intp]:
    """Positions of sizes, the largest in absolute value first; equal ones keep their order.

    The last bits depend on the processor and do not count: the rule of ``sam.ranking``, which the
    engine does not import because it knows no data.

    Arguments:
        sizes: numbers in one row; what is no number counts as infinite.
    """
    mantissa, exponent = np.frexp(np.abs(np.asarray(sizes, dtype=float)))
    rounded = np.ldexp(np.rint(np.ldexp(mantissa, _BITS)), exponent - _BITS)
    return np.argsort(-np.where(np.isnan(rounded), np.inf, rounded), kind="stable")


def with_walras(state: State) -> Unknowns:
    """All conditions, the market that is left unsolved in the place of the numeraire.

    Arguments:
        state: the economy at a point, as NumPy arrays.

    Returns:
        Residuals relative to market value, by key.
    """
    residual = {key: np.array(values) for key, values in state.residual.items()}
    dropped = state.model.dropped
    if dropped is not None:
        residual[f"p:{dropped.name}"][(0,) * len(dropped.letters)] = state.walras
    return residual


def failing(state: State, tolerance: float) -> list[str]:
    """Conditions that do not hold to a tolerance, in words, worst first.

    Arguments:
        state: the economy at a point, as NumPy arrays.
        tolerance: largest residual that counts as rounding, relative to market value.
    """
    sizes, texts = [], []
    for key, values in with_walras(state).items():
        for found in np.argwhere(~(np.abs(values) <= tolerance)):
            at = tuple(int(k) for k in found)
            sizes.append(float(values[at]))
            texts.append(describe(state, key, at, sizes[-1]))
    return [texts[k] for k in worst_first(sizes)]


def lost_incomes(state: State) -> list[str]:
    """Agents that receive money and can buy nothing: all quantities of their trees are zero.

    Arguments:
        state: the economy at a point, as NumPy arrays.
    """
    texts = []
    for agent, budget in state.model.budgets.items():
        if budget.tree is None:
            continue
        income = np.broadcast_to(state.incomes[agent], agent.shape)
        lost = np.broadcast_to(state.dead[f"m:{agent.name}"], agent.shape) & (income != 0.0)
        texts += [
            f"agent {agent.labels(at)}: income {float(income[at]):.6g} and nothing to buy, since "
            "all quantities of its tree are 0 (without quantities there are no shares: give it "
            "small ones)"
            for at in (tuple(int(k) for k in found) for found in np.argwhere(lost))
        ]
    return texts


def without_price(state: State) -> list[str]:
    """Flows that taxes per unit leave no positive price at a point, so that costs are no numbers.

    Taxes beyond the benchmark's price are no reason to refuse a solve, as ad-valorem rates beyond
    one are: prices may rise with them until something is left, in steps that a homotopy finds.

    Arguments:
        state: the economy at a point, as NumPy arrays.
    """
    return [
        _without_price(state, flow.tree.owner, leaf, tuple(int(k) for k in found))
        for flow in state.flows
        for leaf in flow.tree.leaves
        if any(tax.specific for tax in leaf.taxes)
        for found in np.argwhere(
            (state.user_price(leaf) <= 0.0) & (state.calibration.quantity[leaf] > 0.0)
        )
    ]


def _without_price(state: State, owner: str, leaf: BoundLeaf, at: tuple[int, ...]) -> str:
    """One flow that has no positive price, in words."""
    labels = [state.model.dims[c].labels[k] for c, k in zip(leaf.letters, at, strict=True)]
    place = f" at {','.join(labels)}" if labels else ""
    market = state.axes.take(state.prices.price[leaf.commodity], leaf.use, leaf.letters)
    price = np.broadcast_to(market, state.axes.shape(leaf.letters))[at]
    taxes = ", ".join(repr(tax.rate.name) for tax in leaf.taxes if tax.specific)
    verb = "pays" if leaf.sign > 0 else "receives"
    return (
        f"{owner}.{leaf.name}{place}: of a market price of {float(price):.6g} it {verb} "
        f"{float(state.user_price(leaf)[at]):.6g} with taxes per unit ({taxes}), where it has to "
        "be more than nothing; change them in steps, or start from prices at which it is"
    )


def _debts(state: State, agent: Agent, at: tuple[int, ...]) -> str:
    """Why an agent with preferences would spend less than nothing on them."""
    (flow,) = (flow for flow in state.flows if flow.owner is agent)
    committed = float(commitments(state, flow)[at])
    if committed > 0.0:
        return f"its committed purchases, which cost {committed:.6g}, are more than it has"
    return "it owes more than it has"


def describe(state: State, key: str, at: tuple[int, ...], value: float) -> str:
    """One failing condition in words: what, where, by how much."""
    family = state.model.families()[key]
    name = family.labels(at)
    if isinstance(family, Commodity):
        demand, supply = (float(t[family][at]) for t in (state.demands, state.supplies))
        text = f"market {name}: demand {demand:.6g}, supply {supply:.6g} ({value:+.2e})"
        return f"{text}: nobody owns or makes it" if demand > 0.0 == supply else text
    if isinstance(family, Activity):
        return f"activity {name}: unit cost differs from revenue by {100 * value:+.3g} %"
    if isinstance(family, Agent):
        income, spent = float(state.incomes[family][at]), float(state.spending(family)[at])
        text = f"agent {name}: income {income:.6g} against {spent:.6g} spent ({value:+.2e})"
        return f"{text}: {_debts(state, family, at)}" if spent < 0.0 and family.tree else text
    return f"auxiliary {name}: condition at {value:+.3e}"
