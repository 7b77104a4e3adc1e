"""Nest trees as text: what an activity makes and uses, what an agent spends on.

COMPOSITE[i]
  makes  PQ[i]
  uses   ces 2
         |- PD[i]
         `- FX  tax tariff to GOV
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cge.language.declarations import (
    Activity,
    Agent,
    Auxiliary,
    Endowment,
    Family,
    Gift,
    Reference,
)
from cge.language.parameters import Parameter
from cge.language.trees import BoundLeaf, BoundNode, Child, Tree

if TYPE_CHECKING:
    from cge.language.model import Model

_INDENT = "  "
_ADDITIVE = {1: "aces", -1: "acet"}
_SHOWN = 8  # labels of a letter


def drawn(owner: Activity | Agent) -> str:
    """An activity or agent with all it does, in lines."""
    sides = _activity(owner) if isinstance(owner, Activity) else _agent(owner)
    lines = [over(owner.name, owner.letters) + _about(owner)]
    table = list(sides)
    width = max((len(word) for word, _ in table), default=0)
    for word, shown in table:
        first, *more = shown
        lines.append(f"{_INDENT}{word:<{width}}  {first}")
        lines += [f"{_INDENT}{'':<{width}}  {line}" for line in more]
    return "\n".join(lines)


def nest(tree: Tree) -> list[str]:
    """The nests of a tree in lines, the root first."""
    return list(_below(tree, tree.root))


def over(name: str, letters: str) -> str:
    """A name at letters: ``PA[r,i]``, the name alone of what has no letters."""
    return f"{name}[{','.join(letters)}]" if letters else name


def _activity(activity: Activity) -> Iterator[tuple[str, Sequence[str]]]:
    yield "makes", nest(activity.makes)
    yield "uses", nest(activity.uses)
    if activity.capacity is not None and activity.owner is not None:
        yield "at most", [f"{_named(activity.capacity)}, whose rent goes to {_at(activity.owner)}"]


def _agent(agent: Agent) -> Iterator[tuple[str, Sequence[str]]]:
    if agent.endowments:
        yield "owns", [_endowment(e) for e in agent.endowments]
    if agent.gifts:
        yield "gives", [_gift(g) for g in agent.gifts]
    if agent.tree is not None:
        yield "spends", nest(agent.tree)


def _about(owner: Activity | Agent) -> str:
    return "  latent" if isinstance(owner, Activity) and owner.latent is not None else ""


def _endowment(endowment: Endowment) -> str:
    shown = f"{_at(endowment.reference)}  {_named(endowment.quantity)}"
    if endowment.elasticity is None or endowment.relative_to is None:
        return shown
    return f"{shown}, elasticity {_named(endowment.elasticity)} to {_at(endowment.relative_to)}"


def _gift(gift: Gift) -> str:
    return f"{_named(gift.share)} to {_at(gift.recipient)}"


def _below(tree: Tree, child: Child) -> Iterator[str]:
    if isinstance(child, BoundLeaf):
        yield _leaf(child)
        return
    children = tree.children[child]
    only = tree.only_child(child)
    if only is not None:
        yield from _below(tree, only)
        return
    yield _node(tree, child)
    for k, below in enumerate(children):
        last = k == len(children) - 1
        first, *more = _below(tree, below)
        yield f"{'`-' if last else '|-'} {first}"
        yield from (f"{'  ' if last else '| '} {line}" for line in more)


def _node(tree: Tree, node: BoundNode) -> str:
    """The kind of a nest, its elasticity, and the letters that it is repeated over."""
    repeated = "" if node.parent is None else node.letters[len(node.parent.letters) :]
    each = f" each {','.join(repeated)}" if repeated else ""
    some = "" if node.adds is None or node.adds.all else f" only some {','.join(node.adds.letters)}"
    return f"{_kind(tree, node)}{some}{each}"


def _kind(tree: Tree, node: BoundNode) -> str:
    if node.demand is not None:
        return node.demand.system
    kind = ("ces" if node.sign > 0 else "cet") if node.adds is None else _ADDITIVE[node.sign]
    if isinstance(node.elasticity, Parameter):
        return f"{kind} {_named(node.elasticity)}"
    if kind == "ces" and node.elasticity == 0.0:
        return "leontief"
    if kind == "ces" and node.elasticity == 1.0:
        committed = any(leaf.minimum is not None for leaf in tree.leaves_below(node))
        return "les" if committed else "cobb_douglas"
    return f"{kind} {node.elasticity:g}"


def _leaf(leaf: BoundLeaf) -> str:
    """A flow with its taxes and what else it says."""
    said = [over(leaf.commodity.name, leaf.use)]
    if leaf.name != leaf.commodity.name:
        said.append(f"as {leaf.name}")
    said += [f"tax {_named(tax.rate)} to {_at(tax.recipient)}" for tax in leaf.taxes]
    if leaf.minimum is not None:
        said.append(f"minimum {_named(leaf.minimum)}")
    if leaf.productivity is not None:
        said.append(f"productivity {_named(leaf.productivity)}")
    if leaf.yields is not None:
        said.append(f"yields {_named(leaf.yields)}")
    if leaf.payment is not None:
        said.append(f"paid by {_at(leaf.payment.payer)}")
    return "  ".join(said)


def _at(reference: Reference[Family]) -> str:
    return over(reference.family.name, reference.use)


def _named(parameter: Parameter) -> str:
    return over(parameter.name, parameter.letters)


def listed(model: Model) -> str:
    """A whole model in lines: letters, commodities, activities, agents, variables, numeraire."""
    blocks = [repr(model), _letters(model), _commodities(model)]
    blocks += [drawn(activity) for activity in model.activities.values()]
    blocks += [drawn(agent) for agent in model.agents.values()]
    blocks += [_auxiliary(auxiliary) for auxiliary in model.auxiliaries.values()]
    weights = ", ".join(over(c.name, c.letters) for c in model.index)
    blocks.append(f"numeraire  {weights or 'none yet'}")
    blocks.append(f"{len(model.parameters)} parameters; see Model.tables()['parameters']")
    return "\n\n".join(block for block in blocks if block)


def _letters(model: Model) -> str:
    """Letters with their labels, long lists cut short."""
    lines = []
    for letter in model.dims:
        dimension = model.dims[letter]
        shown = ", ".join(dimension.labels[:_SHOWN])
        more = f", ... ({dimension.size})" if dimension.size > _SHOWN else ""
        part = f" of {dimension.base}" if dimension.base != letter else ""
        lines.append(f"{letter}{part}: {shown}{more}")
    return "\n".join(lines)


def _commodities(model: Model) -> str:
    names = (
        over(c.name, c.letters) + ("" if c.zero_scale is None else " (may be free)")
        for c in model.commodities.values()
    )
    return "commodities  " + ", ".join(names)


def _auxiliary(auxiliary: Auxiliary) -> str:
    moved = ", ".join(_named(parameter) for parameter in auxiliary.moves)
    return f"{over(auxiliary.name, auxiliary.letters)}\n{_INDENT}moves  {moved}"
