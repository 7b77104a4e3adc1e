r"""The nation's accounts: real GDP, the path that the baseline follows, and productivity.

Real quantities are at base-year prices. GDP by expenditure of region r, with regional inflow
:math:`T_{qr}` from q,

.. math:: GDP_r = C_r + G_r + I_r + X_r - M_r + \sum_q (T_{rq} - T_{qr}) .

Saving buys consumption later. Welfare with it is the equivalent variation of consumption and what
capital formation has become more or less, at the baseline's price of it,

.. math:: W_r = EV_r + p^{I,0}_r \, (I_r - I^0_r) ,

the headline of results, beside the equivalent variation alone, which gains where consumption is
paid for by forming less capital. Formation is counted at what it costs in the baseline, in whatever
sector or plant it is tied up; rents of old capital are income of households, no part of it. What
governments consume is in neither: the closure that holds it, and real investment, at the baseline
makes both measures one.

Productivity of labour and capital is found in the baseline, so that real GDP follows its path, and
kept in every other scenario:

.. math:: A_r = e^{v_r} , \qquad
          \frac{GDP_{rt}(v)}{GDP_{r0}} = \prod_{s \le t} (1 + g_{rs}) .
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration import gdp
from cge.blocks import Block, Lever, Report, Stock, Values, Year, parameter_lever
from cge.equilibrium import State
from cge.language import Parameter, scale
from cge.m3c.capital import Capital
from cge.m3c.households import Households
from cge.m3c.institutions import Institutions
from cge.m3c.production import Production
from cge.m3c.trade import Trade
from cge.setting import Setting
from closures import Fixed, Freed, Swap

Array = npt.NDArray[np.float64]

BEFORE = "gdp_before"
"""Name of the stock that is GDP of the year before."""


@dataclass(frozen=True, eq=False)
class National(Block):
    """GDP, its growth, and productivity.

    Attributes:
        productivity: productivity of labour and capital (r).
        households, institutions, capital, production, trade: whose flows add up to GDP.
    """

    productivity: Parameter
    households: Households
    institutions: Institutions
    capital: Capital
    production: Production
    trade: Trade

    def gdp(self, state: State) -> Any:
        """GDP by expenditure at base-year prices, 1e8 CNY (region)."""
        inflow = self.trade.bought_from(state)  # region, good, origin
        abroad = state.quantity(self.production.activity.flow("export")).sum(1)
        abroad = abroad - state.quantity(self.trade.armington.flow("import")).sum(1)
        regional = inflow.sum((0, 1)) - inflow.sum((1, 2))
        demand = (
            self.households.consumption(state)
            + self.institutions.consumption(state)
            + self.capital.investment(state)
        )
        return demand + abroad + regional

    def path_of_gdp(self) -> Swap:
        """Free productivity until real GDP meets its path: what only the baseline swaps."""
        found = Freed(
            "productivity_found", "r", {self.productivity: scale},
            meaning="productivity with which real GDP meets its path",
        )  # fmt: skip
        return Swap(found, Fixed("gdp", "r", self.gdp))

    def parameters(self, at: Year) -> Values:
        """Real GDP of the year in a baseline, else the productivity found there."""
        setting = at.setting
        if setting.baseline is not None:
            found = setting.baseline["productivity"].sel(year=at.year).transpose("region")
            return {self.productivity: found.to_numpy()}
        if at.year == setting.dataset.base_year:
            return {}
        base = _base(setting)
        return {self.path_of_gdp().fixed.target: base * setting.growth("gdp_growth", at.year)}

    def welfare(self, at: Year) -> Array:
        """Equivalent variation of consumption and saving, zero in a baseline (region)."""
        consumed = self.households.equivalent_variation(at)
        if at.setting.baseline is None:
            return consumed
        formed, price = (
            at.setting.baseline[name].sel(year=at.year).transpose("region").to_numpy()
            for name in ("investment", "investment_price")
        )
        total: Array = consumed + price * (np.asarray(self.capital.investment(at.state)) - formed)
        return total

    def reports(self) -> Sequence[Report]:
        """GDP, productivity and welfare."""
        return (
            Report(
                "gdp_real", "region", "1e8 CNY", "GDP at base-year prices",
                lambda at: self.gdp(at.state), iamc="GDP|MER", total="sum",
            ),
            Report(
                "gdp_growth", "region", "fraction",
                "growth of real GDP since the year before, in the base year zero",
                lambda at: np.asarray(self.gdp(at.state)) / at.stocks[BEFORE] - 1.0,
            ),
            Report(
                "productivity", "region", "index",
                "productivity of labour and capital, base year = 1",
                lambda at: at.state.parameter(self.productivity),
            ),
            Report(
                "welfare_with_saving", "region", "1e8 CNY",
                "equivalent variation of consumption, and what capital formation has changed, at "
                "the baseline's prices of the year",
                self.welfare, iamc="Welfare|Equivalent Variation and Saving", total="sum",
            ),
        )  # fmt: skip

    def stocks(self) -> Sequence[Stock]:
        """GDP of the year before, from which growth is told."""
        return (
            Stock(BEFORE, "region", "1e8 CNY", _base, lambda at: np.asarray(self.gdp(at.state))),
        )  # fmt: skip

    def levers(self) -> Sequence[Lever]:
        """Productivity."""
        return (
            parameter_lever(
                "productivity", "region", "index",
                "productivity of labour and capital, base year = 1",
                self.productivity, least=1e-3,
            ),
        )  # fmt: skip


def _base(setting: Setting) -> Array:
    """GDP of the base year, 1e8 CNY (region)."""
    return gdp(setting.benchmark)["expenditure"].to_numpy(dtype=float)
