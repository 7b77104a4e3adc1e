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

In our language a CES function is said by what is used of each input at one set of prices, and an
elasticity. At a wage and a rental of one a unit of good i takes

.. math:: a_{Li} = \frac{\delta_{Li}^{\sigma_i}}{\phi_i}
          \Big(\delta_{Li}^{\sigma_i} + \delta_{Ki}^{\sigma_i}\Big)^{\sigma_i/(1-\sigma_i)}

of labour, and of capital likewise; where all goods cost one, a household spends the shares
:math:`\alpha_{hi}`. These are no accounts of an economy that anybody has observed, so the model is
declared as one out of balance (``balanced=False``): prices and levels are where a solve starts.

Run it: ``python examples/01_shoven_whalley.py``
"""

from __future__ import annotations

import numpy as np

from cge.equilibrium import Equilibrium
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


def inputs() -> tuple[np.ndarray, np.ndarray]:
    """Labour and capital in a unit of each good at a wage and a rental of one."""
    s = SUBSTITUTION
    labour, capital = LABOUR_SHARE**s, CAPITAL_SHARE**s
    size = (labour + capital) ** (s / (1 - s)) / EFFICIENCY
    return labour * size, capital * size


def build() -> Model:
    """The economy of the article, in its own units."""
    labour, capital = inputs()

    # Dimensions are single letters with labels: goods i and households h.
    m = Model("Shoven and Whalley 1984", balanced=False, i=GOODS, h=HOUSEHOLDS)

    # Everything traded is a commodity. P is a family, one market per good; PL and PK are single.
    P = m.commodity("P", "i")
    PL, PK = m.commodity("PL"), m.commodity("PK")
    H, TREASURY = m.agent("H", "h"), m.agent("TREASURY")

    # Parameters are arguments of a solve. The tax starts at zero and its revenue goes to TREASURY.
    tax = m.parameter("capital_tax", "i", 0.0)

    # One declaration stands for both industries. What hangs in a nest is a commodity at the letters
    # where it is used, called with the quantity at prices of one; arrays say their letters.
    m.activity(
        "MAKE",
        "i",
        makes=P["i"](1.0),
        uses=ces(
            ("i", SUBSTITUTION),
            PL[""](("i", labour)),
            PK[""](("i", capital), taxes=tax.to(TREASURY[""])),
        ),
        level=30.0,  # where a solve starts
    )

    # Households own factors and spend their income; the treasury hands on what it gets.
    H.owns(PK[""], ("h", [CAPITAL, 0.0]), name="capital")
    H.owns(PL[""], ("h", [0.0, LABOUR]), name="labour")
    H.spends(ces(("h", TASTE_SUBSTITUTION), P["i"](("h i", TASTE))))
    TREASURY.gives(("h", REVENUE_SHARE), H["h"])

    # Only relative prices matter: wages are the unit of account.
    m.numeraire(PL)
    return m


TAX = {"capital_tax": ("i", [0.5, 0.0])}
"""A tax of 50 % on capital in manufacturing."""


def revenue(e: Equilibrium) -> float:
    """Revenue of the capital tax."""
    base = e.quantity("MAKE", "PK") * e.price("PK")
    return float((e.parameter("capital_tax") * base).sum())


def main() -> None:
    """Solve without and with the tax, and report as the article does."""
    model = build()
    print(model)
    free = model.solve()
    taxed = model.solve(TAX, start=free)
    rows = [("rental of capital", [free.price("PK").item(), taxed.price("PK").item()])]
    for what, numbers in (
        ("price of", [e.price("P").values for e in (free, taxed)]),
        ("output of", [e.level("MAKE").values for e in (free, taxed)]),
    ):
        columns = zip(GOODS, *numbers, strict=True)
        rows += [(f"{what} {good}", [without, with_tax]) for good, without, with_tax in columns]
    rows.append(("tax revenue", [revenue(free), revenue(taxed)]))
    print(f"\n{'':30}{'no tax':>12}{'50 % tax':>12}")
    for name, (without, with_tax) in rows:
        print(f"{name:30}{without:12.6f}{with_tax:12.6f}")
    for household, gain in zip(HOUSEHOLDS, taxed.ev("H", free).values, strict=True):
        print(f"{'equivalent variation, ' + household:42}{gain:12.4f}")


if __name__ == "__main__":
    main()
