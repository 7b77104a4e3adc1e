r"""M3C of one year in primal form: quantities, marginal products, budgets, markets.

Nothing of the engine is used, nor of the blocks of the model: there are no unit costs, expenditure
functions or value shares. The numbers are those of the calibrated benchmark, and ``Circumstances``
say what a year has beyond them. All that is traded in a year is in this form: production, plants,
trade, households, institutions, investment, permits and their price ceiling, removal and storage.
Apart are limits on output, which partners set, and closures.

*Bundles.* A bundle :math:`z = f(x)` is a CES function of quantities; with the worth :math:`\lambda`
of a further unit of it, every input is paid its marginal product, and every good sold out of a CET
bundle its marginal rate of transformation,

.. math:: \lambda \, \frac{\partial f}{\partial x_k} = w_k ;

where the elasticity is zero, inputs keep their proportions and a bundle is worth what they cost.

*Electricity.* The kWh of a bundle are counted, :math:`\kappa` a unit: buyers compare them by a CES
function V, and what they get is the sum,

.. math:: \frac{\partial V / \partial x_k}{\partial V / \partial x_1} = \frac{w_k}{w_1} , \qquad
          z = \sum_k \kappa_k x_k , \qquad \lambda z = \sum_k w_k x_k .

*Households* maximise :math:`\prod_i (x_i - \gamma_i)^{\beta_i}`, a bundle of what is bought
beyond subsistence: it is their welfare.

*Permits, lines, room for CO2, removal* are scarce or free, at their limit or not:
complementarities. Plants and capital are where they are, each with a price of its own.

The market of labour in the first region is left out, and clears by Walras' law. The balance of
payments is among the equations, which the engine leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from calibration import Benchmark
from sam.ratios import ratio
from tests.known_answers import primal
from tests.known_answers.primal import Array, Primal, marginal, total

Numbers = np.ndarray


NESTS = {
    "output": ("resource", ("resource", "top")),
    "top": ("top", ("material", "generated", "kle")),
    "kle": ("kle", ("value_added", "energy")),
    "value_added": ("value_added", ("labour", "capital")),
    "energy": ("energy", ("electricity", "fossil")),
    "fossil": ("fossil", ("fuel",)),
}
"""What sectors combine: the elasticity, and the parts of each bundle."""

ORIGINS = {
    "origins": ("origin", ("inflow",)),
    "home": ("local", ("local", "origins")),
    "absorption": ("foreign", ("import", "home")),
}
"""Where goods come from, alike."""

PARTS_OF_GRID = (("technology", "chosen"), ("PT", "worth of chosen"))
"""Quantities and prices of what goes with load, and of all other kWh."""

INCOMES = ("households", "enterprises", "tax offices", "centre", "governments", "investors")


@dataclass(frozen=True, eq=False)
class Removal:
    """Removal and capture of CO2, and where it goes; tons in Mt.

    Attributes:
        limit: the most in a year (region, option).
        labour: what a ton takes, 1e8 CNY (option).
        goods: what it takes of goods (region, option, good).
        credited: share of a ton that is a further permit (option, pool).
        retired: share of a ton for which the fund of the region pays as much (option, pool).
        routes: share of the tons of a region that goes to a basin (region, basin).
        carriage: goods that bring a ton there (region, good).
        stored: tons per unit of a technology of generation (region, technology).
        drawn: tons of them out of the air, which are permits of all pools (region, technology).
        room: the most that basins take (basin).
    """

    limit: Numbers
    labour: Numbers
    goods: Numbers
    credited: Numbers
    retired: Numbers
    routes: Numbers
    carriage: Numbers
    stored: Numbers
    drawn: Numbers
    room: Numbers


@dataclass(frozen=True, eq=False)
class Circumstances:
    """What a year has that the base year has not; factors are relative to the base year.

    Attributes:
        members: permits of a pool that a ton of the region needs (region, pool).
        cap: permits, Mt (region, pool).
        ceiling: what a permit costs in goods that the nation consumes, 1e8 CNY.
        labour: factor on what people work (region).
        productivity: of labour and capital (region).
        running: factor on what running a plant takes (technology).
        plants: factor on plants (region, technology).
        exports: factor on what the world buys (good).
        duty: added to the rates of duty (good).
        lines: the most that lines carry, TWh; infinite where that is no matter (origin, region).
        removal: removal of CO2.
    """

    members: Numbers
    cap: Numbers
    ceiling: float
    labour: Numbers
    productivity: Numbers
    running: Numbers
    plants: Numbers
    exports: Numbers
    duty: Numbers
    lines: Numbers
    removal: Removal


def gathered(arrays: Mapping[str, Array], names: Sequence[str], at: Any = ...) -> Array:
    """What several arrays have at a place, one after the other."""
    return np.concatenate([arrays[name][at].ravel() for name in names])


class Year:
    """The economy of a year.

    Attributes:
        b: the benchmark.
        given: what is other than there.
        p: unknowns and equations.
        u: the unknowns by name.
        base: quantities of the base year, by the same names.
    """

    def __init__(self, b: Benchmark, given: Circumstances) -> None:
        self.b, self.given, self.p = b, given, Primal()
        self.u: dict[str, Array] = self.p.unknowns
        self.base: dict[str, Numbers] = {}
        self.power, self.fuels = b.electricity_place, b.fuel_places
        self._declare_production()
        self._declare_generation()
        self._declare_trade()
        self._declare_final()
        self._declare_scarce()

    def solve(self) -> dict[str, Numbers]:
        """All quantities and prices."""
        for r in range(len(self.b.regions)):
            for i in range(len(self.b.sectors)):
                self.industry(r, i)
                self.composite(r, i)
            for t in range(len(self.b.technologies)):
                self.plants(r, t)
            for h in range(len(self.b.households)):
                self.household(r, h)
            self.generation(r)
            self.government(r)
            self.investor(r)
        self.institutions()
        self.abatement()
        self.markets()
        self.scarcity()
        return self.p.solve()

    # What is unknown ------------------------------------------------------------------------------

    def _quantity(self, name: str, reference: Numbers) -> Numbers:
        """A quantity of which the base year has as much."""
        self.base[name] = reference
        self.p.unknown(name, reference)
        return reference

    def _price(self, name: str, where: Numbers, value: Any = 1.0) -> None:
        """A price where there is something to be paid."""
        self.p.unknown(name, (where != 0.0) * value)

    def _declare_production(self) -> None:
        b, make = self.b.production, self._quantity
        for name in ("domestic", "export", "resource", "labour", "capital", "fuel"):
            make(name, getattr(b, name))  # region, sector; region, fuel, sector
        make("electricity", b.electricity / (1.0 + self.b.grid.wedge))
        make("material", b.material.sum(axis=1))
        make("generated", b.generation)
        fossil = make("fossil", b.fuel.sum(axis=1))
        energy = make("energy", fossil + b.electricity)
        value_added = make("value_added", b.labour + b.capital)
        kle = make("kle", value_added + energy)
        make("top", self.base["material"] + b.generation + kle)
        make("output", self.b.output)
        for name in NESTS:
            value = 1.0 - b.output_tax if name == "output" else 1.0
            self._price(f"worth of {name}", self.base[name], value)
        for name, where in (("PD", b.domestic), ("PX", b.export), ("PK", b.capital)):
            self._price(name, where)
        self._price("PR", b.resource)
        self._price("PL", np.ones(len(self.b.regions)))

    def _declare_generation(self) -> None:
        b = self.b.power
        self._quantity("grid", b.sold.sum(axis=1))
        self._quantity("technology", b.sold)  # region, technology; at one value for all kWh
        self._quantity("plants", b.rent)
        running = b.material.sum(axis=1) + b.fuel.sum(axis=1) + b.labour
        self._quantity("running", running)
        self._price("worth of technology", b.sold, 1.0 + b.support)
        self._price("worth of running", running)
        self._price("PT", b.sold)
        self._price("PS", b.rent)
        self._price("worth of grid", self.base["grid"])
        chosen = self._quantity("chosen", ((1.0 - b.apart) * b.sold).sum(axis=1))
        self._price("worth of chosen", chosen)

    def _declare_trade(self) -> None:
        b, grid, e = self.b.trade, self.b.grid, self.power
        places = np.arange(len(self.b.regions))
        self.wedge = np.zeros_like(b.inflow)  # origin, region, good
        self.content = np.zeros_like(b.local)  # origin, good: TWh per unit sold
        self.arriving = np.zeros_like(b.imports)  # region, good: TWh per unit imported
        self.wedge[:, :, e] = grid.flow_wedge
        sold = b.inflow[:, :, e].sum(axis=1) + b.local[:, e]
        self.content[:, e] = ratio(grid.flow.sum(axis=1), sold)
        self.arriving[:, e] = ratio(grid.imports, b.imports[:, e])
        self.own_wedge = self.wedge[places, places]
        self._quantity("import", b.imports)
        self._quantity("local", b.local / (1.0 + self.own_wedge))
        self._quantity("inflow", b.inflow / (1.0 + self.wedge))
        origins = self._quantity("origins", b.inflow.sum(axis=0))
        home = self._quantity("home", origins + b.local)
        self._quantity("absorption", self.b.absorption)
        self.twh = {
            "import": self.arriving,
            "local": self.content,
            "inflow": np.broadcast_to(self.content[:, None], b.inflow.shape),
        }
        sent = (self.content[:, None] * self.base["inflow"]).sum(axis=0)  # region, good
        self.twh["origins"] = ratio(sent, origins)
        self.twh["home"] = ratio(sent + self.content * self.base["local"], home)
        for name, where in (("origins", origins), ("home", home)):
            self._price(f"worth of {name}", where)
        self._price("PA", self.b.absorption)
        self._price("FX", np.ones(1))

    def _declare_final(self) -> None:
        b, flows = self.b.demand, self.b.institutions
        consumed = b.consumption.sum(axis=1)
        self.basket = consumed / consumed.sum()  # region, good
        self.home_wedge = np.zeros_like(b.consumption)
        self.home_wedge[:, :, self.power] = self.b.grid.home_wedge
        self.committed = b.subsistence / (1.0 + self.home_wedge)
        beyond = b.consumption / (1.0 + self.home_wedge) - self.committed
        self._quantity("beyond", beyond)  # region, household, good
        self.consumed = self.committed + self.u["beyond"]
        self._quantity("government", b.government)
        self._quantity("investment", b.investment)
        self.gross = flows.labour_income + flows.enterprise_to_household
        self.lent = flows.foreign_saving + flows.interregional_saving
        self._quantity("welfare", (b.consumption - b.subsistence).sum(axis=2))
        self._price("worth of welfare", self.base["welfare"])
        production = self.b.production.output_tax * self.b.output
        incomes = {
            "households": self.gross,
            "enterprises": flows.capital_income,
            "tax offices": production.sum(axis=1),
            "centre": flows.central_transfer.sum(keepdims=True),
            "governments": b.government.sum(axis=1) + flows.government_saving,
            "investors": b.investment.sum(axis=1),
        }
        for name, value in incomes.items():
            self.p.unknown(f"income of {name}", value, free=True)

    def _declare_scarce(self) -> None:
        given, b = self.given, self.given.removal
        self.p.unknown("PC", given.members.any(axis=0) * 1.0, free=True)
        self.p.unknown("bought", given.cap.sum(axis=0) * 0.1 * given.members.any(axis=0), free=True)
        self.p.unknown("PLN", np.isfinite(given.lines) * 0.1, free=True)
        storing = (b.limit.any(axis=1) | b.stored.any(axis=1)).astype(float)
        self.p.unknown("PI", (storing @ b.routes > 0.0) * 0.1, free=True)
        self.p.unknown("removal", 0.5 * b.limit, free=True)
        self.p.unknown("rent of removal", (b.limit > 0.0) * 0.1, free=True)

    # Nests ----------------------------------------------------------------------------------------

    def nest(
        self,
        bundle: str,
        at: tuple[int, ...],
        inputs: Array,
        prices: Array,
        reference: Numbers,
        elasticity: float,
        *,
        worth: Array | None = None,
        units: Any = 1.0,
        productivity: Any = 1.0,
    ) -> None:
        """A bundle of inputs, or for a negative elasticity of outputs (formulas of the module).

        Arguments:
            bundle: its name.
            at: place in its array.
            inputs: what it consists of.
            prices: what is paid for it.
            reference: inputs in the base year.
            elasticity: of substitution, negative for transformation.
            worth: what a further unit is worth, by default the unknown.
            units: prices of the base year.
            productivity: what a unit of an input counts.
        """
        used, value = reference != 0.0, self.base[bundle][at]
        if not used.any():
            return
        made, worth = self.made(bundle, at), self.worth(bundle, at) if worth is None else worth
        x, w = inputs[used], prices[used]
        if elasticity == 0.0:
            self.p.equal(x / reference[used], made / value)
            self.p.equal(worth * made, total(w * x))
            return
        function = primal.ces(productivity * inputs, reference, value, elasticity, units)
        self.p.equal(made, function)
        self.p.equal(worth * marginal(function, x), w)

    def additive(
        self,
        bundle: str,
        at: tuple[int, ...],
        inputs: Array,
        prices: Array,
        reference: Numbers,
        elasticity: float,
        *,
        worth: Array | None = None,
        units: Any = 1.0,
        content: Any = 1.0,
    ) -> None:
        """The same of what adds up, by what a unit of each counts."""
        used, value = reference != 0.0, self.base[bundle][at]
        if not used.any():
            return
        made, worth = self.made(bundle, at), self.worth(bundle, at) if worth is None else worth
        x, w = inputs[used], prices[used]
        counted = np.broadcast_to(content, used.shape)[used]
        whole = (counted * reference[used]).sum()
        self.p.equal(total(counted * x) / whole, made / value)
        self.p.equal(worth * made, total(w * x))
        slopes = marginal(primal.ces(inputs, reference, value, elasticity, units), x)
        self.p.equal(slopes[1:] * w[:1], slopes[:1] * w[1:])

    def grown(self, name: str) -> Array:
        """A quantity relative to the base year."""
        base = self.base[name]
        return self.u[name] * ratio(np.ones_like(base), base)

    def made(self, bundle: str, at: tuple[int, ...]) -> Array:
        """How much there is of a bundle, an array of one member."""
        return self.u[bundle][at[:-1]][[at[-1]]]

    def worth(self, bundle: str, at: tuple[int, ...]) -> Array:
        """What a further unit of a bundle is worth."""
        return self.made(f"worth of {bundle}", at)

    # Who decides ----------------------------------------------------------------------------------

    def permits(self, r: int, tons: Numbers) -> Array:
        """What permits for tons of a region cost."""
        return tons * total(self.given.members[r] * self.u["PC"])

    def fuel_prices(self, r: int, bought: Numbers, tons: Numbers) -> Array:
        """Fuels with the permits that burning them needs (fuel)."""
        return self.u["PA"][r, self.fuels] + self.permits(r, ratio(tons, bought))

    def industry(self, r: int, j: int) -> None:
        """Bundles of inputs, each with its elasticity."""
        b, u = self.b.production, self.u
        material = self.base["material"][r, j]
        wedge = 1.0 + self.b.grid.wedge[r, [j]]
        prices = {
            **{name: self.worth(name, (r, j)) for name in NESTS},
            "resource": u["PR"][r, [j]],
            "labour": u["PL"][[r]],
            "capital": u["PK"][r, [j]],
            "generated": self.worth("grid", (r,)),
            "material": total(u["PA"][r] * ratio(b.material[r, :, j], material)),
            "electricity": wedge * u["PA"][r, [self.power]],
            "fuel": self.fuel_prices(r, b.fuel[r, :, j], self.b.emissions.fuel[r, :, j]),
        }
        for bundle, (elasticity, parts) in NESTS.items():
            x, x0 = (gathered(of, parts, (r, ..., [j])) for of in (u, self.base))
            w, sigma = gathered(prices, parts), self.b.elasticities[elasticity][r, j]
            units = np.append(wedge, 1.0) if bundle == "energy" else 1.0
            counts = self.given.productivity[r] if bundle == "value_added" else 1.0
            self.nest(bundle, (r, j), x, w, x0, sigma, units=units, productivity=counts)
        self.sales(r, j)

    def sales(self, r: int, j: int) -> None:
        """At home and abroad; output pays for inputs and for permits of processes."""
        b, u, parts = self.b, self.u, ("domestic", "export")
        per_unit = ratio(b.emissions.process[r, [j]], b.output[r, [j]])
        worth = self.worth("output", (r, j)) + self.permits(r, per_unit)
        kept = 1.0 - b.production.output_tax[r, j]
        x, x0 = (gathered(of, parts, (r, [j])) for of in (u, self.base))
        prices = kept * np.append(u["PD"][r, [j]], u["PX"][r, [j]])
        sold = self.additive if j == self.power else self.nest
        sold("output", (r, j), x, prices, x0, -b.elasticities["transformation"][j], worth=worth)

    def plants(self, r: int, t: int) -> None:
        r"""Plants against what running them takes, with :math:`\sigma` of the most they can make.

        .. math:: \beta = \theta^{-\sigma / (1 - \sigma)} ,

        with the share :math:`\theta` of rent in cost.
        """
        b, u, removal = self.b.power, self.u, self.given.removal
        if b.sold[r, t] == 0.0:
            return
        more, running = self.given.running[t], self.base["running"][r, t]
        fuels = self.fuel_prices(r, b.fuel[r, :, t], self.b.emissions.technology[r, :, t])
        wage = u["PL"][[r]] / self.given.productivity[r]
        spent = total(b.material[r, :, t] * u["PA"][r]) + total(b.fuel[r, :, t] * fuels)
        paid = (spent + b.labour[r, t] * wage) / running
        self.p.equal(self.worth("running", (r, t)), paid)
        odds = np.log(b.bound[r, t]) / -np.log(b.rent[r, t] / b.output[r, t])
        x = np.append(u["plants"][r, [t]], u["running"][r, [t]])
        x0 = np.array([b.rent[r, t], more * running])
        prices = np.append(u["PS"][r, [t]], self.worth("running", (r, t)))
        self.nest("technology", (r, t), x, prices, x0, odds / (1.0 + odds))
        storing = total(removal.carriage[r] * u["PA"][r]) + total(removal.routes[r] * u["PI"])
        credit = self.permits(r, removal.drawn[r, [t]]) - removal.stored[r, t] * storing
        earned = (1.0 + b.support[r, t]) * u["PT"][r, [t]] + credit / b.sold[r, t]
        self.p.equal(earned, self.worth("technology", (r, t)))

    def generation(self, r: int) -> None:
        """All kWh of a region; each plant is as good as any other."""
        b, u, apart = self.b.power, self.u, self.b.power.apart[r]
        chosen = self.base["chosen"][r]
        weight = (1.0 - apart) * b.sold[r] * self.given.plants[r]
        weight = weight * ratio(chosen, weight.sum())
        sigma, peak = (self.b.elasticities[name][r] for name in ("generation", "peak"))
        self.additive("chosen", (r,), u["technology"][r], u["PT"][r], weight, sigma)
        x, w = (np.append(u[a][r], u[c][[r]]) for a, c in PARTS_OF_GRID)
        x0 = np.append(apart * b.sold[r], chosen)
        counts = np.append(ratio(b.twh[r] * b.price[r], b.sold[r], 1.0), 1.0)
        self.additive("grid", (r,), x, w, x0, peak, content=counts)

    def composite(self, r: int, i: int) -> None:
        """Goods from abroad, from the region itself, and from other regions over lines."""
        at, u = (r, i), self.u
        duty = 1.0 + self.b.trade.tariff[r, [i]]
        units = {
            "inflow": 1.0 + self.wedge[:, r, i],
            "local": 1.0 + self.own_wedge[r, [i]],
            "import": duty,
            "origins": np.ones(1),
            "home": np.ones(1),
        }
        prices = {
            "inflow": units["inflow"] * u["PD"][:, i] + self.content[:, i] * u["PLN"][:, r],
            "local": units["local"] * u["PD"][r, [i]],
            "import": (duty + self.given.duty[i]) * u["FX"],
            "origins": self.worth("origins", at),
            "home": self.worth("home", at),
        }
        for bundle, (elasticity, parts) in ORIGINS.items():
            x, x0, twh = (gathered(of, parts, (..., r, [i])) for of in (u, self.base, self.twh))
            w, w0 = (gathered(of, parts) for of in (prices, units))
            sigma = self.b.elasticities[elasticity][i]
            worth = u["PA"][r, [i]] if bundle == "absorption" else None
            if i == self.power:
                self.additive(bundle, at, x, w, x0, sigma, worth=worth, units=w0, content=twh)
            else:
                self.nest(bundle, at, x, w, x0, sigma, worth=worth, units=w0)

    def household(self, r: int, h: int) -> None:
        """Utility is maximal: a further yuan is worth the same whatever it buys."""
        b, u = self.b.demand, self.u
        units = 1.0 + self.home_wedge[r, h]
        tons = np.zeros_like(units)
        tons[self.fuels] = self.b.emissions.household[r, h]
        prices = units * u["PA"][r] + self.permits(r, ratio(tons, b.consumption[r, h]))
        beyond, reference = u["beyond"][r, h], self.base["beyond"][r, h]
        self.nest("welfare", (r, h), beyond, prices, reference, 1.0, units=units)
        flows = self.b.institutions
        kept = 1.0 - (flows.income_tax + flows.household_saving)[r, h] / self.gross[r, h]
        spent = total(prices * self.consumed[r, h])
        self.p.equal(spent, kept * u["income of households"][r, [h]])

    def government(self, r: int) -> None:
        """Fixed shares of what is not saved."""
        bought = self.b.demand.government[r]
        income = bought.sum() + self.b.institutions.government_saving[r]
        paid = self.u["PA"][r] * self.u["government"][r]
        self.p.equal(paid, bought / income * self.u["income of governments"][[r]])

    def investor(self, r: int) -> None:
        """A fixed basket."""
        bought = self.b.demand.investment[r]
        there = bought != 0.0
        basket = self.u["investment"][r][there] / bought[there]
        self.p.equal(basket[1:], basket[:1])
        paid = total(self.u["PA"][r] * self.u["investment"][r])
        self.p.equal(paid, self.u["income of investors"][[r]])

    def abatement(self) -> None:
        """Removal is idle where it costs more than it earns, and earns a rent at its limit."""
        u, b = self.u, self.given.removal
        for r, n in np.argwhere(b.limit > 0.0):
            earned = total((b.credited + b.retired)[n] * self.given.members[r] * u["PC"])
            goods = total((b.goods[r, n] + b.carriage[r]) * u["PA"][r])
            wage = u["PL"][[r]] / self.given.productivity[r]
            cost = goods + b.labour[n] * wage + total(b.routes[r] * u["PI"])
            tons, rent = u["removal"][r, [n]], u["rent of removal"][r, [n]]
            used = tons / b.limit[r, n]
            self.p.complementary(used, cost + rent - earned)
            self.p.complementary(rent, 1.0 - used)

    # Incomes --------------------------------------------------------------------------------------

    def institutions(self) -> None:
        """What everybody receives."""
        u, flows, given = self.u, self.b.institutions, self.given
        income = {name: u[f"income of {name}"] for name in INCOMES}
        fund = self.fund()
        owned = [
            (u["PK"] * self.base["capital"]).sum(axis=1),
            (u["PR"] * self.base["resource"]).sum(axis=1),
            (u["PS"] * self.base["plants"] * given.plants).sum(axis=1),
            (u["PLN"] * np.where(np.isfinite(given.lines), given.lines, 0.0)).sum(axis=0),
        ]
        self.p.equal(income["enterprises"], sum(owned))
        rent = income["enterprises"] / flows.capital_income  # relative to the base year
        received = self.b.demand.consumption.sum(axis=2)
        share = received / received.sum(axis=1, keepdims=True)
        wages = (u["PL"] * given.labour)[:, None] * flows.labour_income
        people = wages + rent[:, None] * flows.enterprise_to_household + fund[:, None] * share
        self.p.equal(income["households"], people)
        people = income["households"] / self.gross
        self.p.equal(income["tax offices"], self.revenue())
        central = flows.production_tax_central_share
        duty = (self.b.trade.tariff + given.duty) * u["import"]
        paid = central * income["tax offices"]
        self.p.equal(income["centre"], total(paid) + u["FX"] * total(duty))
        transfer = flows.central_transfer / flows.central_transfer.sum() * income["centre"]
        taxes = rent * flows.enterprise_tax + (flows.income_tax * people).sum(axis=1)
        own = income["tax offices"] - paid
        self.p.equal(income["governments"], transfer + taxes + own)
        spent = self.b.demand.government.sum(axis=1) + flows.government_saving
        saved = flows.government_saving / spent * income["governments"]
        saved = saved + rent * flows.enterprise_saving
        saved = saved + (flows.household_saving * people).sum(axis=1) + u["FX"] * self.lent
        drawn = (self.b.demand.drawdown * u["PA"]).sum(axis=1)
        self.p.equal(income["investors"], saved + drawn)

    def revenue(self) -> Array:
        """Taxes on production; what is paid beyond or below the price of electricity (region)."""
        b, u = self.b, self.u
        sold = u["PD"] * u["domestic"] + u["PX"] * u["export"]
        bought = self.own_wedge * u["PD"] * u["local"]
        bought = bought + (self.wedge * u["PD"][:, None] * u["inflow"]).sum(axis=1)
        power = u["PA"][:, [self.power]] * u["electricity"] * b.grid.wedge
        homes = (self.home_wedge * u["PA"][:, None] * self.consumed).sum(axis=(1, 2))
        support = (b.power.support * u["PT"] * u["technology"]).sum(axis=1)
        taxed = (b.production.output_tax * sold + bought + power).sum(axis=1)
        return taxed + homes - support

    def fund(self) -> Array:
        """Permits, room in basins and limits of removal, less what tons out of the air are paid
        (region).
        """
        u, b = self.u, self.given.removal
        scarce = u["PI"] * b.room + (u["PC"] * self.given.cap).sum(axis=1)
        rents = (u["rent of removal"] * u["removal"]).sum(axis=1)
        each = self.given.members[:, None] * b.retired * u["PC"]  # region, option, pool
        return scarce + rents - (each.sum(axis=2) * u["removal"]).sum(axis=1)

    # Markets --------------------------------------------------------------------------------------

    def markets(self) -> None:
        """Goods, exports, composites, factors, generation; foreign exchange; the price level."""
        b, u, base, equal = self.b, self.u, self.base, self.p.equal
        equal(u["domestic"], u["local"] + u["inflow"].sum(axis=1))
        wanted = base["export"] * self.given.exports
        there = base["export"] != 0.0
        relative = (u["PX"] / u["FX"])[there]
        power = np.broadcast_to(-b.elasticities["export_demand"], there.shape)[there]
        equal(u["export"][there], wanted[there] * relative**power)
        equal(u["absorption"] + b.demand.drawdown, self.used())
        equal(u["capital"], base["capital"])
        equal(u["resource"], base["resource"])
        equal(u["plants"], base["plants"] * self.given.plants)
        equal(u["grid"], u["generated"].sum(axis=1))
        worked = b.institutions.labour_income.sum(axis=1) * self.given.labour
        equal(self.working()[1:], worked[1:])
        sold = total(u["PX"] * u["export"])
        equal(u["FX"] * (total(u["import"]) - self.lent.sum()), sold)
        equal(total(self.basket * u["PA"]), np.ones(1))

    def used(self) -> Array:
        """Goods of all origins (region, good)."""
        b, u = self.b, self.u
        made = self.grown("material")
        runs = self.grown("running")
        goods = (b.production.material * made[:, None]).sum(axis=2)
        goods = goods + (b.power.material * runs[:, None]).sum(axis=2)
        goods = goods + self.consumed.sum(axis=1) + u["government"] + u["investment"]
        goods = goods + self.abated_with()
        goods[:, self.power] += u["electricity"].sum(axis=1)
        burnt = (b.power.fuel * runs[:, None]).sum(axis=2)
        goods[:, self.fuels] += u["fuel"].sum(axis=2) + burnt
        return goods

    def abated_with(self) -> Array:
        """Goods that removal, storage and permits at the ceiling take (region, good)."""
        b, u = self.given.removal, self.u
        goods = (b.goods * u["removal"][:, :, None]).sum(axis=1)
        goods = goods + self.given.ceiling * self.basket * total(u["bought"])
        return goods + b.carriage * self.tons()[:, None]

    def tons(self) -> Array:
        """CO2 stored, Mt (region)."""
        b, runs = self.given.removal, self.grown("technology")
        return self.u["removal"].sum(axis=1) + (b.stored * runs).sum(axis=1)

    def working(self) -> Array:
        """Labour of sectors, plants and removal (region)."""
        b, u = self.b, self.u
        runs = self.grown("running")
        plants = (b.power.labour * runs).sum(axis=1)
        removing = (self.given.removal.labour * u["removal"]).sum(axis=1)
        return u["labour"].sum(axis=1) + (plants + removing) / self.given.productivity

    def emitted(self) -> Array:
        """CO2 before removal, Mt (region)."""
        b, u = self.b, self.u
        runs = self.grown("running")
        burnt = u["fuel"] * ratio(b.emissions.fuel, b.production.fuel)
        plants = b.emissions.technology.sum(axis=1) * runs
        bought = self.consumed[:, :, self.fuels]
        homes = bought * ratio(b.emissions.household, b.demand.consumption[:, :, self.fuels])
        process = u["output"] * ratio(b.emissions.process, b.output)
        industry = burnt.sum(axis=(1, 2)) + process.sum(axis=1)
        return industry + plants.sum(axis=1) + homes.sum(axis=(1, 2))

    def scarcity(self) -> None:
        """Permits, lines and basins are free where there is enough of them."""
        u, b, given = self.u, self.given.removal, self.given
        runs = self.grown("technology")
        net = self.emitted() - (b.drawn * runs).sum(axis=1)
        credits = ((u["removal"] @ b.credited) * given.members).sum(axis=0) + u["bought"]
        needed, issued = (given.members * net[:, None]).sum(axis=0), given.cap.sum(axis=0)
        self.p.complementary(u["PC"], 1.0 - (needed - credits) / issued)
        dearer = given.ceiling * total(self.basket * u["PA"]) - u["PC"]
        self.p.complementary(u["bought"] / issued, dearer)
        flow = self.content[:, self.power, None] * u["inflow"][:, :, self.power]
        self.p.complementary(u["PLN"], 1.0 - flow / given.lines)
        self.p.complementary(u["PI"], 1.0 - self.tons() @ b.routes / b.room)
