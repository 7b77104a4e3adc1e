r"""Three regions, four goods, energy and a pooled carbon cap: the primal form against our language.

The benchmark is a multi-regional input-output system closed for income (Miyazawa 1976): every
region spends what it earns on composites of goods from all regions, so output is the eigenvector

.. math:: X_{qi} = \sum_r w_{qri} \Bigl( \sum_j a_{rij} X_{rj} + \sum_j d_{rij} X_{rj} \Bigr)

of shares w of origins, cost shares a, and final demand d per unit of revenue; all prices are one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cge.equilibrium import Equilibrium, Solver
from cge.language import Model, alias, ces, cobb_douglas, leontief, subset
from tests.known_answers import primal
from tests.known_answers.primal import Primal, marginal, single, total

REGIONS = ["north", "coast", "inland"]
GOODS = ["coal", "electricity", "industry", "services"]
COAL, ELECTRICITY, MATERIALS, CLEAN = [0], [1], [2, 3], [1, 2, 3]
CARBON = 2.0  # per unit of coal
POOL = np.array([True, True, False])  # the third region has no cap
TRADE, TOP, ENERGY_OR_VALUE, VALUE, ENERGY, TASTE = 3.0, 0.3, 0.5, 0.8, 0.7, 0.9  # elasticities


class Economy:
    """A balanced economy, drawn at random; money flows by buyer and good."""

    def __init__(self, seed: int = 5) -> None:
        rng = np.random.default_rng(seed)
        count, size = len(REGIONS), len(GOODS)
        costs = rng.uniform(0.5, 1.5, (count, size + 2, size)) * _COSTS  # region, input, industry
        self.tax = rng.uniform(0.02, 0.08, (count, size))  # region, industry: of revenue
        costs *= ((1.0 - self.tax) / costs.sum(axis=1))[:, None, :]
        origin = rng.uniform(0.1, 0.5, (count, count, size))  # seller, buyer, good
        origin[np.arange(count), np.arange(count)] += 2.0
        origin /= origin.sum(axis=0)
        budget = {a: _budget(rng, count, size) for a in ("HH", "GOV", "INV")}  # region, good
        self.saving = rng.uniform(0.2, 0.4, count)
        earned = costs[:, size:].sum(axis=1)  # region, industry: per unit of revenue
        spent = {
            "HH": (1.0 - self.saving)[:, None] * earned,
            "GOV": self.tax,
            "INV": self.saving[:, None] * earned,
        }
        demand = costs[:, :size] + sum(budget[a][:, :, None] * spent[a][:, None, :] for a in budget)
        output = _eigenvector(np.einsum("qri,rij->qirj", origin, demand))  # region, industry
        self.output = output
        self.inputs = costs[:, :size] * output[:, None, :]  # region, good, industry
        self.labour, self.capital = (costs[:, size + k] * output for k in (0, 1))
        self.final = {a: budget[a] * (spent[a] * output).sum(axis=1)[:, None] for a in budget}
        self.absorption = self.inputs.sum(axis=2) + sum(self.final.values())  # region, good
        self.trade = origin * self.absorption  # seller, buyer, good
        coal = self.inputs[:, 0].sum(axis=1) + self.final["HH"][:, 0]
        self.emissions = CARBON * coal * POOL  # region


_COSTS = np.array(
    [  # coal, electricity, industry, services by industry
        [0.1, 1.5, 0.3, 0.0],
        [0.2, 0.1, 0.4, 0.2],
        [0.6, 0.3, 2.0, 0.6],
        [0.4, 0.3, 0.8, 1.0],
        [1.0, 0.5, 1.0, 2.5],  # labour
        [0.8, 1.5, 1.0, 1.5],  # capital
    ]
)


def _budget(rng: np.random.Generator, count: int, size: int) -> np.ndarray:
    draws = rng.uniform(0.5, 1.5, (count, size)) * [0.03, 0.1, 0.8, 1.0]
    shares: np.ndarray = draws / draws.sum(axis=1, keepdims=True)
    return shares


def _eigenvector(matrix: np.ndarray) -> np.ndarray:
    """Output (region, industry) that reproduces itself; its mean is one."""
    shape = matrix.shape[:2]
    square = matrix.reshape(np.prod(shape), -1)
    values, vectors = np.linalg.eig(square)
    vector = np.real(vectors[:, np.argmin(np.abs(values - 1.0))])
    return (vector / vector.mean()).reshape(shape)


# In our language ----------------------------------------------------------------------------------


def declare(economy: Economy) -> Model:
    """The economy in our language: coal comes with permits, which are free at the benchmark."""
    m = Model(
        "regions",
        r=REGIONS,
        i=GOODS,
        q=alias("r"),
        j=alias("i"),
        f=subset("i", ["coal"]),
        e=subset("i", ["electricity"]),
        n=subset("i", ["industry", "services"]),
        g=subset("i", ["electricity", "industry", "services"]),
    )
    P, PA = m.commodity("P", "r i"), m.commodity("PA", "r i")
    PL, PK, PC = m.commodity("PL", "r"), m.commodity("PK", "r"), m.commodity("PC", may_be_zero=0.2)
    HH, GOV, INV = m.agent("HH", "r"), m.agent("GOV", "r"), m.agent("INV", "r")
    tax = m.parameter("tax", "r j", ("r j", economy.tax))
    x, burnt = economy.inputs, CARBON * POOL[:, None, None] * economy.inputs[:, COAL]

    def fuel(letters: str, quantity: np.ndarray, permits: np.ndarray) -> Any:
        return leontief(PA["r f"]((letters, quantity)), PC[""]((letters, permits)), each="f")

    m.activity(
        "Y",
        "r j",
        makes=P["r j"](("r j", economy.output), taxes=tax.to(GOV["r"])),
        uses=ces(
            TOP,
            leontief(PA["r n"](("r n j", x[:, MATERIALS]), name="materials")),
            ces(
                ENERGY_OR_VALUE,
                ces(VALUE, PL["r"](("r j", economy.labour)), PK["r"](("r j", economy.capital))),
                ces(
                    ENERGY,
                    fuel("r f j", x[:, COAL], burnt),
                    PA["r e"](("r e j", x[:, ELECTRICITY]), name="electricity"),
                ),
            ),
        ),
    )
    origins = economy.trade.transpose(1, 0, 2)  # buyer, seller, good
    m.activity(
        "A",
        "r i",
        makes=PA["r i"](("r i", economy.absorption)),
        uses=ces(TRADE, P["q i"](("r q i", origins))),
    )
    bought = economy.final["HH"]
    HH.owns(PL["r"], m.parameter("labour", "r", economy.labour.sum(axis=1)))
    HH.owns(PK["r"], economy.capital.sum(axis=1))
    HH.owns(PC[""], m.parameter("cap", "r", 1.1 * economy.emissions))
    HH.gives(("r", economy.saving), INV["r"])
    HH.spends(
        ces(
            TASTE,
            fuel("r f", bought[:, COAL], CARBON * POOL[:, None] * bought[:, COAL]),
            PA["r g"](("r g", bought[:, CLEAN]), name="clean"),
        )
    )
    GOV.spends(cobb_douglas(PA["r i"](("r i", economy.final["GOV"]))))
    INV.spends(leontief(PA["r i"](("r i", economy.final["INV"]))))
    m.numeraire(PL)
    return m


# In primal form -----------------------------------------------------------------------------------


class Quantities:
    """The same economy in quantities; prices are unknowns beside them."""

    def __init__(self, economy: Economy, tax: Any, labour: np.ndarray, cap: np.ndarray) -> None:
        self.economy, self.labour, self.cap = economy, labour, cap
        self.tax = np.broadcast_to(tax, economy.tax.shape)
        self.p = Primal()
        x = economy.inputs
        materials = x[:, MATERIALS].sum(axis=1)
        quantities = {
            "y": economy.output,  # region, industry
            "input": np.stack(  # material composite, labour, capital, coal, electricity
                [materials, economy.labour, economy.capital, x[:, 0], x[:, 1]], axis=1
            ),
            "trade": economy.trade,  # seller, buyer, good
            "absorption": economy.absorption,
            **economy.final,
        }
        for name, reference in quantities.items():
            self.p.unknown(name, reference)
        for name in ("P", "PA"):
            self.p.unknown(name, np.ones_like(economy.output))
        for name in ("PL", "PK", "utility"):
            self.p.unknown(name, np.ones(len(REGIONS)))
        self.p.unknown("PC", np.ones(1))
        self.u, self.reference = self.p.unknowns, quantities

    def solve(self) -> dict[str, np.ndarray]:
        """All quantities and prices."""
        for r in range(len(REGIONS)):
            for j in range(len(GOODS)):
                self.industry(r, j)
                self.composite(r, j)
            self.household(r)
            self.others(r)
        self.markets()
        return self.p.solve()

    def fuel_price(self, r: int) -> Any:
        """Coal with its permits, as one member."""
        return self.u["PA"][r, COAL] + CARBON * POOL[r] * self.u["PC"]

    def industry(self, r: int, j: int) -> None:
        """Output from inputs, and marginal products at their prices."""
        x, x0 = self.u["input"][r, :, j], self.reference["input"][r, :, j]
        value = primal.ces(x[1:3], x0[1:3], x0[1:3].sum(), VALUE)
        energy = primal.ces(x[3:], x0[3:], x0[3:].sum(), ENERGY)
        pair = np.array([x0[1:3].sum(), x0[3:].sum()])
        bundle = primal.ces(np.append(value, energy), pair, pair.sum(), ENERGY_OR_VALUE)
        pair = np.array([x0[0], pair.sum()])
        output = primal.ces(np.append(x[:1], bundle), pair, self.economy.output[r, j], TOP)
        self.p.equal(self.u["y"][r, [j]], output)
        material = self.economy.inputs[r, MATERIALS, j]
        composite = total(material / material.sum() * self.u["PA"][r, MATERIALS])
        factors = np.append(self.u["PL"][[r]], self.u["PK"][[r]])
        fuels = np.append(self.fuel_price(r), self.u["PA"][r, ELECTRICITY])
        paid = np.concatenate([composite, factors, fuels]) * (x0 != 0.0)
        earned = (1.0 - self.tax[r, j]) * self.u["P"][r, [j]]
        self.p.equal(earned * marginal(output, x), paid)

    def composite(self, r: int, i: int) -> None:
        """Goods of all origins are imperfect substitutes."""
        sold, reference = self.u["trade"][:, r, i], self.economy.trade[:, r, i]
        made = primal.ces(sold, reference, self.economy.absorption[r, i], TRADE)
        self.p.equal(self.u["absorption"][r, [i]], made)
        self.p.equal(self.u["PA"][r, [i]] * marginal(made, sold), self.u["P"][:, i])

    def household(self, r: int) -> None:
        """Utility is maximal: marginal utility per yuan is the same for all goods."""
        bought, reference = self.u["HH"][r], self.economy.final["HH"][r]
        utility = primal.ces(bought, reference, reference.sum(), TASTE)
        prices = np.append(self.fuel_price(r), self.u["PA"][r, CLEAN])
        self.p.equal(self.u["utility"][[r]] * marginal(utility, bought), prices)
        spent = (1.0 - self.economy.saving[r]) * self.income(r)
        self.p.equal(total(prices * bought), spent)

    def income(self, r: int) -> Any:
        """Wages, rents and the value of permits."""
        capital = self.economy.capital[r].sum()
        earned = self.u["PL"][[r]] * self.labour[r] + self.u["PK"][[r]] * capital
        return earned + self.u["PC"] * self.cap[r]

    def others(self, r: int) -> None:
        """Government spends fixed shares of revenue; investment is a fixed basket."""
        prices, final = self.u["PA"][r], self.economy.final
        revenue = total(self.tax[r] * self.u["P"][r] * self.u["y"][r])
        share = final["GOV"][r] / final["GOV"][r].sum()
        self.p.equal(prices * self.u["GOV"][r], share * revenue)
        basket = self.u["INV"][r] / final["INV"][r]
        self.p.equal(basket[1:], basket[:1])
        self.p.equal(total(prices * self.u["INV"][r]), self.economy.saving[r] * self.income(r))

    def markets(self) -> None:
        """Goods, composites, factors, permits; labour of the first region clears by itself."""
        u, x = self.u, self.u["input"]
        self.p.equal(u["y"], u["trade"].sum(axis=1))
        self.p.equal(u["absorption"], self.industrial() + u["HH"] + u["GOV"] + u["INV"])
        self.p.equal(x[:, 2].sum(axis=1), self.economy.capital.sum(axis=1))
        self.p.equal(x[1:, 1].sum(axis=1), self.labour[1:])
        self.p.equal(u["PL"][:1], np.ones(1))
        burnt = single((POOL * (x[:, 3].sum(axis=1) + u["HH"][:, 0])).sum())
        self.p.equal(CARBON * burnt, np.array([self.cap.sum()]))

    def industrial(self) -> Any:
        """Purchases of goods by industry (region, good)."""
        x, x0 = self.u["input"], self.economy.inputs
        share = x0[:, MATERIALS] / x0[:, MATERIALS].sum(axis=1, keepdims=True)
        goods = np.concatenate([x[:, 3:], share * x[:, :1]], axis=1)  # region, good, industry
        return goods.sum(axis=2)


# Agreement ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def economy() -> Economy:
    return Economy()


@pytest.fixture(scope="module")
def solver(economy: Economy) -> Solver:
    return Solver(declare(economy))


CASES = {
    "a cap": (0.7, 1.0, 0.0),
    "a deep cap": (0.2, 1.0, 0.0),
    "a cap, growth on the coast and taxes": (0.8, 1.1, 0.1),
}
"""Cap and labour of the second region relative to the benchmark, and what is added to taxes."""


def changes(economy: Economy, case: str) -> dict[str, np.ndarray]:
    """The parameters of a case."""
    cap, growth, more = CASES[case]
    return {
        "cap": cap * economy.emissions,
        "labour": economy.labour.sum(axis=1) * [1.0, growth, 1.0],
        "tax": economy.tax + more,
    }


@pytest.mark.parametrize("case", CASES)
def test_primal_and_dual_agree(economy: Economy, solver: Solver, case: str) -> None:
    shock = changes(economy, case)
    found = Quantities(economy, **shock).solve()
    e = solver.solve({**shock, "tax": ("r j", shock["tax"])})
    assert found["PC"].item() > 0.1
    for name, ours in ours_of(e, economy).items():
        np.testing.assert_allclose(ours, found[name], rtol=1e-8, err_msg=name)


def test_the_market_left_out_of_the_primal_clears(economy: Economy) -> None:
    found = Quantities(economy, **changes(economy, "a cap")).solve()
    assert found["input"][0, 1].sum() == pytest.approx(economy.labour[0].sum(), rel=1e-9)


def ours_of(e: Equilibrium, economy: Economy) -> dict[str, np.ndarray]:
    """Quantities and prices of our equilibrium by their names in the primal."""

    def at(owner: str, name: str, *dims: str) -> np.ndarray:
        return np.asarray(e.quantity(owner, name).transpose(*dims).values)

    materials = at("Y", "materials", "r", "n", "j").sum(axis=1)
    coal, electricity = (
        at("Y", "PA", "r", "f", "j")[:, 0],
        at("Y", "electricity", "r", "e", "j")[:, 0],
    )
    inputs = [materials, at("Y", "PL", "r", "j"), at("Y", "PK", "r", "j"), coal, electricity]
    consumption = [at("HH", "PA", "r", "f"), at("HH", "clean", "r", "g")]
    return {
        "y": e.level("Y").values * economy.output,
        "absorption": e.level("A").values * economy.absorption,
        "input": np.stack(inputs, axis=1),
        "trade": at("A", "P", "q", "r", "i"),
        "HH": np.concatenate(consumption, axis=1),
        "GOV": at("GOV", "PA", "r", "i"),
        "INV": at("INV", "PA", "r", "i"),
        **{name: e.price(name).values for name in ("P", "PA", "PL", "PK")},
        "PC": e.price("PC").values.reshape(1),
    }
