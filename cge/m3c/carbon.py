r"""Carbon markets: permits are claims on emissions, pool by pool.

Whoever emits a ton needs :math:`m_{rp}\, c_{kp}` permits of pool p: the membership of the region r
times the coverage of the source k. The price of a permit clears the pool,

.. math:: 0 \le \bar E_p + A_p - \sum_{rk} m_{rp}\, c_{kp}\, E_{rk} \perp p^C_p \ge 0 ,

with the cap :math:`\bar E_p` and what removal and the ceiling add, :math:`A_p`. This is the carbon
constraint: the market of the commodity ``PC`` (``cge.m3c.markets``), whose demand are the permits
that ``Permits.claim`` puts beside every flow that emits, and whose supply is the endowment ``cap``.
No cap is said in one way: nobody is a member of the pool.

A pool may have a price instead of a cap: as many permits are issued as are needed at it, by a
factor :math:`e^{v_p}` on those of the base year, and the fund returns what they are sold for. The
weight :math:`\omega` says which of both is given,

.. math:: \omega_p \Bigl( \frac{p^C_p / P}{\bar p_p} - 1 \Bigr)
          + (1 - \omega_p) (e^{v_p} - 1) = 0 \perp v_p ,

relative to consumer prices P: one compiled model serves caps and prices. A price equal to that of a
cap gives the cap's allocation. So does a target of intensity, under which permits grow with the
real GDP of the members, but those for what sinks take up, whose share is :math:`s_p`,

.. math:: e^{v_p} = s_p + (1 - s_p) \frac{\sum_r m_{rp}\, GDP_r}{\sum_r m_{rp}\, GDP_{r0}}

in the place of one.

If a scenario asks for a price ceiling, permits are available there without limit. What they cost
buys the consumption basket of the nation, which is used up: a stand-in for whatever measure is as
dear. The tons are still emitted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration import Benchmark, gdp
from cge.blocks import Block, Lever, Refused, Report, Values, Year
from cge.equilibrium import State
from cge.language import Activity, Commodity, Fixed, Freed, Model, Parameter, Swap, leontief, scale
from cge.m3c.emissions import Emissions
from cge.m3c.markets import Agents, Markets
from cge.m3c.prices import ConsumerPrices
from cge.setting import Setting
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

YUAN_PER_TON = 100.0
"""Yuan per ton in a price of one 1e8 CNY per Mt."""

PERMIT_SIZE = 10.0
"""Typical number of permits that a region buys at the ceiling, Mt."""

NO_LIMIT = 1e6
"""Permits at the price ceiling that never run out, Mt."""

USUAL_CEILING = 4000.0
"""Price in yuan per ton at which permits are declared to be for sale, where a scenario wants it."""

ISSUED_FIRST = 0.9
"""Permits of a pool with a price, relative to the base year's needs, where the search for how many
are needed begins: few enough to have a price."""

SPARE = 1.0
"""Permits of a region, Mt, in a pool without members. Nobody needs them, so that the price is zero
for a reason: without any permits it would be undetermined."""


@dataclass(frozen=True, eq=False)
class Permits:
    """Who needs permits of which pool.

    Attributes:
        market: the permits (pool).
        members: membership: permits of the pool that a ton of the region needs (region, pool).
        net: one where a ton removed from the air is a permit of the pool, else zero (pool).
    """

    market: Commodity
    members: Parameter
    net: Parameter

    @classmethod
    def declare(cls, m: Model, k: Markets) -> Permits:
        """Declare membership, at first of nobody."""
        return cls(k.permits, m.parameter("members", "r p", 0.0), m.parameter("net", "p", 0.0))

    def claim(self, m: Model, name: str, flow: Parameter, letters: str, tons: Array) -> Claim:
        """Declare what a flow emits, and the permits that it therefore needs.

        Arguments:
            m: the model.
            name: owner and flow, such as ``Y.fuel``.
            flow: reference quantity of what is burnt or made, region first.
            letters: letters of ``tons``, those of the flow.
            tons: CO2 per unit of the flow, Mt.
        """
        factor = m.parameter(f"{name}.co2", flow.letters, (letters, tons))
        covered = m.parameter(f"{name}.covered", flow.letters[1:] + "p", 1.0)
        return Claim(
            factor, covered, self.needed(m, f"{name}_permit.quantity", flow, factor, covered)
        )

    def needed(
        self, m: Model, name: str, flow: Parameter, factor: Parameter, covered: Parameter
    ) -> Parameter:
        """Permits beside a flow, Mt: flow x factor x membership x coverage (its letters, pool)."""
        return m.product(name, flow.letters + "p", flow, factor, self.members, covered)


@dataclass(frozen=True, eq=False)
class Claim:
    """What a flow emits, and the permits that it needs.

    Attributes:
        factor: Mt per unit of the flow.
        covered: permits of a pool that a ton of this source needs, for the members of the pool
            (letters of the flow but the region, then the pool); one by default.
        needed: reference quantity of permits, Mt (letters of the flow, pool).
    """

    factor: Parameter
    covered: Parameter
    needed: Parameter


def membership(setting: Setting) -> Array:
    """One where a region belongs to a pool of the scenario (region, pool)."""
    pools, regions = setting.scenario.pools, setting.benchmark.regions
    if not pools:
        return np.zeros((len(regions), 1))
    return np.array([[float(region in pool.regions) for pool in pools] for region in regions])


def claims(base: Array, belongs: Array, ratios: Array) -> tuple[Array, Array]:
    """Members under a cap, and their permits in Mt (both region, pool).

    A cap is shared out to the members in proportion to what they would have needed in the base
    year. In a pool without a cap, or one that covers nothing, nobody needs permits, and everybody
    has ``SPARE`` ones.

    Arguments:
        base: covered emissions of the base year, Mt (region, pool).
        belongs: permits of a pool that a covered ton of the region needs under a cap (region,
            pool).
        ratios: cap of each pool relative to its covered base-year emissions, NaN for no cap (pool).
    """
    members = belongs * ~np.isnan(ratios)
    needed = base * members
    return members, np.where(needed.any(axis=0), needed * np.nan_to_num(ratios), SPARE)


@dataclass(frozen=True, eq=False)
class Carbon(Block):
    """Caps and their prices.

    Attributes:
        permits: who needs permits.
        cap: permits by owner's region and pool, Mt (r p).
        issued: factor on the permits of a pool, one under a cap (p).
        priced: one where a price is given, zero where a cap is (p).
        target: that price relative to consumer prices, 1e8 CNY per Mt (p).
        stays: factor on the permits of a pool without a price, but for what grows (p).
        grows: what a unit of real GDP adds to it, per 1e8 CNY (r p).
        valve: permits at the price ceiling, 1 Mt per unit of level (p).
        ceiling_limit: the most that are to be had there, Mt (p).
        emissions: what is emitted.
        prices: what prices are relative to.
    """

    permits: Permits
    cap: Parameter
    issued: Parameter
    priced: Parameter
    target: Parameter
    stays: Parameter
    grows: Parameter
    valve: Activity
    ceiling_limit: Parameter
    emissions: Emissions
    prices: ConsumerPrices

    @classmethod
    def declare(
        cls,
        m: Model,
        k: Markets,
        agents: Agents,
        b: Benchmark,
        permits: Permits,
        emissions: Emissions,
        prices: ConsumerPrices,
    ) -> Carbon:
        """Declare the price ceiling and the funds, which own permits."""
        limit = m.parameter("ceiling_limit", "p", NO_LIMIT)
        valve = _valve(m, k, agents, b, limit)
        cap = m.parameter("cap", "r p", SPARE)
        issued = m.parameter("issued", "p", 1.0)
        priced, target = m.parameter("priced", "p", 0.0), m.parameter("permit_price", "p", 1.0)
        agents.fund.owns(k.permits["p"], cap)
        stays, grows = (
            m.parameter("permits_stay", "p", 1.0),
            m.parameter("permits_grow", "r p", 0.0),
        )
        return cls(
            permits, cap, issued, priced, target, stays, grows, valve, limit, emissions, prices
        )  # fmt: skip

    def issue(self, output: Callable[[State], Any]) -> Swap:
        """Permits are issued until a pool has its price, its cap, or its intensity (formulas of the
        module).

        Arguments:
            output: real GDP at a state (region).
        """

        def condition(state: State) -> Any:
            weight, target = state.parameter(self.priced), state.parameter(self.target)
            price = state.price(self.permits.market) / self.prices.index(state)
            issued, stays = state.parameter(self.issued), state.parameter(self.stays)
            wanted = stays + (state.parameter(self.grows) * output(state)[:, None]).sum(0)
            return 1.0 + weight * (price / target - 1.0) + (1.0 - weight) * (issued - wanted)

        moves = {self.cap: scale, self.issued: scale}
        freed = Freed("permits_issued", "p", moves, meaning="permits issued in a pool")
        return Swap(freed, Fixed("permits_in_force", "p", condition))

    def parameters(self, at: Year) -> Values:
        """Coverage, members, caps and prices of the year; the ceiling, if there is one."""
        ceiling, b = at.setting.scenario.removal.ceiling, at.setting.benchmark
        net = [float(pool.counts == "net") for pool in at.setting.scenario.pools] or [0.0]
        values = {
            **self._at_coverage(at, self._covered(at)),
            self.permits.net: np.array(net),
            self.ceiling_limit: 0.0,
        }
        if ceiling == "none":
            return values
        return {
            **values,
            self.ceiling_limit: NO_LIMIT,
            self.valve.flow("basket").quantity: ceiling / YUAN_PER_TON * national_basket(b),
        }

    def _covered(self, at: Year) -> dict[Parameter | str, Array]:
        """What the scenario's pools cover in the year, by source."""
        pools, b = at.setting.scenario.pools, at.setting.benchmark
        if not pools:
            return {}
        sectors = np.array([pool.coverage(at.year, b.sectors) for pool in pools]).T
        homes = np.array([pool.homes(at.year, b.households) for pool in pools]).T
        return {**self._coverage_of(at, sectors), **self._homes_of(at, homes)}

    def _capped(self, at: Year) -> dict[Parameter | str, Array]:
        """Members of pools under a cap or a price, their permits, and prices."""
        pools = at.setting.scenario.pools
        ratios = np.array([pool.ratios([at.year])[0] for pool in pools] or [np.nan])
        prices = np.array([pool.prices([at.year])[0] for pool in pools] or [np.nan])
        intense = np.array([pool.intensities([at.year])[0] for pool in pools] or [np.nan])
        base = self.emissions.sources.covered_first(at)
        belongs = membership(at.setting)
        anybody = (base * belongs).sum(axis=0) > 0.0  # pool
        priced = np.isfinite(prices) & anybody
        ratios = np.where(np.isfinite(intense), intense, ratios)
        members, granted = claims(base, belongs, np.where(priced, ISSUED_FIRST, ratios))
        owned = granted + members * self._sinks(at)
        grows = members * np.isfinite(intense) * anybody  # region, pool
        share = ratio((granted * grows).sum(axis=0), (owned * grows).sum(axis=0))  # pool
        output = gdp(at.setting.benchmark)["expenditure"].to_numpy(dtype=float)
        return {
            self.permits.members: members,
            self.cap: owned,
            self.priced: priced.astype(float),
            self.stays: 1.0 - share,
            self.grows: ratio(share * grows, np.broadcast_to(output @ grows, grows.shape)),
            self.target: np.where(priced, np.nan_to_num(prices) / YUAN_PER_TON, 1.0),
        }

    def _sinks(self, at: Year) -> Array:
        """Forest sinks that pools count, Mt (region, pool)."""
        setting, regions = at.setting, at.setting.benchmark.regions
        counted = [float(pool.sinks) for pool in setting.scenario.pools] or [0.0]
        sinks = setting.assumptions.removal.sinks(at.year, regions)
        tons: Array = sinks[:, None] * np.array(counted)
        return tons

    def reports(self) -> Sequence[Report]:
        """Caps, prices, and permits bought at the ceiling."""
        return (
            Report(
                "cap", "region", "Mt CO2",
                "permits of the region in all its pools, with the sinks that they count; not a "
                "number where no cap holds",
                self.caps, iamc="Emissions Cap|CO2", total="sum",
            ),
            Report(
                "carbon_price", "region", "CNY/t", "carbon price at base-year consumer prices",
                self.price, iamc="Price|Carbon", total="mean", by="co2_direct",
            ),
            Report(
                "offsets", "region", "Mt CO2", "permits bought at the price ceiling",
                self.bought, iamc="Emissions Permits at Ceiling|CO2", total="sum",
            ),
        )  # fmt: skip

    def levers(self) -> Sequence[Lever]:
        """What is covered by a pool, and its cap."""
        covered = (
            "permits of a pool that a ton needs in its regions: 1 covered, 0 not. The scenario's "
        )
        relative = "caps then are relative to covered emissions of the base year; "
        return (
            Lever(
                "coverage", "sector pool", "ratio",
                f"{covered}{relative}fuel, processes, and generation with electricity",
                self._coverage, self._set_coverage, least=0.0,
            ),
            Lever(
                "household_coverage", "fuel pool", "ratio",
                f"{covered}{relative}fuel burnt by households",
                lambda at: at.parameter(self.emissions.sources.households.covered).max(axis=0),
                self._set_household_coverage, least=0.0,
            ),
            Lever(
                "pool_cap", "pool", "Mt CO2",
                "permits of a pool, infinite where no cap holds; not a number where the scenario's "
                "cap holds",
                self._cap, self._set_cap, least=1e-9, open=True, unlimited=True,
            ),
        )  # fmt: skip

    def follow(self, at: Year) -> npt.NDArray[np.bool_]:
        """Whether as many permits are issued as a price or an intensity takes (pool)."""
        following: npt.NDArray[np.bool_] = (at.parameter(self.priced) > 0.0) | at.parameter(
            self.grows
        ).any(axis=0)
        return following

    def caps(self, at: Year) -> Array:
        """Permits of regions under a cap, Mt, NaN for regions without one (region)."""
        members = at.parameter(self.permits.members) * (1.0 - at.parameter(self.priced))
        grown = at.parameter(self.grows).any(axis=0)  # pool
        owned = np.where(grown, at.state.parameter(self.cap), at.parameter(self.cap))
        owned = (owned * members).sum(axis=1)
        return np.where(members.any(axis=1), owned, np.nan)

    def price(self, at: Year) -> Array:
        """What a fully covered ton costs, yuan per ton at base-year consumer prices (region)."""
        price = self.prices.relative(at, self.permits.market)
        worth: Array = YUAN_PER_TON * at.parameter(self.permits.members) @ price
        return worth

    def bought(self, at: Year) -> Array:
        """Permits bought at the ceiling, Mt, shared out by direct emissions (region)."""
        direct = self.emissions.direct(at).total
        shares = at.parameter(self.permits.members) * direct[:, None]
        shares = shares / np.maximum(shares.sum(axis=0), 1e-300)
        tons: Array = shares @ at.state.level(self.valve)
        return tons

    def _cap(self, at: Year) -> Array:
        members = at.parameter(self.permits.members)
        total = at.parameter(self.cap).sum(axis=0)
        return np.where(members.any(axis=0), total, np.inf)

    def _set_cap(self, at: Year, permits: Array) -> Values:
        base, belongs = self.emissions.sources.covered_first(at), membership(at.setting)
        whole = (base * belongs).sum(axis=0)  # pool
        empty = np.flatnonzero(~(whole > 0.0) & np.isfinite(permits))
        if empty.size:
            name = at.setting.scenario.pools[int(empty[0])].name
            raise Refused(
                f"pool {name!r} covers no emissions, so that a cap of it means nothing; cover a "
                "sector or households first, or leave it out"
            )
        capped = np.where(np.isfinite(permits), ratio(permits, whole), np.nan)
        members, owned = claims(base, belongs, capped)
        free = np.isnan(permits)
        owned = np.where(free, at.parameter(self.cap), owned)
        return {
            self.permits.members: np.where(free, at.parameter(self.permits.members), members),
            self.cap: owned,
            self.priced: np.where(free, at.parameter(self.priced), 0.0),
            self.stays: np.where(free, at.parameter(self.stays), 1.0),
            self.grows: np.where(free, at.parameter(self.grows), 0.0),
        }

    def _coverage(self, at: Year) -> Array:
        """Coverage of sectors, of the fuels and processes that pools cover (sector, pool)."""
        sources, place = self.emissions.sources, at.setting.benchmark.electricity_place
        burnt = at.parameter(sources.industry.covered).max(axis=1)  # sector, pool
        covered: Array = np.maximum(burnt, at.parameter(sources.process.covered))
        covered[place] = at.parameter(sources.power.covered).max(axis=(0, 1))
        return covered

    def _set_coverage(self, at: Year, covered: Array) -> Values:
        return self._at_coverage(at, self._coverage_of(at, covered))

    def _coverage_of(self, at: Year, covered: Array) -> dict[Parameter | str, Array]:
        """Coverage of sources of sectors, for the fuels and processes of pools (sector, pool)."""
        sources, b = self.emissions.sources, at.setting.benchmark
        industry, power = sources.industry.covered, sources.power.covered
        own = covered[b.electricity_place] if b.makes_electricity else covered[0] * 0.0
        fuels, processes = self._named(at, "fuel", b.fuels), self._named(at, "process", b.sectors)
        return {
            sources.process.covered: covered * processes,
            industry: covered[:, None] * fuels,
            power: np.broadcast_to(own * fuels, power.value.shape),
        }

    @staticmethod
    def _named(at: Year, what: str, labels: Sequence[str]) -> Array:
        """Which fuels or processes pools cover (label, pool)."""
        pools = at.setting.scenario.pools
        named = np.array([getattr(pool, what)(labels) for pool in pools]).T
        return named if pools else np.ones((len(labels), 1))

    def _set_household_coverage(self, at: Year, covered: Array) -> Values:
        """Coverage of fuels (fuel, pool) of the households that pools name, or of all."""
        pools, b = at.setting.scenario.pools, at.setting.benchmark
        homes = np.array([pool.homes(at.year, b.households) for pool in pools]).T
        some = np.where(homes.any(axis=0), homes, 1.0)  # household, pool
        mine = self.emissions.sources.households.covered
        return self._at_coverage(at, {mine: some[:, None] * covered})

    def _homes_of(self, at: Year, homes: Array) -> dict[Parameter | str, Array]:
        """Coverage of households, for the fuels of pools (household, pool)."""
        fuels = self._named(at, "fuel", at.setting.benchmark.fuels)
        return {self.emissions.sources.households.covered: homes[:, None] * fuels}

    def _at_coverage(self, at: Year, covered: dict[Parameter | str, Array]) -> Values:
        """Coverage, and the caps that the scenario's ratios come to under it."""
        named = {p.name: array for p, array in covered.items() if isinstance(p, Parameter)}
        return {**covered, **self._capped(replace(at, values={**at.values, **named}))}


def national_basket(b: Benchmark) -> Array:
    """What the nation consumes for one unit of money in the base year (region, good)."""
    consumption = b.demand.consumption
    shares: Array = consumption.sum(axis=1) / consumption.sum()
    return shares


def _valve(m: Model, k: Markets, agents: Agents, b: Benchmark, limit: Parameter) -> Activity:
    """Permits at the ceiling, yuan per ton, for the consumption basket of the nation."""
    basket = ("r i", USUAL_CEILING / YUAN_PER_TON * national_basket(b))
    return m.activity(
        "SV",
        "p",
        makes=k.permits["p"](1.0, name="permit"),
        uses=leontief(k.composite["r i"](basket, name="basket")),
        latent=PERMIT_SIZE,
        capacity=limit,
        owner=agents.centre[""],
        meaning="permits for sale at the ceiling of their price, Mt",
    )
