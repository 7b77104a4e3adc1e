r"""Equations of demand systems whose budget shares change with income: CDE and AIDADS.

With log utility u, reference budget shares :math:`\theta`, spending M relative to its reference
value V and relative prices P, a CDE system (Hanoch 1975) has

.. math:: f_i = (1 - \alpha_i)(e_i u + \ln P_i - \ln (M / V)) , \qquad
          \sum_i \frac{\theta_i}{1 - \alpha_i} (e^{f_i} - 1) = 0 , \qquad
          w_i = \frac{\theta_i e^{f_i}}{\sum_j \theta_j e^{f_j}} ,

and AIDADS (Rimmer and Powell 1996), with its progress :math:`\pi` from the poor to the rich,

.. math:: w_i = \theta_i + (\beta_i - \alpha_i)(h - \pi) , \qquad
          h = \frac{1}{1 + \frac{1 - \pi}{\pi} e^{-u}} , \qquad
          \sum_i w_i (\ln w_i + \ln (M / V) - \ln P_i) - u = \sum_i \theta_i \ln \theta_i .
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy

from cge.equations.equation import Equation
from cge.equations.notation import Places
from cge.equations.trees import Nests, Term
from cge.language.trees import Child, Demand


class System:
    """The symbols and equations of the demand system at the root of an agent's tree.

    Arguments:
        nests: the tree.
        demand: its demand system.
        spending: what is spent relative to the reference value, at the agent's letters.
    """

    def __init__(self, nests: Nests, demand: Demand, spending: Any) -> None:
        self.nests, self.demand, self.spending = nests, demand, spending
        tree, notation = nests.tree, nests.notation
        self.letters = tree.letters
        self.children = tree.children[tree.root]
        self.name = f"{tree.owner}.utility"
        self.utility = notation.symbol(self.name, self.letters, notation.places(self.letters))

    def equations(self) -> Iterator[Equation]:
        """What defines utility, and the budget share of every child of the root."""
        left, right = (self._cde if self.demand.system == "cde" else self._aidads)()
        over = ",".join(self.letters)
        unknown = f"{self.name}[{over}]" if over else self.name
        yield self._equation("utility", self.letters, left, right, unknown)
        if self.demand.system == "aidads":
            yield self._progress()
        share = self._cde_share if self.demand.system == "cde" else self._aidads_share
        for child in self.children:
            at = self.nests.notation.places(child.letters)
            budget = self.nests.budget(child, at)
            yield self._equation("budget share", child.letters, budget, share(child, at))

    # ------------------------------------------------------------------ CDE

    def _cde(self) -> tuple[Any, Any]:
        def weight(child: Child, at: Places) -> Any:
            return self.nests.share(child, at) / (1 - self._number("substitution", child, at))

        def term(child: Child, at: Places) -> Any:
            return weight(child, at) * sympy.exp(self._exponent(child, at))

        return self._sum(term), self._sum(weight)

    def _exponent(self, child: Child, at: Places) -> Any:
        power = 1 - self._number("substitution", child, at)
        growth = self._number("expansion", child, at) * self.utility
        price = sympy.log(self.nests.price(child, at))
        return power * (growth + price - sympy.log(self.spending))

    def _cde_share(self, child: Child, at: Places) -> Any:
        def term(k: Child, own: Places) -> Any:
            return self.nests.share(k, own) * sympy.exp(self._exponent(k, own))

        return term(child, at) / self._sum(term)

    # ------------------------------------------------------------------ AIDADS

    def _aidads(self) -> tuple[Any, Any]:
        def term(child: Child, at: Places) -> Any:
            share = self.nests.budget(child, at)
            price = self.nests.price(child, at)
            return share * (sympy.log(share) + sympy.log(self.spending) - sympy.log(price))

        def reference(child: Child, at: Places) -> Any:
            share = self.nests.share(child, at)
            return share * sympy.log(share)

        return self._sum(term) - self.utility, self._sum(reference)

    def _aidads_share(self, child: Child, at: Places) -> Any:
        start = self._start()
        way = 1 / (1 + (1 - start) / start * sympy.exp(-self.utility))
        return self.nests.share(child, at) + self._way(child, at) * (way - start)

    def _progress(self) -> Equation:
        """How far the reference is on the way from the poor to the rich."""

        def along(child: Child, at: Places) -> Any:
            apart = self.nests.share(child, at) - self._number("low", child, at)
            return apart * self._way(child, at)

        def length(child: Child, at: Places) -> Any:
            return self._way(child, at) ** 2

        right = self._sum(along) / self._sum(length)
        return self._equation("progress", self.letters, self._start(), right)

    def _start(self) -> Any:
        notation = self.nests.notation
        name = f"{self.nests.tree.owner}.progress"
        return notation.symbol(name, self.letters, notation.places(self.letters))

    def _way(self, child: Child, at: Places) -> Any:
        return self._number("high", child, at) - self._number("low", child, at)

    # ------------------------------------------------------------------ parts

    def _number(self, name: str, child: Child, at: Places) -> Any:
        parameter = self.demand.numbers[name][self.children.index(child)]
        return self.nests.notation.parameter(parameter, at)

    def _sum(self, term: Term) -> Any:
        """A term of the root's children, summed over all of them."""
        root = self.nests.tree.root
        return sympy.Add(*(self.nests.summed(k, root, term) for k in self.children))

    def _equation(
        self, name: str, letters: str, left: Any, right: Any, unknown: str = ""
    ) -> Equation:
        return Equation(self.nests.tree.owner, name, letters, left, right, unknown=unknown)
