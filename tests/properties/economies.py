r"""Random balanced economies of a fixed shape, declared in the language.

Two factors whose amounts add up, four sectors that buy from each other, trade at given world
prices, two households with committed purchases, a treasury, fuel bound to emission permits, and a
technology to avoid emissions that idles at first. Cells are zero, tiny or huge; the last sector is
empty, so that another one can be split in two without another shape.

Output follows from what is bought. With purchases per net revenue a, shares of imports in supply
:math:`\mu`, exports per domestic sale e and output taxes t, supply Q of each good solves

.. math:: Q_i = c_i + \sum_j a_{ij} (1 + e_j)(1 - t_j)(1 - \mu_j)\, Q_j ,

factors get what is left of revenue, and households own everything in proportion to what they spend.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cge.language import Model, aces, alias, ces, cet, leontief

SECTORS, FACTORS, HOUSEHOLDS = 4, 2, 2
EMPTY = SECTORS - 1

Array = np.ndarray


@dataclass(frozen=True)
class Economy:
    """Everything that is free to choose in the benchmark.

    Attributes:
        inputs: purchases per net revenue (good, sector); columns sum to less than one.
        factor_split: share of capital in value added (sector).
        consumption: final demand (household, good).
        committed: share of it that is committed (household, good).
        imports: share of imports in supply, before tariffs (good).
        exports: exports per domestic sale (sector).
        output_tax: share of revenue (sector).
        tariff: rate on imports (good).
        fuel: imported fuel, per value added (sector); emissions are in proportion.
        top: elasticity between inputs and value added (sector).
        armington: elasticity between home goods and imports (good).
        transformation: elasticity between home sales and exports (sector).
        avoidance: cost of avoiding a unit of emissions, in units of factors.
    """

    inputs: Array
    factor_split: Array
    consumption: Array
    committed: Array
    imports: Array
    exports: Array
    output_tax: Array
    tariff: Array
    fuel: Array
    top: Array
    armington: Array
    transformation: Array
    avoidance: float

    def permuted(self, order: list[int]) -> Economy:
        """The same economy with its sectors in another order."""
        changed: dict[str, Any] = {
            name: getattr(self, name)[..., order]
            for name in self.__dataclass_fields__
            if name not in ("inputs", "avoidance")
        }
        return replace(self, inputs=self.inputs[np.ix_(order, order)], **changed)

    def halved(self, sector: int) -> Economy:
        """The same economy with a sector split into identical halves, one in the empty place."""
        order = [*range(EMPTY), sector]
        doubled = self.permuted(order)
        half = np.ones(SECTORS)
        half[[sector, EMPTY]] = 0.5
        return replace(
            doubled,
            inputs=doubled.inputs * half[:, None],
            consumption=doubled.consumption * half,
        )

    def scaled(self) -> Economy:
        """The same economy in units in which it emits one."""
        return replace(self, consumption=self.consumption / self.burnt.sum())

    @property
    def supply(self) -> Array:
        """Supply of each good at home, tariffs included (good)."""
        sold = (1 + self.exports) * (1 - self.output_tax) * (1 - self.imports)
        bought = self.inputs * sold[None, :]
        return np.linalg.solve(np.eye(SECTORS) - bought, self.consumption.sum(axis=0))

    @property
    def domestic(self) -> Array:
        """Sales at home (sector)."""
        return self.supply * (1 - self.imports)

    @property
    def net_revenue(self) -> Array:
        """Revenue after output taxes (sector)."""
        return self.domestic * (1 + self.exports) * (1 - self.output_tax)

    @property
    def value_added(self) -> Array:
        """Payments to factors (factor, sector)."""
        left = self.net_revenue * (1 - self.inputs.sum(axis=0))
        return np.stack([self.factor_split, 1 - self.factor_split]) * left / (1 + self.fuel)

    @property
    def burnt(self) -> Array:
        """Fuel, and with it emissions (sector)."""
        return self.fuel * self.value_added.sum(axis=0)


def declare(e: Economy) -> Model:
    """The economy in the language; all economies have the same parameters."""
    m = Model("random economy", j=SECTORS, i=alias("j"), f=FACTORS, h=HOUSEHOLDS)
    P, PA, PF = m.commodity("P", "j"), m.commodity("PA", "j"), m.commodity("PF", "f")
    FX, PC = m.commodity("FX"), m.commodity("PC", may_be_zero=0.2)
    H, TREASURY = m.agent("H", "h"), m.agent("TREASURY")
    output_tax = m.parameter("output_tax", "j", e.output_tax)
    tariff = m.parameter("tariff", "j", e.tariff)
    imports = e.supply * e.imports / (1 + e.tariff)
    exports = e.domestic * e.exports
    m.activity(
        "Y",
        "j",
        makes=cet(
            m.parameter("transformation", "j", e.transformation),
            P["j"](e.domestic, taxes=output_tax.to(TREASURY[""])),
            FX[""](exports, taxes=output_tax.to(TREASURY[""])),
        ),
        uses=ces(
            m.parameter("top", "j", e.top),
            PA["i"](("i j", e.inputs * e.net_revenue)),
            ces(
                0.5,
                aces(1.5, PF["f"](("f j", e.value_added))),
                leontief(FX[""](e.burnt, name="fuel"), PC[""](e.burnt)),
            ),
        ),
    )
    m.activity(
        "A",
        "j",
        makes=PA["j"](e.supply),
        uses=ces(
            m.parameter("armington", "j", e.armington),
            P["j"](e.domestic),
            FX[""](imports, taxes=tariff.to(TREASURY[""])),
        ),
    )
    m.activity(
        "AVOID",
        makes=PC[""](1.0),
        uses=leontief(PF["f"](np.full(FACTORS, e.avoidance / FACTORS))),
        latent=1.0,
        capacity=m.parameter("possible", "", 0.2 * e.burnt.sum()),
        owner=TREASURY[""],
    )
    spent = e.consumption.sum(axis=1)
    share = spent / spent.sum()
    factors = e.value_added.sum(axis=1)
    saving = imports.sum() + e.burnt.sum() - exports.sum()
    H.owns(PF["f"], ("h f", share[:, None] * factors), name="factors")
    H.owns(FX[""], ("h", share * saving), name="foreign_saving")
    H.owns(PC[""], ("h", share * 1.5 * e.burnt.sum()), name="permits")
    minimum = m.parameter("committed", "h j", ("h j", e.committed * e.consumption))
    H.spends(ces(0.9, PA["j"](("h j", e.consumption), minimum=minimum)))
    TREASURY.gives(("h", share), H["h"])
    weights = {PF: m.parameter("in_factors", "f", 1.0), PA: m.parameter("in_goods", "j", 0.0)}
    m.numeraire(weights, drop=FX)
    return m


TEMPLATE = Economy(
    inputs=np.full((SECTORS, SECTORS), 0.15),
    factor_split=np.full(SECTORS, 0.4),
    consumption=np.ones((HOUSEHOLDS, SECTORS)),
    committed=np.full((HOUSEHOLDS, SECTORS), 0.3),
    imports=np.full(SECTORS, 0.2),
    exports=np.full(SECTORS, 0.25),
    output_tax=np.full(SECTORS, 0.1),
    tariff=np.full(SECTORS, 0.1),
    fuel=np.full(SECTORS, 0.1),
    top=np.full(SECTORS, 0.5),
    armington=np.full(SECTORS, 2.0),
    transformation=np.full(SECTORS, 2.0),
    avoidance=0.5,
)
"""An economy without surprises, for which solvers are compiled."""


def cells(shape: tuple[int, ...], smallest: int = -5, largest: int = 3) -> st.SearchStrategy[Array]:
    """Non-negative arrays with zeros, tiny and huge cells."""
    magnitudes = decimals(smallest, largest).map(lambda x: 10.0**x)
    return arrays(float, shape, elements=st.one_of(st.just(0.0), magnitudes), fill=st.nothing())


def between(low: float, high: float, *shape: int) -> st.SearchStrategy[Array]:
    """Arrays of ordinary numbers, with four decimals."""
    return arrays(float, shape or (SECTORS,), elements=decimals(low, high), fill=st.nothing())


def decimals(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers with four decimals: zero or not, but no rates of 1e-300."""
    return st.floats(low, high).map(lambda x: round(x, 4))


def elasticities(*special: float) -> st.SearchStrategy[Array]:
    """Elasticities, the special cases of the functional forms among them."""
    some = st.one_of(st.sampled_from(special), decimals(0.3, 4.0))
    return arrays(float, (SECTORS,), elements=some, fill=st.nothing())


@st.composite
def economies(draw: st.DrawFn) -> Economy:
    """Economies in which the last sector is empty and others may be.

    Exports pay for most of the imports and trade responds to prices: a debt to the rest of the
    world that rigid exports cannot serve leaves no equilibrium to find.
    """
    raw = draw(cells((SECTORS, SECTORS)))
    consumption = draw(cells((HOUSEHOLDS, SECTORS)))
    raw[EMPTY], raw[:, EMPTY], consumption[:, EMPTY] = 0.0, 0.0, 0.0
    consumption[0, 0] += 1.0
    imports = draw(between(0.05, 0.4)) * draw(arrays(bool, SECTORS))
    imports[0] = 0.2  # somebody trades
    tariff = draw(between(0.0, 0.3))
    paid_for = draw(between(0.2, 1.1)) * draw(arrays(bool, SECTORS))
    paid_for[0] = 0.8
    economy = Economy(
        inputs=0.6 * raw / (raw.sum(axis=0) + draw(between(0.1, 2.0))),
        factor_split=draw(between(0.1, 0.9)),
        consumption=consumption,
        committed=draw(between(0.0, 0.5, HOUSEHOLDS, SECTORS)),
        imports=imports,
        exports=paid_for * imports / (1 - imports) / (1 + tariff),
        output_tax=draw(between(-0.1, 0.2)),
        tariff=tariff,
        fuel=np.array([0.1, *draw(cells((SECTORS - 1,), -4, 0))]),
        top=draw(elasticities(0.0, 1.0, 1.0 + 1e-10)),
        armington=draw(elasticities(0.5, 1.0, 1.0 - 1e-9)),
        transformation=draw(elasticities(0.5, 1.0)),
        avoidance=draw(decimals(0.3, 1.0)),
    )
    return economy.scaled()  # the typical level of a latent activity is a number of the shape


@dataclass(frozen=True)
class Shock:
    """Changes of parameters, relative to the benchmark.

    Attributes:
        factors: supply of each factor.
        cap: permits relative to emissions.
        output_tax: what is added to the rates (sector).
        tariff: what tariffs are multiplied with.
    """

    factors: Array
    cap: float
    output_tax: Array
    tariff: float

    def on(self, model: Model) -> dict[str, Array]:
        """The shocked parameters by name."""
        base = model.values()
        return {
            "factors": base["factors"] * self.factors,
            "permits": base["permits"] / 1.5 * self.cap,
            "output_tax": base["output_tax"] + self.output_tax,
            "tariff": base["tariff"] * self.tariff,
        }

    def permuted(self, order: list[int]) -> Shock:
        """The same shock with sectors in another order."""
        return replace(self, output_tax=self.output_tax[order])


def shocks() -> st.SearchStrategy[Shock]:
    """Shocks that an economy survives: caps bind or not, taxes rise or fall."""
    return st.builds(
        Shock,
        factors=between(0.8, 1.3, FACTORS),
        cap=decimals(0.8, 1.4),
        output_tax=between(-0.05, 0.05),
        tariff=decimals(0.0, 2.0),
    )
