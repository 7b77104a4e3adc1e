"""What a model holds, as tables: commodities, activities, agents, variables, parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cge.language.declarations import (
    Activity,
    Agent,
    Auxiliary,
    Commodity,
    Family,
    Numbers,
)
from cge.language.drawing import over
from cge.language.model import Model
from cge.language.parameters import Parameter
from cge.language.trees import BoundLeaf, Tree


def tables(model: Model) -> dict[str, pd.DataFrame]:
    """Tables of a model by subject.

    Returns:
        ``commodities``, ``activities``, ``agents``, ``auxiliaries`` and ``parameters``, each with
        the name as index, letters and number of members first, what each stands for last.
    """
    return {
        "commodities": _table(map(_commodity, model.commodities.values())),
        "activities": _table(map(_activity, model.activities.values())),
        "agents": _table(map(_agent, model.agents.values())),
        "auxiliaries": _table(map(_auxiliary, model.auxiliaries.values())),
        "parameters": _table(_parameters(model)),
    }


def _table(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(list(rows))
    return table.set_index("name") if len(table) else table


def _family(family: Family) -> dict[str, Any]:
    return {"name": family.name, "letters": " ".join(family.letters), "members": family.size}


def _commodity(commodity: Commodity) -> dict[str, Any]:
    return {
        **_family(commodity),
        "price": _one(commodity.start),
        "may_be_zero": commodity.zero_scale is not None,
        "meaning": commodity.meaning,
    }


def _one(values: Numbers) -> Any:
    """The number that all members have, or their array."""
    first = values.flat[0]
    return float(first) if (values == first).all() else values


def _activity(activity: Activity) -> dict[str, Any]:
    return {
        **_family(activity),
        "makes": _traded(activity.makes),
        "uses": _traded(activity.uses),
        "latent": activity.latent is not None,
        "capacity": "" if activity.capacity is None else activity.capacity.name,
        "meaning": activity.meaning,
    }


def _agent(agent: Agent) -> dict[str, Any]:
    return {
        **_family(agent),
        "owns": ", ".join(over(e.reference.family.name, e.reference.use) for e in agent.endowments),
        "gives to": ", ".join(over(g.recipient.family.name, g.recipient.use) for g in agent.gifts),
        "buys": "" if agent.tree is None else _traded(agent.tree),
        "meaning": agent.meaning,
    }


def _auxiliary(auxiliary: Auxiliary) -> dict[str, Any]:
    return {
        **_family(auxiliary),
        "moves": ", ".join(parameter.name for parameter in auxiliary.moves),
        **{side: bound.name for side, bound in _sides(auxiliary)},
        "meaning": auxiliary.meaning,
    }


def _sides(auxiliary: Auxiliary) -> Iterator[tuple[str, Parameter]]:
    for side in ("lower", "upper", "least", "most"):
        bound = getattr(auxiliary, side)
        if bound is not None:
            yield side, bound


def _traded(tree: Tree) -> str:
    return ", ".join(dict.fromkeys(over(leaf.commodity.name, leaf.use) for leaf in tree.leaves))


def _parameters(model: Model) -> Iterator[dict[str, Any]]:
    uses = _uses(model)
    for name, parameter in model.parameters.items():
        factors = model.products.get(name, ())
        yield {
            "name": name,
            "letters": " ".join(parameter.letters),
            "size": int(np.size(parameter.value)),
            "least": float(np.min(parameter.value)),
            "largest": float(np.max(parameter.value)),
            "product of": ", ".join(f.name for f in factors),
            "used as": ", ".join(uses.get(parameter, ())),
        }


def _uses(model: Model) -> dict[Parameter, list[str]]:
    """What every parameter is to the flows, nests, agents and variables that read it."""
    uses: dict[Parameter, list[str]] = {}
    for parameter, use in _readings(model):
        uses.setdefault(parameter, [])
        if use not in uses[parameter]:
            uses[parameter].append(use)
    return uses


def _readings(model: Model) -> Iterator[tuple[Parameter, str]]:
    for tree in model.trees():
        for node in tree.nodes:
            if isinstance(node.elasticity, Parameter):
                yield node.elasticity, f"elasticity of {tree.owner}"
        demand = tree.root.demand
        for name, numbers in () if demand is None else demand.numbers.items():
            yield from ((p, f"{name} of {tree.owner}") for p in numbers)
        for leaf in tree.leaves:
            yield from _readings_of_flow(tree, leaf)
    for agent in model.agents.values():
        for endowment in agent.endowments:
            yield endowment.quantity, f"endowment of {agent.name}"
            if endowment.elasticity is not None:
                yield endowment.elasticity, f"supply elasticity of {agent.name}"
        for gift in agent.gifts:
            yield gift.share, f"share that {agent.name} gives to {gift.recipient.family.name}"
    for activity in model.activities.values():
        if activity.capacity is not None:
            yield activity.capacity, f"capacity of {activity.name}"
    for auxiliary in model.auxiliaries.values():
        yield from ((p, f"moved by {auxiliary.name}") for p in auxiliary.moves)
        yield from ((p, f"{side} bound of {auxiliary.name}") for side, p in _sides(auxiliary))
    for commodity, weight in model.index.items():
        yield weight, f"weight of {commodity.name} in the numeraire"


def _readings_of_flow(tree: Tree, leaf: BoundLeaf) -> Iterator[tuple[Parameter, str]]:
    flow = f"{tree.owner}.{leaf.name}"
    yield leaf.quantity, f"quantity of {flow}"
    yield leaf.price, f"price of {flow}"
    yield from ((tax.rate, f"tax on {flow}") for tax in leaf.taxes)
    if leaf.productivity is not None:
        yield leaf.productivity, f"productivity of {flow}"
    if leaf.yields is not None:
        yield leaf.yields, f"yield of {flow}"
    if leaf.minimum is not None:
        yield leaf.minimum, f"minimum of {flow}"
