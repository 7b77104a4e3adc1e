"""Small models for the tests of the engine: one with everything, and a few of one idea each.

``everything`` uses every word of the language at once but auxiliary variables. Its flows are drawn
at random and made consistent: outputs are what inputs cost, final demand is what is left of a good,
and every agent has an endowment of foreign exchange that closes its budget. Foreign exchange then
balances by Walras' law.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cge.equilibrium.axes import Axes
from cge.equilibrium.benchmark import benchmark
from cge.equilibrium.conditions import evaluate
from cge.equilibrium.jacobian import NUMERAIRE, jacobian, with_auxiliaries
from cge.equilibrium.state import Unknowns
from cge.language import Model, alias, ces, cet, cobb_douglas, leontief, les, scale, shift, subset

REGIONS = ["north", "south"]
GOODS = ["coal", "food", "gas", "steel"]
FUELS = ["coal", "gas"]  # not neighbours among the goods
MATERIALS = ["food", "gas"]  # neighbours
HOUSEHOLDS = ["rural", "urban"]


def everything(seed: int = 1) -> Model:
    """A balanced economy of two regions with all that trees, taxes, agents and markets can be."""
    return _everything(seed, closing(_everything(seed, {})))


def closing(model: Model) -> dict[str, np.ndarray]:
    """What each agent with a tree lacks (or has too much) at the benchmark, by its name."""
    state = benchmark(model)
    return {
        name: (state.scale[agent] - state.incomes[agent]) / state.kept[agent]
        for name, agent in model.agents.items()
        if agent.tree is not None
    }


def _everything(seed: int, lumps: dict[str, np.ndarray]) -> Model:
    rng = np.random.default_rng(seed)

    def draw(*shape: int) -> np.ndarray:
        return rng.uniform(0.5, 1.5, shape)

    m = Model(
        "everything",
        r=REGIONS,
        i=GOODS,
        h=HOUSEHOLDS,
        q=alias("r"),
        j=alias("i"),
        f=subset("i", FUELS),
        g=subset("i", MATERIALS),
    )
    P, PA = m.commodity("P", "r i"), m.commodity("PA", "r i")
    PL, PK, FX = m.commodity("PL", "r"), m.commodity("PK", "r", price=2.0), m.commodity("FX")
    PR = m.commodity("PR", "r i")  # resource of some sectors only
    PC = m.commodity("PC", "r", may_be_zero=0.3)
    PO = m.commodity("PO", may_be_zero=0.1, price=0.2)  # quota, already scarce
    HH, GOV = m.agent("HH", "r h"), m.agent("GOV", "r")
    INV, TREASURY = m.agent("INV"), m.agent("TREASURY")

    # Trade: local sales, sales to the other region, imports; all absent somewhere.
    local, imports = 4 * draw(2, 4), draw(2, 4)  # region, good
    trade = draw(2, 2, 4) * (1 - np.eye(2))[:, :, None]  # buyer, seller, good
    imports[0, 1] = trade[0, 1, 2] = 0.0
    margin = m.parameter("margin", "r q i", 0.05)
    tariff = m.parameter("tariff", "i", 0.1 * draw(4))
    excise = m.parameter("excise", "r i", ("r i", 0.1 * draw(2, 4)))
    duties = imports * (tariff.value + excise.value)
    composite = local + (1 + margin.value[0, 0, 0]) * trade.sum(axis=1) + imports + duties
    m.activity(
        "A",
        "r i",
        makes=PA["r i"](("r i", composite)),
        uses=ces(
            m.parameter("sigma_trade", "r i", ("r i", 2 * draw(2, 4))),
            P["r i"](("r i", local)),
            ces(
                ("i", [4.0, 1.0, 1.0 + 1e-10, 3.0]),
                P["q i"](("r q i", trade), taxes=margin.to(GOV["q"])),
                FX[""](("r i", imports), taxes=[tariff.to(TREASURY[""]), excise.to(GOV["r"])]),
            ),
        ),
    )

    # Production: fuels bound to permits, a resource in coal and food, taxes on inputs and outputs.
    domestic = local + trade.sum(axis=0)  # region, good
    exports = 0.5 * draw(2, 4)
    exports[1, 0] = 0.0
    turnover = m.parameter("turnover", "r j", ("r j", 0.1 * draw(2, 4)))
    use_tax = m.parameter("use_tax", "j", 0.1 * draw(4))
    subsidy = m.parameter("subsidy", "r j", ("r j", -0.05 * draw(2, 4)))
    materials = 0.2 * draw(2, 2, 4)  # region, material, sector
    fuels = 0.2 * draw(2, 2, 4)  # region, fuel, sector
    fuels[:, 1, 3] = 0.0  # no gas in steel
    carbon = fuels * np.array([3.0, 1.0])[None, :, None]
    quota = 0.3 * draw(2, 4)
    resource = np.zeros((2, 4))
    resource[:, :2] = 0.3 * draw(2, 2)
    revenue = domestic * (1 - turnover.value) + exports * (1 - turnover.value - subsidy.value)
    bought = materials.sum(axis=1) * (1 + use_tax.value) + fuels.sum(axis=1) + 0.2 * quota
    factors = revenue - bought - resource
    labour = 0.6 * factors / (1 + subsidy.value)
    capital = 0.4 * factors / 2.0
    assert (factors > 0).all()
    m.activity(
        "Y",
        "r j",
        makes=cet(
            m.parameter("eta", "j", 2 * draw(4)),
            P["r j"](("r j", domestic), taxes=turnover.to(GOV["r"])),
            FX[""](("r j", exports), taxes=[turnover.to(TREASURY[""]), subsidy.to(GOV["r"])]),
        ),
        uses=ces(
            ("j", [0.0, 0.2, 0.5, 1.3]),
            PA["r g"](("r g j", materials), taxes=use_tax.to(TREASURY[""])),
            PR["r j"](("r j", resource)),
            ces(
                0.5,
                leontief(
                    PO[""](("r j", quota)),
                    cobb_douglas(
                        PL["r"](
                            ("r j", labour),
                            taxes=subsidy.to(GOV["r"]),
                            productivity=m.parameter("skill", "r j", 1.0),
                        ),
                        PK["r"](("r j", capital), name="capital"),
                    ),
                ),
                ces(
                    1.0 + 3e-9,
                    leontief(
                        PA["r f"](("r f j", fuels), name="fuel"),
                        PC["r"](("r f j", carbon), name="carbon"),
                        each="f",
                    ),
                ),
            ),
        ),
    )

    use_tax_on_offsets = m.parameter("use_tax_on_offsets", "r", 0.1)
    # Two ways to be rid of carbon that idle at first: one is paid for, one makes permits.
    m.activity(
        "REMOVE",
        "r",
        makes=PC["r"](1.0, paid_by=GOV["r"]),
        uses=ces(0.7, PA["r g"](("r g", 0.2 * draw(2, 2))), PL["r"](0.2)),
        latent=0.5,
    )
    m.activity(
        "OFFSET",
        "r",
        makes=PC["r"](1.0),
        uses=FX[""](0.9, taxes=use_tax_on_offsets.to(TREASURY[""])),
        latent=0.5,
        capacity=("r", [0.3, 0.4]),
        owner=GOV["r"],
    )
    # A second way to make steel that runs already.
    m.activity(
        "SCRAP",
        "r",
        makes=PR["r i"](("r i", np.array([[0.0, 0.1, 0.0, 0.0], [0.1, 0.1, 0.0, 0.0]]))),
        uses=PL["r"](("r", [0.1, 0.2])),
        latent=0.5,
        level=1.5,
    )

    # What is left of each good goes to final demand.
    left = composite.copy()
    left[:, [1, 2]] -= materials.sum(axis=2)
    left[:, [0, 2]] -= fuels.sum(axis=2)
    heating = np.zeros((2, 2, 2))  # region, household, fuel
    heating[:] = 0.1 * left[:, [0, 2]][:, None, :]
    left[:, [0, 2]] -= heating.sum(axis=1)
    assert (left > 0).all()
    consumption = left[:, None, :] * np.array([0.2, 0.3])[None, :, None]
    sales_tax = m.parameter("sales_tax", "r i", ("r i", 0.1 * draw(2, 4)))
    saving = m.parameter("saving", "r h", ("r h", 0.1 * draw(2, 2)))
    HH.spends(
        les(
            PA["r i"](
                ("r h i", consumption),
                taxes=sales_tax.to(GOV["r"]),
                minimum=m.parameter("minimum", "r h i", ("r h i", 0.4 * consumption)),
            ),
            leontief(
                PA["r f"](("r h f", heating), name="fuel", minimum=("r h f", 0.5 * heating)),
                PC["r"](("r h f", 1.5 * heating), name="carbon", minimum=("r h f", heating)),
                each="f",
            ),
        )
    )
    HH.owns(PL["r"], ("r h", _halves(labour.sum(axis=1))))
    HH.owns(PK["r"], ("r h", _halves(capital.sum(axis=1))))
    HH.gives(saving, INV[""]).gives(("r h q", 0.03 * draw(2, 2, 2)), GOV["q"])
    GOV.spends(ces(("r", [0.8, 1.0]), PA["r i"](("r i", 0.2 * left))))
    GOV.gives(0.1, INV[""])
    INV.spends(leontief(PA["r i"](("r i", 0.3 * left))))
    TREASURY.owns(PO[""], quota.sum())
    TREASURY.gives(("r", [0.3, 0.3]), GOV["r"]).gives(0.4, INV[""])
    emissions = carbon.sum(axis=(1, 2)) + 1.5 * heating.sum(axis=(1, 2))
    GOV.owns(PC["r"], m.parameter("cap", "r", 1.2 * emissions))
    # The rest of what factors and resources are used, and supply and demand that respond.
    state_labour = np.array([1.5 * 0.1, 1.5 * 0.2])
    GOV.owns(PL["r"], state_labour)
    made = 1.5 * np.array([[0.0, 0.1, 0.0, 0.0], [0.1, 0.1, 0.0, 0.0]])
    GOV.owns(
        PR["r i"],
        ("r i", resource - made),
        elasticity=("i", [0.5, 1.0, 0.0, 2.0]),
        relative_to=PL["r"],
    )
    buyers = 0.05 * resource
    GOV.owns(PR["r i"], ("r i", buyers))
    GOV.owns(
        PR["r i"], ("r i", -buyers), elasticity=-1.5, relative_to=FX[""], name="export_of_resource"
    )
    for name, agent in m.agents.items():
        if agent.tree is not None:
            lump = (agent.letters, lumps.get(name, np.zeros(agent.shape)))
            agent.owns(FX[""], lump, name=f"lump.{name}")

    m.numeraire({PL: ("r", [1.0, 2.0]), PA: 0.5}, drop=FX)
    return m


def _halves(total: np.ndarray) -> np.ndarray:
    return total[:, None] * np.array([0.4, 0.6])[None, :]


def carbon() -> Model:
    """One region, a dirty and a clean good, a cap that is slack at first, and removal that idles.

    Fuel (the dirty good) is bound to combustion emissions, making the dirty good has process
    emissions. Removal costs some 0.7 per unit and has a yearly limit. A floor under the real wage
    does not bind at first.
    """
    m = Model("carbon", i=["dirty", "clean"], f=subset("i", ["dirty"]))
    P, PL, PK = m.commodity("P", "i"), m.commodity("PL"), m.commodity("PK")
    PC = m.commodity("PC", may_be_zero=0.2)
    PN = m.commodity("PN", may_be_zero=0.2)
    HH, TREASURY = m.agent("HH"), m.agent("TREASURY")
    tax = m.parameter("tax", "i", [0.1, 0.0])
    m.activity(
        "Y",
        "i",
        makes=P["i"]([100.0, 200.0]),
        uses=leontief(
            PC[""]([5.0, 0.0], name="process"),
            ces(
                0.5,
                PL[""]([50.0, 120.0], taxes=tax.to(TREASURY[""])),
                PK[""]([35.0, 60.0]),
                leontief(
                    P["f"](("f i", [[10.0, 20.0]]), name="fuel"),
                    PC[""](("f i", [[10.0, 20.0]]), name="combustion"),
                    each="f",
                ),
            ),
        ),
    )
    clean = ("i", [0.0, 0.4])
    m.activity(
        "REMOVE",
        makes=PC[""](1.0),
        uses=leontief(PN[""](1.0), ces(0.5, PL[""](0.3), P["i"](clean))),
        latent=5.0,
    )
    m.activity(
        "SINK",
        makes=PC[""](1.0),
        uses=PL[""](1.2),
        latent=5.0,
        capacity=4.0,
        owner=TREASURY[""],
    )
    m.parameter("minimum", "i", [20.0, 50.0])
    HH.owns(PL[""], 170.0, name="labour").owns(PK[""], 95.0)
    HH.owns(PC[""], 50.0, name="cap").owns(PN[""], 10.0, name="limit")
    HH.spends(les(P["i"]([70.0, 200.0], minimum=m.parameters["minimum"])))
    TREASURY.gives(1.0, HH[""])
    floor = m.parameter("floor", "", 0.5)
    m.auxiliary(
        "unemployment",
        moves={m.parameters["labour"]: lambda base, v: base * (1.0 - v)},
        until=lambda s: s.price(PL) / s.price(P).mean() - s.parameter(floor.name),
        lower=0.0,
    )
    m.numeraire({P: [70.0, 200.0]}, drop=PK)
    return m


def targeted() -> Model:
    """Production for the government, paid by a tax that finds its own rate, within bounds.

    The tax moves with an auxiliary variable over letters, the efficiency of labour with one that
    has an upper bound.
    """
    m = Model("targeted", r=REGIONS)
    P, PL, PK = m.commodity("P", "r"), m.commodity("PL"), m.commodity("PK", "r")
    HH, GOV = m.agent("HH"), m.agent("GOV", "r")
    tax = m.parameter("tax", "r", [0.2, 0.1])
    skill = m.parameter("skill", "r", 1.0)
    target = m.parameter("target", "r", [20.0, 20.0])
    m.activity(
        "Y",
        "r",
        makes=P["r"]([100.0, 200.0], taxes=tax.to(GOV["r"])),
        uses=ces(0.7, PL[""]([50.0, 120.0], productivity=skill), PK["r"]([30.0, 60.0])),
    )
    HH.owns(PL[""], 170.0, name="labour").owns(PK["r"], [30.0, 60.0])
    HH.spends(ces(0.9, P["r"]([80.0, 180.0])))
    GOV.spends(P["r"](target.value))
    m.auxiliary(
        "rate",
        "r",
        moves={tax: shift},
        until=lambda s: s.quantity(GOV, "P") / s.parameter("target") - 1.0,
        lower=-0.3,
        upper=0.3,
    )
    m.auxiliary(
        "training",
        moves={skill: scale},
        until=lambda s: s.price(PL) - 1.0,
        upper=0.05,
    )
    m.numeraire({P: 1.0}, drop=PL)
    return m


def exchange() -> Model:
    """Two agents who own one good each and spend fixed shares of income on both."""
    m = Model("exchange", a=["Ann", "Bob"], i=["apples", "nuts"])
    P, A = m.commodity("P", "i"), m.agent("A", "a")
    A.owns(P["i"], ("a i", [[8.0, 0.0], [0.0, 8.0]]), name="harvest")
    A.spends(cobb_douglas(P["i"](("a i", [[6.0, 2.0], [2.0, 6.0]]))))
    m.numeraire(P)
    return m


def industries(specific: bool) -> Model:
    """Thirteen industries that buy from each other: large enough for a factorised core.

    With factors ``specific`` to industries, profit depends on the scale of an industry.
    """
    rng = np.random.default_rng(3)
    n = 13
    m = Model("industries", j=n, i=alias("j"))
    P, PL, PK = m.commodity("P", "j"), m.commodity("PL"), m.commodity("PK", "j" if specific else "")
    HH = m.agent("HH")
    tax = m.parameter("tax", "j", 0.1 * rng.random(n))
    consumption, value_added = rng.uniform(1, 3, n), rng.uniform(0.3, 0.8, n)
    share = rng.random((n, n)) * (rng.random((n, n)) < 0.7)  # input, industry
    share *= (1 - value_added - tax.value) / share.sum(axis=0)
    output = np.linalg.solve(np.eye(n) - share, consumption)
    labour, capital = 0.6 * value_added * output, 0.4 * value_added * output
    m.activity(
        "Y",
        "j",
        makes=P["j"](output, taxes=tax.to(HH[""])),
        uses=ces(
            0.3,
            P["i"](("i j", share * output)),
            ces(0.8, PL[""](labour), PK["j" if specific else ""](capital)),
        ),
    )
    HH.owns(PL[""], labour.sum(), name="labour")
    HH.owns(PK["j" if specific else ""], capital if specific else capital.sum())
    HH.spends(ces(0.9, P["j"](consumption)))
    m.numeraire(PL)
    return m


def trading(newcomer: bool) -> Model:
    """Thirteen goods made for home and abroad, their composites with imports, and a rival to these.

    A ``newcomer`` makes a little of any composite from labour alone, for three per cent more than
    it costs at first.
    """
    rng = np.random.default_rng(4)
    n = 13
    m = Model("trading", j=n, i=alias("j"))
    P, PA = m.commodity("P", "j"), m.commodity("PA", "j")
    PL, FX, HH = m.commodity("PL"), m.commodity("FX"), m.agent("HH")
    consumption, value_added = rng.uniform(1, 3, n), rng.uniform(0.3, 0.8, n)
    abroad, foreign = 0.1, rng.uniform(0.2, 0.4, n)  # exports and imports over output
    share = rng.random((n, n)) * (rng.random((n, n)) < 0.7)  # input, industry
    share *= (1 - value_added) / share.sum(axis=0)
    output = np.linalg.solve(np.diag(1 - abroad + foreign) - share, consumption)
    labour, imports, exports = value_added * output, foreign * output, abroad * output
    m.activity(
        "Y",
        "j",
        makes=cet(2.0, P["j"](output - exports), FX[""](exports)),
        uses=ces(0.3, PA["i"](("i j", share * output)), PL[""](labour)),
    )
    m.activity(
        "A",
        "j",
        makes=PA["j"](output - exports + imports),
        uses=ces(2.0, P["j"](output - exports), FX[""](imports)),
    )
    if newcomer:
        m.activity(
            "NEW",
            "j",
            makes=PA["j"](1.0),
            uses=PL[""](1.03),
            latent=1.0,
            capacity=0.3,
            owner=HH[""],
        )
    HH.owns(PL[""], labour.sum(), name="labour")
    HH.owns(FX[""], (imports - exports).sum(), name="foreign")
    HH.spends(ces(0.9, PA["j"](consumption)))
    m.numeraire(PL, drop=FX)
    return m


def random_point(model: Model, seed: int, size: float = 0.2) -> Unknowns:
    """Unknowns around the benchmark, where prices that may be zero are nearly so.

    With an odd seed, these prices are high and latent activities hardly run.
    """
    rng = np.random.default_rng(seed)
    point = dict(benchmark(model).unknowns)
    for name, commodity in model.commodities.items():
        if commodity.zero_scale is not None:
            point[f"p:{name}"] = np.full(commodity.shape, 1.5 * (seed % 2))
    for name, activity in model.activities.items():
        if activity.latent is not None and seed % 2:
            point[f"y:{name}"] = np.zeros(activity.shape)
    return {k: v + size * rng.normal(size=np.shape(v)) for k, v in point.items()}


@cache
def closed_form(model: Model) -> Callable[[Unknowns, Any], np.ndarray]:
    """The engine's Jacobian as one matrix, the numeraire in the row of the dropped market."""
    keys = list(model.families())
    shapes = {key: family.shape for key, family in model.families().items()}
    assert model.dropped is not None
    row = sum(model.families()[k].size for k in keys[: keys.index(f"p:{model.dropped.name}")])

    def matrix(point: Unknowns, values: Any) -> np.ndarray:
        axes = Axes(model.dims, np)
        with np.errstate(all="ignore"):
            blocks = jacobian(evaluate(model, axes, point, values))
        result = blocks.matrix(keys, keys, shapes)
        result[row] = blocks.matrix([NUMERAIRE], keys, {**shapes, NUMERAIRE: ()})[0]
        return result

    def with_conditions(point: Unknowns, values: Any) -> Any:
        axes = Axes(model.dims, jnp)
        blocks = with_auxiliaries(model, axes, evaluate(model, axes, point, values), values)
        numeraire = blocks.matrix([NUMERAIRE], keys, {**shapes, NUMERAIRE: ()})[0]
        return blocks.matrix(keys, keys, shapes).at[row].set(numeraire)

    return jax.jit(with_conditions) if model.auxiliaries else matrix


@cache
def automatic(model: Model) -> Callable[[Unknowns, Any], np.ndarray]:
    """The same by automatic differentiation of the conditions."""
    axes = Axes(model.dims, jnp)

    def residual(at: Unknowns, values: Any) -> Unknowns:
        return evaluate(model, axes, at, values).residual

    sizes = {key: family.size for key, family in model.families().items()}
    derivative = jax.jit(jax.jacfwd(residual))

    def matrix(point: Unknowns, values: Any) -> np.ndarray:
        table = derivative(point, values)
        return np.block(
            [[np.asarray(table[r][c]).reshape(sizes[r], sizes[c]) for c in sizes] for r in sizes]
        )

    return matrix


def names(model: Model) -> list[str]:
    """Names of all unknowns and conditions in the order of the matrices."""
    return [
        f"{key[0]}:{family.labels(at)}"
        for key, family in model.families().items()
        for at in np.ndindex(family.shape)
    ]
