r"""Plants between years: what stands, what is built where rent pays for it, what is retired.

Plants of technology t stand by age, GW; of those of age a

.. math:: h(a) = 1 - \frac{S(a + 1)}{S(a)}

die in a year (``calibration.fleet.survival``). What is built stands in the year after, in
proportion to what others than projects have, at a rate that rises with the rent R of a new plant
(that of those which stand, less support that it does not get) over its annuity A, an inverse
logistic function (Dixon and Rimmer 2002): n where rent just pays, at most m,

.. math:: I_{rt} = (K_{rt} + \kappa K_r) \, g\Bigl( \frac{R_{rt}}{A_{rt} \mu_{rt}} \Bigr) ,
          \qquad g(\rho) = \frac{m}{1 + \frac{m - n}{n} \, e^{-s (\rho - 1)}} ,

where sites become dearer the more of them are used, :math:`\mu` (``calibration.potentials``), and a
technology begins as if a small share :math:`\kappa` of the region's plants were its own. The
annuity follows the cost of a kW of the year and the price of investment. Where rent falls below
what having a plant costs, F, plants are retired early, at most a tenth of them a year,

.. math:: e(R / F) = \frac{\bar e}{1 + e^{\,q (R / F - 1)}} ,

or as many as a scenario's phase-out wants (``cge.m3c.phase_out``). Of plants that go with load as
many are built as load asks for. Plants of projects (``cge.projects``) are built whether rent pays
for them or not. Once they stand they run, wear out and earn like all others, which lowers what the
next ones earn, and makes their sites dearer.

Costs follow their paths, which hold what is learned in the baseline. Where a scenario asks for it
(``progress: learning``), the cost of a kW falls beyond them as the nation builds more than there,
with all GW E that were ever built by the year and the fall :math:`\lambda` of cost when they double
(Wright 1936; rates and sources in the table of plants),

.. math:: C_t = \bar C_t \, \Bigl( \frac{E_t}{\bar E_t} \Bigr)^{\log_2 (1 - \lambda_t)} .
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration.capacities import WEATHER
from calibration.fleet import SPAN
from calibration.plants import Item, annuity
from cge.blocks import Block, Check, Lever, Report, Stock, Values, Year, once
from cge.language import Model, Parameter
from cge.m3c import phase_out
from cge.m3c.baskets import basket
from cge.m3c.capital import Capital
from cge.m3c.cohorts import YUAN_PER_KW, aged, first, lasting
from cge.m3c.history import History
from cge.m3c.mix import check_exists
from cge.m3c.power import Power, of_load
from cge.setting import Setting
from sam.energy.transformation import PJ_PER_TWH
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

INTEREST = 0.06
"""Real interest that a plant is to earn, a fraction (order of Chinese power investment, 6 to 8 %
nominal: NDRC and Ministry of Construction 2006, Economic evaluation of construction projects)."""

SLOPE = 5.0
"""How fast additions rise with rent over annuity (s)."""

BEGINNING = 1e-3
"""Share of a region's plants from which a new technology grows (:math:`\\kappa`)."""

EARLY = 0.10
"""Most of a technology's plants that is retired early in a year, a fraction."""

HASTE = 6.0
"""How sharply early retirement sets in where rent falls below fixed cost (q)."""


@dataclass(frozen=True, eq=False)
class Plants(Block):
    """Plants of generation.

    Attributes:
        power: what they make and earn.
        capital: what building them costs.
        given: plants that projects build in the year, GW (r t).
    """

    power: Power
    capital: Capital
    given: Parameter

    @classmethod
    def declare(cls, m: Model, power: Power, capital: Capital) -> Plants:
        """Declare plants of projects, of which there are none unless they are set."""
        return cls(power, capital, m.parameter("project_plants", "r t", 0.0))

    def parameters(self, at: Year) -> Values:
        """What investors buy, with the goods of the plants built for the year in their proportion.

        The base year's purchases hold its own.
        """
        if at.year == at.setting.benchmark.base_year:
            return {}
        bought = self.capital.investor.flow("goods").quantity
        general = at.parameter(bought)  # region, good
        part = ratio(self.spent(at), at.stocks["formed"])[:, None]
        whole = general.sum(axis=1, keepdims=True)
        return {bought: (1.0 - part) * general + part * whole * self._basket(at)}

    def _basket(self, at: Year) -> Array:
        """What a unit of the year's investment in plants buys (region, good)."""
        b, cost = at.setting.benchmark, self.invested(at)
        baskets = np.stack(
            [basket(at.setting, t, at.setting.cost_year(at.year)) for t in b.technologies], axis=1
        )
        shares = ratio(cost, np.broadcast_to(cost.sum(axis=1, keepdims=True), cost.shape))
        goods: Array = np.einsum("rti,rt->ri", baskets, shares)
        return goods

    def spent(self, at: Year) -> Array:
        """Investment in plants at base-year prices, 1e8 CNY (region)."""
        total: Array = self.invested(at).sum(axis=1)
        return total

    def stocks(self) -> Sequence[Stock]:
        """Plants by age, and what of them is built in the year."""
        return (
            Stock("plants", "region technology age", "GW", first, self._next),
            Stock("plants_added", "region technology", "GW", _added, self.added),
            Stock("plants_given", "region technology", "GW", _nothing, self.commissioned),
            Stock(
                "plants_of_projects",
                "region technology age",
                "GW",
                lambda setting: np.zeros_like(first(setting)),
                self._next_of_projects,
            ),
            Stock("experience", "technology", "GW", _experience, self._more_experience),
            Stock("formed", "region", "1e8 CNY", _formed, self._formed),
        )

    def _more_experience(self, at: Year) -> Array:
        """GW that were ever built, with those of the year after (technology)."""
        ever: Array = at.stocks["experience"] + self.built(at).sum(axis=0)
        return ever

    def _formed(self, at: Year) -> Array:
        """Capital formation of the year before, 1e8 CNY (region)."""
        return np.asarray(self.capital.investment(at.state))

    def reports(self) -> Sequence[Report]:
        """Capacity, additions, retirement, and what they cost."""
        dims = "region technology"
        return (
            Report(
                "capacity", dims, "GW", "plants that stand in the year",
                lambda at: at.stocks["plants"].sum(axis=2),
                iamc="Capacity|Electricity; Capacity|Electricity|{technology}", total="sum",
            ),
            Report(
                "capacity_added", dims, "GW/yr", "plants built for the year",
                lambda at: at.stocks["plants_added"] + at.stocks["plants_given"],
                iamc="Capacity Additions|Electricity; "
                "Capacity Additions|Electricity|{technology:plant}",
                total="sum",
            ),
            Report(
                "capacity_retired", dims, "GW/yr", "plants retired early at the end of the year",
                self.retired, total="sum",
            ),
            Report(
                "capacity_expired", dims, "GW/yr", "plants whose life ends with the year",
                self.expired, total="sum",
            ),
            Report(
                "rent_over_annuity", dims, "ratio",
                "rent of a plant, without support that new ones do not get, over the annuity of a "
                "new one on the next site; one where it just pays; not a number where there are "
                "none",
                self.pays,
            ),
            Report(
                "plant_investment", dims, "1e8 CNY",
                "cost of the plants built for the year, without those of projects",
                self.invested,
                iamc="Investment|Energy Supply|Electricity; "
                "Investment|Energy Supply|Electricity|{technology:plant}",
                total="sum",
            ),
        )  # fmt: skip

    def levers(self) -> Sequence[Lever]:
        """Plants of projects."""
        return (
            Lever(
                "project_plants", "region technology", "GW",
                "plants that projects build in the year, where the region has the technology in "
                "the base year; they stand from the next year on, and cost what projects buy",
                self.commissioned, self._commission, least=0.0,
            ),
        )  # fmt: skip

    def checks(self) -> Sequence[Check]:
        """Plants of the year after are those that are left and those that are built."""
        return (
            Check(
                "capacity", "region technology",
                "plants of the next year, and those left of the year and built", self.missing,
            ),
        )  # fmt: skip

    def expired(self, at: Year) -> Array:
        """Plants that die of age at the end of the year, GW (region, technology)."""
        stands = at.stocks["plants"]
        early = ratio(self.retired(at), stands.sum(axis=2))
        lost = 1.0 - lasting(_of_plants(at, "lifetime"))
        total: Array = (1.0 - early) * (stands * lost).sum(axis=2)
        return total

    def missing(self, at: Year) -> Array:
        """Plants of the year after that come from nowhere, or are lost, relative to what stands
        (region, technology).
        """
        stands, after = at.stocks["plants"].sum(axis=2), self._next(at).sum(axis=2)
        left = stands - self.retired(at) - self.expired(at)
        return ratio(after - left - self.built(at), np.maximum(after, stands))

    def invested(self, at: Year) -> Array:
        """Cost of what is built for the year at base-year prices, 1e8 CNY (region, technology).

        Of projects it is what they buy (``cge.m3c.capital``).
        """
        return at.stocks["plants_added"] * self.overnight(at) / YUAN_PER_KW

    def overnight(self, at: Year) -> Array:
        """Cost of a new kW on an average site, yuan at base-year prices (technology)."""
        return _of_plants(at, "overnight") * self.learned(at)

    @once
    def learned(self, at: Year) -> Array:
        """Cost of a kW relative to its path, by what is built beyond the baseline (technology)."""
        setting = at.setting
        names = setting.benchmark.technologies
        if setting.scenario.progress != "learning" or setting.baseline is None:
            return np.ones(len(names))
        begun = _experience(setting)
        there = setting.baseline["capacity_added"].sel(year=slice(at.year))
        theirs = begun + there.isel(year=slice(1, None)).sum(["year", "region"]).to_numpy()
        plants = setting.assumptions.plants

        def factors(built: Array) -> Array:
            times = ratio(built, begun, 1.0)
            return np.array([plants.learned(*each) for each in zip(names, times, strict=True)])

        relative: Array = factors(at.stocks["experience"]) / factors(theirs)
        return relative

    @once
    def pays(self, at: Year) -> Array:
        """Rent of a new plant over annuity, NaN where there is no such technology (region,
        technology).
        """
        price = self.capital.price(at)[:, None]  # region
        rent = self.power.rent(at) - self.power.supported(at)
        return ratio(rent, self.annuity(at) * price * self.scarcity(at), np.nan)

    def annuity(self, at: Year) -> Array:
        """Annuity of a new kW on an average site, yuan at base-year prices (technology)."""
        waiting = (1.0 + INTEREST) ** (_of_plants(at, "construction") / 2.0)
        life = _of_plants(at, "lifetime")
        yearly = np.array([annuity(INTEREST, years) for years in life])
        cost: Array = self.overnight(at) * waiting * yearly
        return cost

    def scarcity(self, at: Year) -> Array:
        """Cost of the next site relative to an average one (region, technology)."""
        b, potentials = at.setting.benchmark, at.setting.assumptions.potentials
        dearer = np.ones_like(b.power.twh)
        known = [r for r, region in enumerate(b.regions) if region in potentials.regions]
        names = [b.regions[r] for r in known]
        for resource, (places, amount) in self._used(at).items():
            total = potentials.total(resource, names)
            used = ratio(amount[known], total, 0.0, where=total > 0.0)
            for place in places:
                dearer[known, place] = potentials.multiplier(resource, used)
        return dearer

    def _used(self, at: Year) -> dict[str, tuple[list[int], Array]]:
        """What plants use of resources: technologies, and amount in its unit (region)."""
        b = at.setting.benchmark
        stands = at.stocks["plants"].sum(axis=2)
        able = stands * ratio(b.power.twh, b.power.capacity)  # TWh at base-year hours
        found: dict[str, tuple[list[int], Array]] = {}
        for t, name in enumerate(b.technologies):
            if name in (*WEATHER, "hydro", "nuclear"):
                found[name] = [t], able[:, t]
        burners = [t for t, name in enumerate(b.technologies) if name in _RESIDUES]
        if burners:
            efficiency = _of_plants(at, "efficiency")[burners]
            found["biomass"] = burners, (PJ_PER_TWH * able[:, burners] / efficiency).sum(axis=1)
        return found

    @once
    def retired(self, at: Year) -> Array:
        """Plants retired early at the end of a year, GW (region, technology)."""
        rent = np.nan_to_num(self.power.rent(at))
        keeping = _of_plants(at, "fixed_om")
        lag = np.minimum(HASTE * (ratio(rent, np.broadcast_to(keeping, rent.shape)) - 1.0), 700.0)
        stands: Array = at.stocks["plants"].sum(axis=2)
        early = EARLY / (1.0 + np.exp(lag))
        live = ratio(
            (at.stocks["plants"] * lasting(_of_plants(at, "lifetime"))).sum(axis=2), stands
        )
        ended = 1.0 - ratio(phase_out.most(at), live * stands, np.inf)
        return np.maximum(early, np.where(np.isfinite(ended), ended, 0.0)) * stands

    def built(self, at: Year) -> Array:
        """All plants built for the year after, GW (region, technology)."""
        return self.added(at) + self.commissioned(at)

    def commissioned(self, at: Year) -> Array:
        """Plants that projects build for the year after, GW (region, technology)."""
        return at.parameter(self.given)

    def _commission(self, at: Year, gw: Array) -> Values:
        check_exists(at, gw > 0.0)
        return {self.given: gw}

    @once
    def added(self, at: Year) -> Array:
        """Plants built for the year after where rent pays for them, GW (region, technology)."""
        b = at.setting.benchmark
        stands = at.stocks["plants"].sum(axis=2)
        there = b.power.capacity > 0.0
        told, left = History.of(at.setting, at.year + 1), self._left(at, "plants").sum(axis=2)
        room = np.maximum(phase_out.most(at) - left, 0.0)
        others = stands - at.stocks["plants_of_projects"].sum(axis=2)
        begins = others + BEGINNING * others.sum(axis=1, keepdims=True) * there
        normal, most = _of_plants(at, "entry"), _of_plants(at, "entry_most")
        rate = entry(np.nan_to_num(self.pays(at)), normal, most)
        catches = _of_plants(at, "capture") > 0.0
        if not self.power.prices.relative(at, self.power.markets.permits).any():
            rate = np.where(catches, 0.0, rate)  # nobody captures without a price
        built: Array = np.where(
            b.power.apart > 0.0, np.maximum(self._asked(at) - left, 0.0), rate * begins * there
        )
        if told is not None:
            wanted = told.stands(stands, self.power.mix.twh(at)) - left
            built = np.where(np.isnan(wanted), built, np.maximum(np.nan_to_num(wanted), 0.0))
        added: Array = np.minimum(built, room)
        return added

    def _asked(self, at: Year) -> Array:
        """Plants that the share of what goes with load asks for in the year after, at this year's
        load, GW (region, technology).
        """
        power = at.setting.benchmark.power
        load = ratio(self.power.mix.twh(at).sum(axis=1), power.twh.sum(axis=1))
        asked: Array = power.capacity * of_load(at.setting, at.year + 1) * load[:, None]
        return asked

    def _left(self, at: Year, stock: str) -> Array:
        """What is left of plants of a stock in the year after (region, technology, age)."""
        total = at.stocks["plants"].sum(axis=2)
        kept = ratio(total - self.retired(at), total, 1.0)[:, :, None] * at.stocks[stock]
        return aged(kept, _of_plants(at, "lifetime"))

    def _next(self, at: Year) -> Array:
        older = self._left(at, "plants")
        older[:, :, 0] += self.built(at)
        return older

    def _next_of_projects(self, at: Year) -> Array:
        older = self._left(at, "plants_of_projects")
        older[:, :, 0] += self.commissioned(at)
        return older


_RESIDUES = ("biomass", "bioenergy_capture")


def entry(pays: Array, normal: Array, most: Array) -> Array:
    """Additions relative to what stands, at rent over annuity (formula of the module)."""
    gap = ratio(most - normal, normal)
    rate: Array = most / (1.0 + gap * np.exp(-SLOPE * np.clip(pays - 1.0, -20.0, 20.0)))
    return np.where(normal > 0.0, rate, 0.0)


def _formed(setting: Setting) -> Array:
    demand = setting.benchmark.demand
    formed: Array = demand.investment.sum(axis=1) - demand.drawdown.sum(axis=1)
    return formed


def _added(setting: Setting) -> Array:
    """Additions of the base year: a fifth of the youngest five years."""
    return first(setting)[:, :, 0] / SPAN


def _nothing(setting: Setting) -> Array:
    return np.zeros_like(setting.benchmark.power.capacity)


def _experience(setting: Setting) -> Array:
    """GW that stand in the base year (technology)."""
    total: Array = first(setting).sum(axis=(0, 2))
    return total


def _of_plants(at: Year, item: Item) -> Array:
    """A property of the year's new plants (technology)."""
    setting = at.setting
    names = setting.benchmark.technologies
    return setting.assumptions.plants.values(item, names, [setting.cost_year(at.year)])[:, 0]
