"""The declarations that a text stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from cge.language.declarations import Activity, Agent, Auxiliary, Commodity, Family, Reference
from cge.language.model import Model
from cge.language.nests import Leaf, Node, ces, cet
from cge.language.parameters import Parameter, Tax
from cge.language.rules import Rule, add, shift
from cge.language.spelling import near
from cge.mpsge.data import Domain, lower
from cge.mpsge.errors import MPSGEError, at
from cge.mpsge.expressions import Evaluator, Expression, Lettered, Name, Number, names, placed
from cge.mpsge.options import Options
from cge.mpsge.text import (
    ROOTS,
    Block,
    Constraint,
    Declared,
    Flow,
    NestText,
    TaxText,
    Text,
    indices,
)

Formula = Callable[[Mapping[str, Lettered]], Any]
"""The value of a parameter of the model as a function of data."""

SCALE = 1.0
"""Typical size of prices and levels that may be zero."""


class Declaration:
    """A model declared from a text.

    Arguments:
        text: the text as blocks.
        domain: sets as letters.
        data: data by name.
        options: what the text itself does not say.
        scales: what demands of consumers are multiplied by, so that they spend their incomes.

    Attributes:
        model: the model.
        data: data as arrays, by name in lower case.
        formulas: parameters of the model that follow from data.
        reads: data that each of them reads.
        equalities: what equalities of the text miss by in a state, by their variable.
    """

    def __init__(
        self,
        text: Text,
        domain: Domain,
        data: Mapping[str, Any],
        options: Options,
        scales: Mapping[str, Any],
    ) -> None:
        self.text, self.domain, self.options, self._scales = text, domain, options, scales
        self.model = Model(text.name or "MPSGE", balanced=options.balanced, **domain.declared)
        self.dims = self.model.dims
        lower("data", data)
        self.data = {k.lower(): domain.array(k, v, self.dims) for k, v in data.items()}
        self.formulas: dict[str, Formula] = {}
        self.reads: dict[str, frozenset[str]] = {}
        self.equalities: dict[str, Callable[[Any], Any]] = {}
        self.families: dict[str, Family] = {}
        self._moves: dict[str, dict[Parameter, Rule]] = {}
        self._commodities()
        for declared in text.consumers:
            self._new(declared, self.model.agent(declared.name, self._letters(declared)))
        self._check_blocks()
        for block in text.production:
            self._activity(block)
        for block in text.demand:
            self._consumer(block)
        for declared in text.auxiliaries:
            self._auxiliary(declared)
        self._numeraire()

    def scales(self) -> dict[str, Any]:
        """Factors by which consumers' demands would spend their incomes at the benchmark."""
        state = self.model.benchmark()
        found: dict[str, Any] = {}
        for name, agent in self.model.agents.items():
            if agent.tree is not None:
                income, spent = np.asarray(state.incomes[agent]), np.asarray(state.scale[agent])
                good = (income > 0) & np.isfinite(income)
                factor = np.where(good, income / spent, 1.0)
                if (np.abs(factor - 1.0) > 1e-12).any():
                    found[name.lower()] = factor
        return found

    def unread(self) -> Iterator[str]:
        """What was handed over and has no effect."""
        read: set[str] = set().union(*self.reads.values())
        for name in (name for name in self.data if name not in read):
            yield f"data {name!r} are handed over, and no number of the text reads them"
        sets = (indices(self.text) | (read - self.data.keys())) & self.domain.letters.keys()
        letters = {self.domain.letters[k] for k in sets}
        letters |= {c for name in read & self.data.keys() for c in self.data[name].letters}
        letters |= {self.dims[c].base for c in letters}
        for name, letter in self.domain.letters.items():
            if letter not in letters:
                yield f"the set {name!r} is handed over, and the text reads it nowhere"

    # ------------------------------------------------------------------ families

    def _letters(self, declared: Declared) -> str:
        """Letters of a family, those of the sets of which its own are subsets."""
        letters = [self._letter(index, declared.line) for index in declared.indices]
        return "".join(self.dims[c].base for c in letters)

    def _letter(self, index: str, line: int) -> str:
        if index.lower() not in self.domain.letters:
            raise at(line, f"unknown set {index!r}; {near(index, self.domain.letters)}")
        return self.domain.letters[index.lower()]

    def _new(self, declared: Declared, family: Any) -> None:
        self.families[declared.name.lower()] = family

    def _commodities(self) -> None:
        for declared in self.text.commodities:
            low = declared.name.lower()
            start = self.options.start.get(low)
            zero = SCALE if low in self.options.free else None
            family = self.model.commodity(
                declared.name, self._letters(declared), may_be_zero=zero, price=start
            )
            self._new(declared, family)

    def _check_blocks(self) -> None:
        """Every sector has one block, every consumer one, and no block or constraint is unknown."""
        for what, declared, blocks in (
            ("$PROD", self.text.sectors, self.text.production),
            ("$DEMAND", self.text.consumers, self.text.demand),
        ):
            found = [b.declared.name.lower() for b in blocks]
            known = {d.name.lower(): d for d in declared}
            for block in blocks:
                low = block.declared.name.lower()
                if low not in known:
                    raise at(block.declared.line, f"{what}:{block.declared.name} is not declared")
                if len(block.declared.indices) != len(known[low].indices):
                    raise at(
                        block.declared.line,
                        f"{what}:{block.declared.name} has {len(block.declared.indices)} sets, and "
                        f"is declared over {len(known[low].indices)}",
                    )
                if found.count(low) > 1:
                    raise at(
                        block.declared.line,
                        f"{what}:{block.declared.name} stands more than once: give every part a "
                        "name of its own",
                    )
            for d in declared:
                if d.name.lower() not in found:
                    raise at(d.line, f"{d.name} has no block {what}")
        variables = {d.name.lower(): d.name for d in self.text.auxiliaries}
        for constraint in self.text.constraints:
            name = constraint.declared.name
            if name.lower() not in variables:
                raise at(
                    constraint.line,
                    f"$CONSTRAINT:{name} is of no auxiliary variable; "
                    f"{near(name, variables.values())}",
                )

    def _family(
        self, block: Block, name: Name, line: int, kind: type[Family], what: str
    ) -> Reference[Any]:
        """Members of a family at sets and labels, in a block."""
        family = self.families.get(name.name.lower())
        if not isinstance(family, kind):
            raise at(line, f"{name.name!r} is no {what}")
        if len(name.indices) != len(family.letters):
            raise at(
                line,
                f"{name.name} has {len(family.letters)} sets, and {len(name.indices)} are given",
            )
        pairs = list(zip(family.letters, name.indices, strict=True))
        labels = {c: k.strip("'\"") for c, k in pairs if k[0] in "'\""}
        use = "".join(self._inside(block, k, line) for c, k in pairs if c not in labels)
        return family.at(use, **labels) if labels else family[use]

    def _inside(self, block: Block, index: str, line: int) -> str:
        """The letter of a set in a block: a block over a subset is one over the whole set."""
        letter = self._letter(index, line)
        own = [self._letter(k, block.declared.line) for k in block.declared.indices]
        return self.dims[letter].base if letter in own else letter

    # ------------------------------------------------------------------ sectors and consumers

    def _activity(self, block: Block) -> None:
        declared = block.declared
        low = declared.name.lower()
        sides = [self._side(block, kind, root) for kind, root in (("o", "t"), ("i", "s"))]
        for kind, tree in zip(("O:", "I:"), sides, strict=True):
            if tree is None:
                raise at(declared.line, f"$PROD:{declared.name} has no line {kind}")
        makes, uses = sides
        assert makes is not None
        assert uses is not None
        start = self.options.start.get(low)
        family = self.model.activity(
            declared.name,
            self._letters(declared),
            makes=makes,
            uses=uses,
            latent=SCALE if low in self.options.latent else None,
            level=start,
        )
        self._new(declared, family)

    def _consumer(self, block: Block) -> None:
        declared = block.declared
        agent = self.families[declared.name.lower()]
        assert isinstance(agent, Agent)
        tree = self._side(block, "d", "s")
        if tree is not None:
            agent.spends(tree)
        for flow in (f for f in block.flows if f.kind == "e"):
            reference = self._family(block, flow.commodity, flow.line, Commodity, "commodity")
            name = f"{agent.name}.{flow.commodity.name}"
            quantity = self._quantity(block, flow, name)
            if flow.rationing is not None:
                quantity = self._parameter(name, quantity, agent.letters, reference)
                self._moved(flow.rationing, flow.line, quantity, times)
            agent.owns(reference, quantity)

    def _side(self, block: Block, kind: str, root: str) -> Node | Leaf | None:
        """The tree of the flows of one kind, None where there are none."""
        flows = [f for f in block.flows if f.kind == kind]
        nests = {n.name: n for n in block.nests}
        return self._grown(block, root, nests, flows, root)

    def _grown(
        self,
        block: Block,
        name: str,
        nests: Mapping[str, NestText],
        flows: Sequence[Flow],
        root: str,
    ) -> Node | Leaf | None:
        """A nest with all that hangs from it."""
        children: list[Node | Leaf] = []
        for flow in flows:
            if (flow.nest or root) == name:
                children.append(self._leaf(block, flow))
        for below in nests.values():
            if below.name not in ROOTS and (below.parent or root) == name:
                grown = self._grown(block, below.name, nests, flows, root)
                children += [] if grown is None else [grown]
        if not children:
            return None
        written = nests.get(name)
        if written is None and len(children) == 1:
            return children[0]
        kind = ces if root == "s" else cet
        line = block.declared.line
        each = self._inside(block, written.over, line) if written and written.over else ""
        tree: Node = kind(self._elasticity(block, name, written), *children, each=each)
        return tree

    def _elasticity(self, block: Block, name: str, nest: NestText | None) -> Any:
        if nest is None:
            return 0.0
        return self._number(
            f"{block.declared.name}.{name}", block, block.declared.line, nest.elasticity
        )

    def _leaf(self, block: Block, flow: Flow) -> Leaf:
        reference = self._family(block, flow.commodity, flow.line, Commodity, "commodity")
        name = f"{block.declared.name}.{flow.commodity.name}"
        leaf: Leaf = reference(
            self._quantity(block, flow, name),
            self._number(f"{name}.price", block, flow.line, flow.price, elsewhere=1.0),
            taxes=[
                part
                for tax in flow.taxes
                for part in self._taxes(block, flow, tax, name, reference)
            ],
        )
        return leaf

    def _quantity(self, block: Block, flow: Flow, name: str) -> Any:
        """Quantity of a flow where flow, block and market exist, scaled in demands."""
        conditions = [c for c in (flow.condition, block.declared.condition) if c is not None]
        declared = next(
            d
            for d in (*self.text.sectors, *self.text.consumers)
            if d.name.lower() == block.declared.name.lower()
        )
        if declared.condition is not None:
            sets = (k.lower() for k in declared.indices)
            here = dict(zip(sets, block.declared.indices, strict=True))
            conditions.append(placed(declared.condition, here))
        conditions += self._of_market(flow.commodity)
        scale = self._scales.get(block.declared.name.lower()) if flow.kind == "d" else None
        return self._number(f"{name}.quantity", block, flow.line, flow.quantity, conditions, scale)

    def _of_market(self, name: Name) -> Iterator[Expression]:
        """The condition of a commodity where a flow trades it: what has no market is not traded."""
        for declared in self.text.commodities:
            if declared.name.lower() == name.name.lower() and declared.condition is not None:
                sets = (k.lower() for k in declared.indices)
                yield placed(declared.condition, dict(zip(sets, name.indices, strict=True)))

    def _taxes(
        self, block: Block, flow: Flow, tax: TaxText, name: str, reference: Reference[Commodity]
    ) -> Iterator[Tax]:
        """The rate of a tax and the one that an auxiliary variable moves, one of them or both."""
        recipient = self._family(block, tax.agent, flow.line, Agent, "consumer")
        if tax.rate is None and tax.endogenous is None:
            raise at(flow.line, f"the tax for {tax.agent.name} has to have T: or N:")
        if tax.rate is not None:
            rate = self._number(f"{name}.tax", block, flow.line, tax.rate)
            yield self._parameter(f"{name}.tax", rate, "", None).to(recipient)
        if tax.endogenous is not None:
            yield self._moved_tax(block, flow, tax, name, reference).to(recipient)

    def _moved_tax(
        self, block: Block, flow: Flow, tax: TaxText, name: str, reference: Reference[Commodity]
    ) -> Parameter:
        """A rate that is the multiple ``M:`` of an auxiliary variable."""
        assert tax.endogenous is not None
        letters = "".join(dict.fromkeys(self._letters(block.declared) + reference.letters))
        rate = self.model.parameter(
            self.model.parameters.fresh(f"{name}.{tax.endogenous.name}"), letters, 0.0
        )
        rule: Rule = shift
        if tax.multiplier != Number(1.0):
            value = self._number(f"{name}.multiplier", block, flow.line, tax.multiplier)
            rule = add(self._parameter(f"{name}.multiplier", value, "", None))
        self._moved(tax.endogenous, flow.line, rate, rule)
        return rate

    # ------------------------------------------------------------------ numbers

    def _number(
        self,
        name: str,
        block: Block,
        line: int,
        expression: Expression,
        conditions: Sequence[Expression] = (),
        scale: Any = None,
        elsewhere: float = 0.0,
    ) -> Any:
        """A number of the text, or a parameter of the model that follows from data.

        Arguments:
            name: name of the parameter.
            block: whose it is.
            line: where it stands.
            expression: its value.
            conditions: it is zero where one of them is.
            scale: factor over the letters of the block, if any.
            elsewhere: what stands where a block over a subset is not.
        """
        reads = set().union(names(expression), *(names(c) for c in conditions))
        if not reads and isinstance(expression, Number) and not conditions and scale is None:
            return expression.value
        formula = partial(self._value, block, line, expression, tuple(conditions), scale, elsewhere)
        letters, array = formula(self.data)
        parameter = self.model.parameter(
            self.model.parameters.fresh(name), letters, (letters, array)
        )
        self.formulas[parameter.name] = formula
        self.reads[parameter.name] = frozenset(reads)
        return parameter

    def _parameter(
        self, name: str, value: Any, letters: str, reference: Reference[Commodity] | None
    ) -> Parameter:
        """A number as a parameter of the model."""
        if isinstance(value, Parameter):
            return value
        over = "".join(dict.fromkeys(letters + ("" if reference is None else reference.letters)))
        return self.model.parameter(self.model.parameters.fresh(name), over, value)

    def _value(
        self,
        block: Block,
        line: int,
        expression: Expression,
        conditions: Sequence[Expression],
        scale: Any,
        elsewhere: float,
        data: Mapping[str, Lettered],
    ) -> tuple[str, Any]:
        """Letters and array of an expression at given data."""
        evaluator = Evaluator(np, self._reading(data, line), self.domain.letters)
        try:
            value = evaluator.value(expression)
            for condition in conditions:
                value = evaluator.filtered(value, evaluator.value(condition))
        except MPSGEError as error:
            raise at(line, str(error)) from None
        if scale is not None:
            value = evaluator.product(value, Lettered(self._letters(block.declared), scale))
        return self._widened(block, value, elsewhere)

    def _reading(self, data: Mapping[str, Lettered], line: int) -> Any:
        def lookup(name: str, indices: Sequence[str]) -> Lettered:
            value = data.get(name.lower(), self._membership(name))
            if value is None:
                raise MPSGEError(f"{name!r} is not among the data; {near(name, data)}")
            return self._at(name, value, indices, line, np)

        return lookup

    def _membership(self, name: str) -> Lettered | None:
        """A set as data: one for the labels that are in it, as conditions ``$s(i)`` read it."""
        if name.lower() not in self.domain.letters:
            return None
        own = self.dims[self.domain.letters[name.lower()]]
        inside = set(own.labels)
        return Lettered(
            own.base, np.array([float(k in inside) for k in self.dims[own.base].labels])
        )

    def _at(
        self, name: str, value: Lettered, indices: Sequence[str], line: int, xp: Any
    ) -> Lettered:
        """Something over letters at sets and labels."""
        if len(indices) != len(value.letters):
            raise MPSGEError(f"{name} has {len(value.letters)} sets, and {len(indices)} are given")
        array, letters = value.array, ""
        for own, index in zip(value.letters, indices, strict=True):
            axis = len(letters)
            if index[0] in "'\"":
                array = xp.take(array, self._position(own, index.strip("'\"")), axis=axis)
                continue
            letter = self._letter(index, line)
            if letter in letters:
                raise MPSGEError(f"{name}: the set {index!r} stands twice")
            array = self._taken(name, array, axis, own, letter, xp)
            letters += letter
        return Lettered(letters, array)

    def _position(self, letter: str, label: str) -> int:
        labels = self.dims[letter].labels
        if label not in labels:
            raise MPSGEError(f"no label {label!r}; {near(label, labels)}")
        return labels.index(label)

    def _taken(self, name: str, array: Any, axis: int, own: str, letter: str, xp: Any) -> Any:
        """An axis at the labels of another letter."""
        have, want = self.dims[own], self.dims[letter]
        if have.labels == want.labels:
            return array
        missing = [label for label in want.labels if label not in have.labels]
        if missing:
            raise MPSGEError(
                f"{name} has no {missing[0]!r} where the text reads it over the set of "
                f"{', '.join(want.labels[:5])}: its axes follow the order of the text"
            )
        places = np.array([have.labels.index(label) for label in want.labels])
        return xp.take(array, places, axis=axis)

    def _widened(self, block: Block, value: Lettered, elsewhere: float) -> tuple[str, Any]:
        """A value over a block's subset as one over the whole set."""
        letters, array = value.letters, np.asarray(value.array, float)
        for index in block.declared.indices:
            letter = self._letter(index, block.declared.line)
            whole = self.dims[self.dims[letter].base]
            if letter == whole.letter or letter not in letters:
                continue
            if whole.letter in letters:
                raise at(
                    block.declared.line,
                    f"{block.declared.name} is over {index!r}, a subset of {whole.letter!r}, which "
                    "its lines use too: use an alias there",
                )
            axis = letters.index(letter)
            shape = (*array.shape[:axis], whole.size, *array.shape[axis + 1 :])
            wide = np.full(shape, elsewhere)
            positions = self.dims[letter].positions
            wide[(slice(None),) * axis + (slice(None) if positions is None else positions,)] = array
            letters, array = letters.replace(letter, whole.letter), wide
        return letters, array

    # ------------------------------------------------------------------ auxiliary variables

    def _moved(self, name: Name, line: int, parameter: Parameter, rule: Rule) -> None:
        low = name.name.lower()
        if low not in {d.name.lower() for d in self.text.auxiliaries}:
            raise at(line, f"{name.name!r} is no auxiliary variable")
        self._moves.setdefault(low, {})[parameter] = rule

    def _auxiliary(self, declared: Declared) -> None:
        low = declared.name.lower()
        found = [c for c in self.text.constraints if c.declared.name.lower() == low]
        if len(found) != 1:
            raise at(declared.line, f"{declared.name} has {len(found)} constraints, and needs one")
        (constraint,) = found
        if declared.condition is not None or constraint.declared.condition is not None:
            raise at(
                constraint.line,
                f"the auxiliary variable {declared.name} is under a condition, which is not "
                "translated: declare it over a subset, or make its constraint hold trivially there",
            )
        for name in names(constraint.left) | names(constraint.right):
            self._in_constraint(name)
        gap = partial(self._gap, constraint, low)
        if constraint.equal:
            self.equalities[declared.name] = gap
        family = self.model.auxiliary(
            declared.name,
            self._letters(declared),
            moves=self._moves.get(low, {}),
            until=gap,
            lower=self.options.lower.get(low, 0.0),
            start=self.options.start.get(low, 0.0),
        )
        self._new(declared, family)

    def _in_constraint(self, name: str) -> None:
        """Data that a constraint reads are parameters of the model under their own name."""
        if name in self.data and name not in self.model.parameters:
            value = self.data[name]
            self.model.parameter(name, value.letters, (value.letters, value.array))
            self.formulas[name] = lambda data: (data[name].letters, data[name].array)
            self.reads[name] = frozenset({name})

    def _gap(self, constraint: Constraint, low: str, state: Any) -> Any:
        """Left side less right side of a constraint, relative to the size of the right one."""
        xp = state.axes.xp
        evaluator = Evaluator(xp, self._in_state(state, constraint.line), self.domain.letters)
        try:
            left, right = evaluator.value(constraint.left), evaluator.value(constraint.right)
            letters = self.families[low].letters if low in self.families else ""
            own = letters or self._letters(constraint.declared)
            gap = evaluator.spread(evaluator.difference(left, right), own)
            size = evaluator.spread(right, own)
        except MPSGEError as error:
            raise at(constraint.line, str(error)) from None
        return gap / (1.0 + xp.abs(size))

    def _in_state(self, state: Any, line: int) -> Any:
        readers: list[tuple[type[Family], Callable[[Any], Any]]] = [
            (Commodity, state.price),
            (Activity, state.level),
            (Agent, state.income),
            (Auxiliary, state.variable),
        ]
        tables = self.model.families()
        known = {f.name.lower(): f for f in tables.values()}

        def lookup(name: str, indices: Sequence[str]) -> Lettered:
            low = name.lower()
            if low in known:
                family = known[low]
                read = next(read for kind, read in readers if isinstance(family, kind))
                value = Lettered(family.letters, read(family))
            elif low in self.model.parameters:
                parameter = self.model.parameters[low]
                value = Lettered(parameter.letters, state.parameter(parameter))
            elif (membership := self._membership(name)) is not None:
                value = membership
            else:
                raise MPSGEError(f"{name!r} is neither a variable of the model nor among the data")
            return self._at(name, value, indices, line, state.axes.xp)

        return lookup

    def _numeraire(self) -> None:
        commodity = self.families[self.options.numeraire]
        assert isinstance(commodity, Commodity)
        self.model.numeraire(commodity)


def times(base: Any, variable: Any) -> Any:
    """Rule of a rationing variable: x v."""
    return base * variable
