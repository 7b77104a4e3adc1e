r"""Removal of CO2 from the air and capture at plants, idle while permits are cheaper.

An option is a technology like those of generation: a ton takes labour, whose productivity is that
of the region, goods (the machinery and works that an annuity buys, consumables, upkeep),
electricity, and storage,

.. math:: c_{rn} = \frac{w_r}{A_r}\, l_n + \sum_i p^A_{ri}\, a_{ni} + \sum_i p^A_{ri}\, b_{ri}
          + \sum_q \rho_{rq}\, p^S_q ,

so that a rise of wages that productivity pays for leaves the cost of a ton. It earns the price of a
permit: captured tons that a pool covers need none, removed tons are further permits of a pool that
counts net emissions; in one that counts gross emissions the fund of the region pays as much and the
ton retires. The fund owns the scarcity rent of yearly limits. What can be captured is the share of
plants that can be fitted by then, times what a fitted plant catches, of the CO2 that plants made in
the year before, as far as there is room for it (``cge.m3c.storage``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration import Abatement, Benchmark
from calibration.abatement import OPTIONS, REMOVING, fitted_to
from calibration.plants import BASE
from cge.blocks import Block, Check, Lever, Report, Stock, Values, Year, parameter_lever
from cge.language import Activity, Model, Parameter, leontief
from cge.m3c.carbon import YUAN_PER_TON, Permits
from cge.m3c.emissions import Sources
from cge.m3c.factors import Factors
from cge.m3c.markets import Agents, Markets
from cge.m3c.storage import GROWTH, Storage, Stored
from cge.m3c.trade import unit_value
from cge.setting import Setting

Array = npt.NDArray[np.float64]

SIZE = 10.0
"""Typical removal of a region, Mt."""

SMALLEST = 1.0
"""Tons, Mt, below which what is stored is not told from nothing."""

MWH_PER_TWH = 1e6
TONS_PER_MT = 1e6

_REMOVES = np.array([float(option in REMOVING) for option in OPTIONS])


@dataclass(frozen=True, eq=False)
class CarbonRemoval(Block):
    """Removal and capture ``RM`` (r n), 1 Mt per unit of level.

    Attributes:
        removing: the activity.
        limit: the most in a year, Mt (r n).
        credited: share of a ton that is a further permit of a pool (n p).
        retired: share of a ton for which the fund pays as much (n p).
        permits: who needs permits, and which pools count removed tons.
        sources: sources of CO2, some of which can be captured.
        storage: where it goes.
        technologies: what technologies of generation catch and store.
    """

    removing: Activity
    limit: Parameter
    credited: Parameter
    retired: Parameter
    permits: Permits
    sources: Sources
    storage: Storage
    technologies: tuple[Stored, ...] = ()

    @classmethod
    def declare(
        cls,
        m: Model,
        k: Markets,
        agents: Agents,
        b: Benchmark,
        table: Abatement,
        factors: Factors,
        permits: Permits,
        sources: Sources,
        storage: Storage,
        technologies: tuple[Stored, ...] = (),
    ) -> CarbonRemoval:
        """Declare what a ton takes and earns; the funds own the rent of the limits.

        Arguments:
            m: the model.
            k: the markets.
            agents: who pays and owns.
            b: the benchmark.
            table: cost and composition of the options.
            factors: labour as it is hired.
            permits: what emissions need.
            sources: sources of CO2.
            storage: where CO2 goes.
            technologies: what technologies of generation catch and store.
        """
        limit = m.parameter("removal_limit", "r n", 0.0)
        labour, goods = _bill(table, b, BASE)
        credited = m.parameter("credited", "n p", ("n", 1.0 - _REMOVES))
        retired = m.parameter("retired", "n p", ("n", _REMOVES))
        credit = m.product("RM.credit.quantity", "r n p", permits.members, credited)
        reward = m.product("RM.reward.quantity", "r n p", permits.members, retired)
        tons = m.parameter("RM.tons", "r n", 1.0)
        removing = m.activity(
            "RM",
            "r n",
            makes=leontief(
                k.permits["p"](credit, name="credit"),
                k.permits["p"](reward, paid_by=agents.fund["r"], name="reward"),
            ),
            uses=leontief(
                factors.labour(("n", labour)),
                k.composite["r i"](("r n i", goods), name="material"),
                *storage.claim(m, "RM", tons, storage.way),
            ),
            latent=SIZE,
            capacity=limit,
            owner=agents.fund["r"],
            meaning="removal of CO2 from the air and capture at plants, Mt",
        )
        return cls(removing, limit, credited, retired, permits, sources, storage, technologies)

    def parameters(self, at: Year) -> Values:
        """Cost, limits and credits of the year."""
        setting, b = at.setting, at.setting.benchmark
        labour, goods = _bill(setting.assumptions.removal, b, setting.cost_year(at.year))
        credited, (tons, flows) = self._credited(at), self._allotted(at)
        return {
            **self.storage.piped(at, flows),
            self.removing.flow("labour").quantity: ("n", labour),
            self.removing.flow("material").quantity: goods,
            self.limit: tons if setting.scenario.pools else 0.0,
            self.credited: credited,
            self.retired: _REMOVES[:, None] * (1.0 - credited),
        }

    def reports(self) -> Sequence[Report]:
        """Tons removed, captured, and open to capture; electricity that they take."""
        return (
            Report(
                "removal", "region", "Mt CO2", "removal of CO2 from the air, sinks apart",
                lambda at: self.tons(at) @ _REMOVES + self.of_technologies(at, removed=True),
                iamc="Carbon Removal; Carbon Removal|Geological Storage; Carbon Capture; "
                "Carbon Capture|Geological Storage; -Gross Removals|CO2",
                total="sum",
            ),
            Report(
                "captured", "region", "Mt CO2",
                "capture of fossil and process CO2 at plants, not part of direct CO2",
                lambda at: self.tons(at) @ (1.0 - _REMOVES) + self.of_technologies(at),
                iamc="Carbon Capture; Carbon Capture|Geological Storage", total="sum",
            ),
            Report(
                "abatement", "region option", "Mt CO2",
                "removal and capture by option, generation apart", self.tons,
                iamc="Carbon Removal|Geological Storage|{option:removing}; "
                "Carbon Capture|{option:of_air}; -Emissions|CO2|{option:taken}",
                total="sum",
            ),
            Report(
                "abatement_cost", "region option", "CNY/t",
                "cost of a ton by option at prices of the year and base-year consumer prices, "
                "transport and room in basins included, rents of its limit apart", self.unit_cost,
            ),
            Report(
                "storage_rent", "region", "CNY/t",
                "what room for a further ton of CO2 of a region is worth, at base-year consumer "
                "prices", self.rent, total="mean", by="captured",
            ),
            Report(
                "capturable", "region option", "Mt CO2",
                "CO2 before capture of the plants that an option is fitted to", self._capturable,
            ),
            Report(
                "abatement_electricity", "region", "TWh",
                "electricity that removal and capture take, generation apart", self.electricity,
                total="sum",
            ),
            Report(
                "sinks", "region", "Mt CO2", "CO2 that forests take up, part of no balance here",
                lambda at: at.setting.assumptions.removal.sinks(
                    at.year, at.setting.benchmark.regions
                ),
                total="sum",
            ),
        )  # fmt: skip

    def stocks(self) -> Sequence[Stock]:
        """CO2 of plants, and tons of options and of technologies in the year before."""
        return (
            Stock("capturable", "region option", "Mt CO2", _nothing, self._capturable),
            Stock("abated_before", "region option", "Mt CO2", _nothing, self.tons),
            Stock(
                "stored_by_technologies", "region", "Mt CO2",
                lambda setting: np.zeros(len(setting.benchmark.regions)),
                lambda at: self.of_technologies(at) + self.of_technologies(at, removed=True),
            ),
        )  # fmt: skip

    def levers(self) -> Sequence[Lever]:
        """The limits."""
        return (
            parameter_lever(
                "removal_limit", "region option", "Mt CO2", "largest removal and capture of CO2",
                self.limit, least=0.0,
            ),
        )  # fmt: skip

    def tons(self, at: Year) -> Array:
        """Removal and capture, Mt (region, option)."""
        tons: Array = at.state.level(self.removing)
        return tons

    def electricity(self, at: Year) -> Array:
        """Electricity that they take, TWh (region)."""
        setting = at.setting
        per_ton = setting.assumptions.removal.electricity(setting.cost_year(at.year))
        used: Array = self.tons(at) @ per_ton * TONS_PER_MT / MWH_PER_TWH
        return used

    def of_technologies(self, at: Year, *, removed: bool = False) -> Array:
        """What technologies of generation catch, or remove from the air, Mt (region)."""
        regions = len(at.setting.benchmark.regions)
        mine = [each.tons(at.state) for each in self.technologies if each.removed == removed]
        tons: Array = np.sum([np.zeros(regions), *mine], axis=0)
        return tons

    def imbalance(self, at: Year) -> Array:
        """What basins take against what is captured and removed and piped there, relative to it
        (region).
        """
        put = self.storage.stored(at)
        piped = self.tons(at).sum(axis=1) @ at.state.parameter(self.storage.way.routes)
        for each in self.technologies:
            piped = piped + each.tons(at.state) @ at.state.parameter(self.storage.pipes.routes)
        gap: Array = (put - piped) / np.maximum(np.maximum(put, piped), SMALLEST)
        return gap

    def checks(self) -> Sequence[Check]:
        """All that is caught is stored."""
        return (
            Check(
                "storage", "region", "CO2 captured and removed, and CO2 put into basins",
                self.imbalance,
            ),
        )  # fmt: skip

    def unit_cost(self, at: Year) -> Array:
        """Cost of a ton, yuan at base-year consumer prices (region, option)."""
        prices, flow, state = self.storage.prices, self.removing.flow, at.state
        goods = np.nan_to_num(prices.relative(at, self.storage.markets.composite))  # region, good
        paid = np.asarray(state.user_price(flow("labour"))) / prices.level(at)  # region, option
        room = prices.relative(at, self.storage.markets.injection)
        labour, material, carriage, injection = (
            np.asarray(state.parameter(flow(name).quantity))
            for name in ("labour", "material", "carriage", "injection")
        )
        worked = flow("labour").productivity
        assert worked is not None
        cost = labour * (paid / np.asarray(state.parameter(worked))[:, None])
        cost = cost + np.einsum("rni,ri->rn", material + carriage, goods)
        total: Array = YUAN_PER_TON * (cost + np.einsum("rnq,q->rn", injection, room))
        return total

    def rent(self, at: Year) -> Array:
        """Worth of a further ton of room, yuan at base-year consumer prices (region)."""
        routes = at.parameter(self.storage.way.routes)
        price = routes @ self.storage.rent(at)
        earned = at.parameter(self.credited) + at.parameter(self.retired)  # option, pool
        permits = self.storage.prices.relative(at, self.storage.markets.permits)  # pool
        income = YUAN_PER_TON * np.einsum(
            "rp,np,p->rn", at.parameter(self.permits.members), earned, permits
        )
        held = at.parameter(self.limit) < (1.0 - 1e-9) * self._limits(at)
        gain = np.where(held, income - self.unit_cost(at), 0.0)
        worth: Array = price + np.maximum(gain.max(axis=1), 0.0)
        return worth

    def _allotted(self, at: Year) -> tuple[Array, Array]:
        """The most of each option for which there is room, and where it flows, Mt."""
        reserved = GROWTH * at.stocks["stored_by_technologies"]
        return self.storage.allotted(at, self._limits(at), reserved)

    def _limits(self, at: Year) -> Array:
        """The most of each option, Mt (region, option)."""
        setting, b = at.setting, at.setting.benchmark
        table, year = setting.assumptions.removal, at.year
        limits = at.stocks["capturable"] * (
            table.values(OPTIONS, "fitted", year) * table.values(OPTIONS, "rate", year)
        )
        limits[:, OPTIONS.index("bioenergy")] = setting.scenario.removal.limits(b.regions, [year])[
            :, 0
        ]
        limits[:, OPTIONS.index("direct_air")] = table.direct_air(year, b.regions)
        return limits

    def _credited(self, at: Year) -> Array:
        """Further permits of a pool for a ton of an option (option, pool)."""
        b, net = at.setting.benchmark, at.parameter(self.permits.net)
        fits = fitted_to(b.large_plants, b.sectors)
        covered = at.parameter(self.sources.process.covered)  # sector, pool
        share = (fits @ covered) / np.maximum(fits.sum(axis=1), 1.0)[:, None]
        credited: Array = np.where(_REMOVES[:, None] > 0.0, net, share)
        return credited

    def _capturable(self, at: Year) -> Array:
        b = at.setting.benchmark
        made = self.sources.generated(at).by_sector
        tons: Array = made @ fitted_to(b.large_plants, b.sectors).T
        return tons


def _bill(table: Abatement, b: Benchmark, year: int) -> tuple[Array, Array]:
    """What a Mt buys, 1e8 CNY: labour (option) and goods (region, option, good).

    Electricity is what its TWh are worth to users of the region.
    """
    labour, goods = table.bill(year, b.sectors, b.electricity)
    bought = np.repeat(goods[None] / YUAN_PER_TON, len(b.regions), axis=0)
    if b.makes_electricity:
        twh = table.electricity(year) * TONS_PER_MT / MWH_PER_TWH
        bought[:, :, b.electricity_place] = twh * unit_value(b)[:, None]
    return labour / YUAN_PER_TON, bought


def _nothing(setting: Setting) -> Array:
    return np.zeros((len(setting.benchmark.regions), len(OPTIONS)))
