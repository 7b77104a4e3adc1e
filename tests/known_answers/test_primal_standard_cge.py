"""The standard CGE in primal form, written after the book, against the same model in our language.

Hosoe, Gasawa and Hashimoto 2010, chapter 6; ``stdcge`` in the GAMS model library.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from cge.equilibrium import Equilibrium, Solver
from tests.known_answers.primal import Primal, ces, marginal, total

Shock = tuple[dict[str, Any], dict[str, Any]]

SHOCKS: dict[str, Shock] = {
    "the table": ({}, {}),
    "no tariff": ({"tariff": np.zeros(2)}, {"tariff": 0.0}),
    "high tariffs": ({"tariff": np.array([0.5, 0.4])}, {"tariff": ("i", [0.5, 0.4])}),
    "more capital": ({"capital": 1.5}, {"HOH.PF": ("f", [75.0, 40.0])}),
    "little foreign saving": ({"foreign_saving": 0.25}, {"INV.FX": 3.0}),
}
"""The same change in the terms of the book and in those of the example."""


@pytest.fixture(scope="module")
def module(example: Callable[[str], ModuleType]) -> ModuleType:
    return example("02_standard_cge")


@pytest.fixture(scope="module")
def book(module: ModuleType) -> Book:
    return Book(module)


@pytest.fixture(scope="module")
def solver(module: ModuleType) -> Solver:
    return Solver(module.build())


class Book:
    """Equations of the book: goods i, industries j and factors h in the order of the table."""

    def __init__(self, book: ModuleType) -> None:
        flow, goods, factors = book.flow, book.GOODS, book.FACTORS
        self.X0, self.F0 = flow(goods, goods), flow(factors, goods)  # (good; factor), industry
        self.Tz0, self.Tm0 = flow("IDT", goods), flow("TRF", goods)
        self.E0, self.M0 = flow(goods, "EXT"), flow("EXT", goods)
        self.Y0 = self.F0.sum(axis=0)
        self.Z0 = self.Y0 + self.X0.sum(axis=0)
        self.D0 = self.Z0 + self.Tz0 - self.E0
        self.Q0 = self.D0 + self.M0 + self.Tm0
        self.spent = {account: flow(goods, account) for account in ("HOH", "GOV", "INV")}
        self.direct = flow("GOV", "HOH") / self.Y0.sum()  # rates of direct tax and of saving
        self.saving = flow("INV", "HOH") / self.Y0.sum()
        self.public_saving = flow("INV", "GOV") / book.SAM["GOV"].sum()
        self.foreign_saving = flow("INV", "EXT")

    def solve(
        self,
        tariff: np.ndarray | None = None,
        capital: float = 1.0,
        foreign_saving: float = 1.0,
    ) -> dict[str, np.ndarray]:
        """All quantities and prices.

        Arguments:
            tariff: rates by good; those of the table by default.
            capital: its endowment relative to the table's.
            foreign_saving: relative to the table's.
        """
        self.taum = self.Tm0 / self.M0 if tariff is None else tariff
        self.tauz = self.Tz0 / self.Z0
        self.FF = self.F0.sum(axis=1) * [capital, 1.0]
        self.Sf = foreign_saving * self.foreign_saving
        p = self.p = Primal()
        for name in ("F", "Y", "Z", "E", "D", "M", "Q"):
            p.unknown(name, getattr(self, f"{name}0"))
        for account, quantity in self.spent.items():
            p.unknown(account, quantity)
        for name in ("py", "pz", "pd", "pq", "pf"):
            p.unknown(name, np.ones(2))
        p.unknown("epsilon", np.ones(1))
        self.production()
        self.trade()
        self.incomes()
        self.markets()
        return p.solve()

    def production(self) -> None:
        """Value added from factors; intermediates in fixed proportions."""
        p, u = self.p, self.p.unknowns
        for j in range(2):
            added = ces(u["F"][:, j], self.F0[:, j], self.Y0[j], 1.0)
            p.equal(u["Y"][[j]], added)
            p.equal(u["py"][[j]] * marginal(added, u["F"][:, j]), u["pf"])
        p.equal(u["Y"], self.Y0 / self.Z0 * u["Z"])
        materials = (self.X0 / self.Z0 * u["pq"][:, None]).sum(axis=0)
        p.equal(u["pz"], self.Y0 / self.Z0 * u["py"] + materials)

    def trade(self) -> None:
        """Output becomes exports and home sales; imports and home goods become composites."""
        p, u = self.p, self.p.unknowns
        for i in range(2):
            made, reference = np.array([u["E"][i], u["D"][i]]), np.array([self.E0[i], self.D0[i]])
            output = ces(made, reference, self.Z0[i], -2.0)
            prices = np.array([u["epsilon"][0], u["pd"][i]])
            p.equal(u["Z"][[i]], output)
            p.equal((1.0 + self.tauz[i]) * u["pz"][[i]] * marginal(output, made), prices)
            used, reference = np.array([u["M"][i], u["D"][i]]), np.array([self.M0[i], self.D0[i]])
            then = np.array([1.0 + self.Tm0[i] / self.M0[i], 1.0])
            composite = ces(used, reference, self.Q0[i], 2.0, then)
            wedge = np.array([1.0 + self.taum[i], 1.0])
            p.equal(u["Q"][[i]], composite)
            p.equal(u["pq"][[i]] * marginal(composite, used), wedge * prices)

    def incomes(self) -> None:
        """Household, government and investment spend fixed shares of what they have."""
        p, u = self.p, self.p.unknowns
        earned = total(u["pf"] * self.FF)
        indirect = total(self.tauz * u["pz"] * u["Z"])
        duties = total(self.taum * u["epsilon"] * u["M"])
        collected = self.direct * earned + indirect + duties
        saved = self.saving * earned + self.public_saving * collected
        budgets = {
            "HOH": (1.0 - self.direct - self.saving) * earned,
            "GOV": (1.0 - self.public_saving) * collected,
            "INV": saved + u["epsilon"] * self.Sf,
        }
        for account, budget in budgets.items():
            share = self.spent[account] / self.spent[account].sum()
            p.equal(u["pq"] * u[account], share * budget)

    def markets(self) -> None:
        """Composites, capital, foreign exchange; labour, the numeraire, clears by itself."""
        p, u = self.p, self.p.unknowns
        materials = (self.X0 / self.Z0 * u["Z"]).sum(axis=1)
        p.equal(u["Q"], u["HOH"] + u["GOV"] + u["INV"] + materials)
        p.equal(total(u["F"][0]), self.FF[:1])
        p.equal(total(u["M"] - u["E"]), self.Sf)
        p.equal(u["pf"][[1]], np.ones(1))


def assert_same(book: Book, found: dict[str, np.ndarray], e: Equilibrium) -> None:
    """All quantities and prices (agreement is asked to 1e-6); labour is the numeraire in both."""
    quantities = {
        "F": e.quantity("MAKE", "PF").transpose("f", "j"),
        "E": e.quantity("MAKE", "FX"),
        "D": e.quantity("MAKE", "PD"),
        "M": e.quantity("COMPOSITE", "FX"),
        "Q": e.quantity("COMPOSITE", "PQ"),
        "HOH": e.quantity("HOH", "PQ"),
        "GOV": e.quantity("GOV", "PQ"),
        "INV": e.quantity("INV", "PQ"),
        "Z": e.level("MAKE") * book.Z0,
    }
    prices = {"pd": "PD", "pq": "PQ", "pf": "PF", "epsilon": "FX"}
    for name, ours in {**quantities, **{p: e.price(c) for p, c in prices.items()}}.items():
        np.testing.assert_allclose(
            ours.values.ravel(), found[name].ravel(), rtol=1e-8, err_msg=name
        )


@pytest.mark.parametrize("name", SHOCKS)
def test_primal_and_dual_agree(book: Book, solver: Solver, name: str) -> None:
    theirs, ours = SHOCKS[name]
    assert_same(book, book.solve(**theirs), solver.solve(ours))


def test_the_market_left_out_of_the_primal_clears(book: Book) -> None:
    found = book.solve(tariff=np.zeros(2))
    assert found["F"][1].sum() == pytest.approx(40.0, rel=1e-9)


def test_the_primal_finds_the_published_welfare(book: Book) -> None:
    found = book.solve(tariff=np.zeros(2))
    share = book.spent["HOH"] / book.spent["HOH"].sum()
    assert np.prod(found["HOH"] ** share) == pytest.approx(26.092634381288686, rel=1e-9)
