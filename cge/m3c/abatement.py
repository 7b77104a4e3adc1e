"""Removal of CO2 from the air and capture at large plants, idle while permits are cheaper.

A ton removed or captured earns the price of a permit. The credited part of it is a further permit;
the rest is paid by the fund of the region and retires. Plant is bought as goods of investment, at
its annuity: it is no capital of a sector. The fund also owns the scarcity rent of the
yearly limits. What can be captured is a share of the CO2 of large plants of the year before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration import Abatement, Benchmark
from calibration.abatement import OPTIONS
from cge.blocks import Block, Lever, Report, Stock, Values, Year, parameter_lever
from cge.language import Activity, Model, Parameter, leontief
from cge.m3c.carbon import YUAN_PER_TON, Permits
from cge.m3c.emissions import CAPTURE, Sources, has_large_plants
from cge.m3c.markets import Agents, Markets
from cge.setting import Setting

Array = npt.NDArray[np.float64]

REMOVAL = OPTIONS.index("removal")

REMOVAL_SIZE = 10.0
"""Typical removal of a region, Mt."""


@dataclass(frozen=True, eq=False)
class CarbonRemoval(Block):
    """Removal and capture ``RM`` (r n), 1 Mt per unit of level.

    Attributes:
        removing: the activity.
        limit: the most in a year, Mt (r n).
        sources: sources of CO2, some of which can be captured.
    """

    removing: Activity
    limit: Parameter
    sources: Sources

    @classmethod
    def declare(
        cls,
        m: Model,
        k: Markets,
        agents: Agents,
        b: Benchmark,
        table: Abatement,
        permits: Permits,
        sources: Sources,
    ) -> CarbonRemoval:
        """Declare what a ton costs and earns; the funds own the rent of the limits."""
        limit = m.parameter("removal_limit", "r n", 0.0)
        cost = table.cost[:, None] / YUAN_PER_TON * table.shares  # option, item: 1e8 CNY per Mt
        goods = cost[:, 1, None] * _equipment(b)[:, None]  # region, option, good: the annuity
        for item, sector in enumerate(table.sectors, start=2):
            goods[:, :, b.position(sector)] += cost[:, item]
        credited = m.parameter("credited", "n", table.credited)
        retired = m.parameter("retired", "n", 1.0 - table.credited)
        credit = m.product("RM.credit.quantity", "r n p", permits.members, credited)
        reward = m.product("RM.reward.quantity", "r n p", permits.members, retired)
        removing = m.activity(
            "RM",
            "r n",
            makes=leontief(
                k.permits["p"](credit, name="credit"),
                k.permits["p"](reward, paid_by=agents.fund["r"], name="reward"),
            ),
            uses=leontief(
                k.labour["r"](("n", cost[:, 0]), name="labour"),
                k.composite["r i"](("r n i", goods), name="material"),
            ),
            latent=REMOVAL_SIZE,
            capacity=limit,
            owner=agents.fund["r"],
        )
        return cls(removing, limit, sources)

    def parameters(self, at: Year) -> Values:
        """Limits of removal, and of capture: a share of last year's large plants."""
        scenario, b = at.setting.scenario, at.setting.benchmark
        removal = scenario.removal.limits(b.regions, [at.year])[:, 0]
        share = float(at.setting.prospect("capture", ("",), at.year)[0])
        share = share if scenario.pools else 0.0  # nobody captures without a price
        return {self.limit: np.stack([removal, at.stocks["capturable"] * share], axis=1)}

    def reports(self) -> Sequence[Report]:
        """Tons removed, captured, and open to capture."""
        return (
            Report(
                "removal", "region", "Mt CO2", "removal of CO2",
                lambda at: self._tons(at, REMOVAL), iamc="Carbon Removal", total="sum",
            ),
            Report(
                "captured", "region", "Mt CO2",
                "capture of CO2 at large plants, not part of direct CO2",
                lambda at: self._tons(at, CAPTURE), total="sum",
            ),
            Report(
                "capturable", "region", "Mt CO2", "CO2 of large plants before capture",
                self._capturable, total="sum",
            ),
        )  # fmt: skip

    def stocks(self) -> Sequence[Stock]:
        """CO2 of large plants in the year before, nothing before the first."""
        return (Stock("capturable", "region", "Mt CO2", _nothing, self._capturable),)

    def levers(self) -> Sequence[Lever]:
        """The limits."""
        return (
            parameter_lever(
                "removal_limit", "region option", "Mt CO2", "largest removal and capture of CO2",
                self.limit, least=0.0,
            ),
        )  # fmt: skip

    def _tons(self, at: Year, option: int) -> Array:
        tons: Array = at.state.level(self.removing)[:, option]
        return tons

    def _capturable(self, at: Year) -> Array:
        return self.sources.generated(at).of_large_plants(has_large_plants(at))


def _equipment(b: Benchmark) -> Array:
    """Goods in a unit of investment (region, good)."""
    bought = b.demand.investment
    shares: Array = bought / bought.sum(axis=1, keepdims=True)
    return shares


def _nothing(setting: Setting) -> Array:
    return np.zeros(len(setting.benchmark.regions))
