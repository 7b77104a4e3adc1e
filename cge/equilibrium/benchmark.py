"""The benchmark of a declared model: its unknowns, and whether it is an equilibrium."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from cge.equilibrium.axes import Axes
from cge.equilibrium.conditions import evaluate, start
from cge.equilibrium.offenders import failing, without_price
from cge.equilibrium.state import State, Unknowns
from cge.language.errors import DeclarationError
from cge.language.model import Model

UNBALANCED = (
    ". Where the declared prices and levels are no equilibrium but where solves start, say "
    "Model(..., balanced=False)"
)
"""What to do about a model that is not meant to be in balance as declared."""


def benchmark(model: Model, values: Mapping[str, np.ndarray] | None = None) -> State:
    """The economy at benchmark prices and levels, computed with NumPy.

    Incomes that are only handed on are worked out from the benchmark; all other unknowns are those
    of the declaration.
    """
    values = model.values() if values is None else values
    axes, point = Axes(model.dims, np), start(model)
    conduits = [f"m:{agent.name}" for agent, b in model.budgets.items() if b.tree is None]
    with np.errstate(all="ignore"):
        state = evaluate(model, axes, point, values)
        for _ in range(len(conduits)):
            point = _handed_on(state, point, conduits)
            state = evaluate(model, axes, point, values)
    return state


def _handed_on(state: State, point: Unknowns, conduits: list[str]) -> Unknowns:
    return {k: v + state.residual[k] if k in conduits else v for k, v in point.items()}


def check_benchmark(
    model: Model, tolerance: float = 1e-9, values: Mapping[str, np.ndarray] | None = None
) -> State:
    """Assert that the benchmark is an equilibrium; of a model without one, that it is whole.

    Arguments:
        model: a declared model.
        tolerance: largest imbalance, as a share of the size of a market, activity or income.
        values: all parameters by name; the model's own by default.

    Raises:
        DeclarationError: names the worst conditions, with members and sizes; says so when an
            income is lost, a good has no market, a value is impossible (see ``validity``), or no
            numeraire was chosen.
    """
    if model.dropped is None:
        raise DeclarationError(
            f"{model.name}: no numeraire; call Model.numeraire with a commodity or a price index"
        )
    if values is not None:
        model.parameters.settled(values, set(values))
    state = benchmark(model, values)
    problems = [*_unread(model), *_leaks(state, tolerance), *without_price(state)]
    hint = ""
    if model.balanced and (unmet := failing(state, tolerance)):
        problems += unmet
        hint = UNBALANCED
    if problems:
        more = f" (and {len(problems) - 5} more)" if len(problems) > 5 else ""
        raise DeclarationError(f"{model.name}: " + "; ".join(problems[:5]) + more + hint)
    return state


def _unread(model: Model) -> Iterator[str]:
    """Commodities without flows and agents without use."""
    used = {leaf.commodity for tree in model.trees() for leaf in tree.leaves}
    used |= {e.reference.family for b in model.budgets.values() for e in b.endowments}
    for commodity in model.commodities.values():
        if commodity not in used:
            yield (
                f"commodity {commodity.name} is never made, used or owned: "
                "remove it or give it flows"
            )


def _leaks(state: State, tolerance: float) -> Iterator[str]:
    """Money that an agent receives and neither spends nor hands on."""
    for agent, budget in state.model.budgets.items():
        given = np.zeros(agent.shape)
        for gift in budget.gifts:
            share = state.axes.spread(
                state.values[gift.share.name], gift.share.letters, gift.letters
            )
            given = given + state.axes.total(share, gift.letters, agent.letters)
        if budget.tree is None:
            lost = np.abs(1.0 - given) > tolerance
            what = "hands on a share of its income that is not one"
        else:
            lost = state.dead[f"m:{agent.name}"] & (np.abs(state.incomes[agent]) > tolerance)
            lost |= given >= 1.0
            what = "has income but buys nothing"
        yield from (f"agent {agent.labels(at)} {what}" for at in _where(lost))


def _where(mask: np.ndarray) -> list[tuple[int, ...]]:
    return [tuple(int(k) for k in at) for at in np.argwhere(mask)]
