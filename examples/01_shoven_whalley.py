r"""A first model: two goods, two factors, two households, one tax (Shoven and Whalley 1984).

J. B. Shoven and J. Whalley, "Applied General-Equilibrium Models of Taxation and International
Trade: An Introduction and Survey", Journal of Economic Literature 22 (1984), 1007-1051.

Manufactures and non-manufactures are made from labour and capital. Rich households own the
capital, poor ones the labour. What does a 50 % tax on capital used in manufacturing do, and who
pays it?

The article gives functions. A unit of good i costs

.. math:: c_i(w, r) = \frac1{\phi_i} \Big(\delta_{Li}^{\sigma_i} w^{1-\sigma_i}
          + \delta_{Ki}^{\sigma_i} r^{1-\sigma_i}\Big)^{1/(1-\sigma_i)}

and a household h with income I buys

.. math:: x_{hi} = \frac{\alpha_{hi} I_h p_i^{-\sigma_h}}
                        {\sum_j \alpha_{hj} p_j^{1-\sigma_h}} .

Our language asks for a *benchmark* instead: one equilibrium of the economy, as a statistical
office would observe it. Every CES function follows from the flows there and an elasticity. So we
first find an equilibrium that is easy to compute by hand (wage and rental both one), declare the
model there, and then ask for the equilibrium with the capital stock of the article.

Run it: ``python examples/01_shoven_whalley.py``
"""

from __future__ import annotations

import numpy as np

from cge.equilibrium import Equilibrium, Solver
from cge.language import Model, ces

GOODS = ["manufactures", "non-manufactures"]
HOUSEHOLDS = ["rich", "poor"]

# The article's numbers.
EFFICIENCY = np.array([1.5, 2.0])  # good
LABOUR_SHARE = np.array([0.6, 0.7])  # good
CAPITAL_SHARE = np.array([0.4, 0.3])  # good
SUBSTITUTION = np.array([2.0, 0.5])  # good
TASTE = np.array([[0.5, 0.5], [0.3, 0.7]])  # household, good
TASTE_SUBSTITUTION = np.array([1.5, 0.75])  # household
CAPITAL, LABOUR = 25.0, 60.0  # owned by the rich, by the poor
REVENUE_SHARE = np.array([0.4, 0.6])  # household


def unit_cost(wage: float, rental: float) -> np.ndarray:
    """Cost of a unit of each good, the first equation above."""
    s = SUBSTITUTION
    terms = LABOUR_SHARE**s * wage ** (1 - s) + CAPITAL_SHARE**s * rental ** (1 - s)
    return terms ** (1 / (1 - s)) / EFFICIENCY


def cost_of_living(price: np.ndarray) -> np.ndarray:
    """Expenditure of each household per unit of utility at prices of the goods."""
    s = TASTE_SUBSTITUTION
    return (TASTE * price ** (1 - s[:, None])).sum(axis=1) ** (1 / (1 - s))


def budget_shares(price: np.ndarray) -> np.ndarray:
    """Share of each good in the spending of each household, from the second equation."""
    terms = TASTE * price ** (1 - TASTE_SUBSTITUTION[:, None])  # household, good
    return terms / terms.sum(axis=1, keepdims=True)


UNIT_COST = unit_cost(1.0, 1.0)
"""Prices of the goods in the benchmark."""


def build() -> Model:
    """The economy at a wage and a rental of one.

    All flows below are values, which at these prices is to measure a good in units worth one. The
    cost share of capital tells how much capital each household's spending employs. The rich, who
    own it all, spend just what it earns if their income I_R solves

        I_R = k_R I_R + k_P I_P

    and with the labour of the article (I_P = 60) this gives the benchmark's capital stock.
    """
    capital_cost = CAPITAL_SHARE**SUBSTITUTION  # good
    capital_cost = capital_cost / (capital_cost + LABOUR_SHARE**SUBSTITUTION)
    shares = budget_shares(UNIT_COST)  # household, good
    k_rich, k_poor = shares @ capital_cost
    income = np.array([k_poor / (1 - k_rich) * LABOUR, LABOUR])  # household
    consumption = shares * income[:, None]  # household, good
    output = consumption.sum(axis=0)  # good

    # Dimensions are single letters with labels: goods i and households h.
    m = Model("Shoven and Whalley 1984", i=GOODS, h=HOUSEHOLDS)

    # Everything traded is a commodity. P is a family, one market per good; PL and PK are single.
    P = m.commodity("P", "i")
    PL, PK = m.commodity("PL"), m.commodity("PK")
    H, TREASURY = m.agent("H", "h"), m.agent("TREASURY")

    # Parameters are arguments of a solve. The tax starts at zero and its revenue goes to TREASURY.
    tax = m.parameter("capital_tax", "i", 0.0)

    # One declaration stands for both industries. What hangs in a nest is a commodity at the letters
    # where it is used, called with the benchmark quantity; arrays say their letters.
    m.activity(
        "MAKE",
        "i",
        makes=P["i"](output),
        uses=ces(
            ("i", SUBSTITUTION),
            PL[""](("i", (1 - capital_cost) * output)),
            PK[""](("i", capital_cost * output), taxes=tax.to(TREASURY[""])),
        ),
    )

    # Households own factors and spend their income; the treasury hands on what it gets.
    H.owns(PK[""], ("h", [income[0], 0.0]), name="capital")
    H.owns(PL[""], ("h", [0.0, income[1]]), name="labour")
    H.spends(ces(("h", TASTE_SUBSTITUTION), P["i"](("h i", consumption))))
    TREASURY.gives(("h", REVENUE_SHARE), H["h"])

    # Only relative prices matter: wages are the unit of account.
    m.numeraire(PL)
    return m


CAPITAL_OF_ARTICLE = np.array([CAPITAL, 0.0])  # household


def goods_prices(e: Equilibrium) -> np.ndarray:
    """Prices per unit of the article (the model's units are worth one in the benchmark)."""
    return e.price("P").values * UNIT_COST


def outputs(e: Equilibrium) -> np.ndarray:
    """Outputs in units of the article."""
    return e.quantity("MAKE", "P").values / UNIT_COST


def revenue(e: Equilibrium) -> float:
    """Revenue of the capital tax."""
    base = e.quantity("MAKE", "PK") * e.price("PK")
    return float((e.parameter("capital_tax") * base).sum())


def equivalent_variation(before: Equilibrium, after: Equilibrium) -> np.ndarray:
    """Gain of each household, in money at the prices before."""
    cost_before = cost_of_living(goods_prices(before))
    cost_after = cost_of_living(goods_prices(after))
    return after.income("H").values * cost_before / cost_after - before.income("H").values


def main() -> None:
    """Solve without and with the tax, and report as the article does."""
    model = build()
    print(model)
    model.check()  # the benchmark is an equilibrium; names the market or industry that is not
    solver = Solver(model)
    free = solver.solve(capital=CAPITAL_OF_ARTICLE)
    taxed = solver.solve(capital=CAPITAL_OF_ARTICLE, capital_tax=("i", [0.5, 0.0]))
    rows = [("rental of capital", [free.price("PK").item(), taxed.price("PK").item()])]
    for what, number in (("price of", goods_prices), ("output of", outputs)):
        columns = zip(GOODS, number(free), number(taxed), strict=True)
        rows += [(f"{what} {good}", [without, with_tax]) for good, without, with_tax in columns]
    rows.append(("tax revenue", [revenue(free), revenue(taxed)]))
    print(f"\n{'':30}{'no tax':>12}{'50 % tax':>12}")
    for name, (without, with_tax) in rows:
        print(f"{name:30}{without:12.6f}{with_tax:12.6f}")
    for household, gain in zip(HOUSEHOLDS, equivalent_variation(free, taxed), strict=True):
        print(f"{'equivalent variation, ' + household:42}{gain:12.4f}")


if __name__ == "__main__":
    main()
