r"""Factors: what employers pay for labour and capital, and how much either does.

A unit of either does as much as the region is productive. An employer pays for labour the wage and
a tax on it, at one rate for all who employ people: sectors, plants, removal and capture of CO2,

.. math:: \frac{(1 + t_r)\, w_r}{A_r} .

The accounts have no such tax: contributions to social insurance are part of wages there, so that
the rate of the base year is zero, and a lower one is a subsidy on wages. It is declared where
something moves it (``cge.m3c.recycling``), and costs a model nothing elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cge.equilibrium import State
from cge.language import Leaf, Model, Parameter, Tax
from cge.m3c.markets import Agents, Markets

Array = npt.NDArray[np.float64]

Numbers = tuple[str, Array]
"""Numbers with their letters."""


@dataclass(frozen=True, eq=False)
class Factors:
    """Labour and capital as employers hire them.

    Attributes:
        productivity: productivity of both (r).
        labour_tax: rate of tax on labour, a share of wages (r).
        paid: that tax with who receives it, empty where nothing moves its rate.
        markets: where they are hired.
    """

    productivity: Parameter
    labour_tax: Parameter
    paid: tuple[Tax, ...]
    markets: Markets

    @classmethod
    def declare(cls, m: Model, k: Markets, agents: Agents, *, taxed: bool) -> Factors:
        """Declare productivity and the rate.

        Arguments:
            m: the model.
            k: the markets.
            agents: who receives the tax.
            taxed: whether something moves the rate of the tax on labour.
        """
        rate = m.parameter("labour_tax", "r", 0.0)
        paid = (rate.to(agents.tax_office["r"]),) if taxed else ()
        return cls(m.parameter("productivity", "r", 1.0), rate, paid, k)

    def labour(self, quantity: Numbers) -> Leaf:
        """Labour that an activity hires, in base-year wages."""
        return self.markets.labour["r"](
            quantity, taxes=self.paid, productivity=self.productivity, name="labour"
        )

    def capital(self, sector: str, quantity: Numbers) -> Leaf:
        """Capital that a sector hires, by its letter, in base-year rentals."""
        return self.markets.capital_of(sector)(
            quantity, productivity=self.productivity, name="capital"
        )

    def wages(self, state: State) -> Any:
        """Wages of all who work, without the tax, money (region)."""
        return state.price(self.markets.labour) * state.supply(self.markets.labour)
