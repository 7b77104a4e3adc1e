"""Small models for the tests of the accounts."""

from __future__ import annotations

import numpy as np

from cge.language import Model, aces, alias, cde, ces, leontief, les

GOODS = ["bread", "milk", "wine"]
AMOUNTS = np.array([3.0, 2.0, 5.0])
MINIMUM = np.array([1.0, 0.5, 0.0])


def consumers_of_goods() -> Model:
    """Labour makes three goods; one household has nested preferences, one LES, one CDE.

    The tax on wine goes to a state that gives it to the first household; permits for wine are free
    at first.
    """
    m = Model("consumers", money="USD", i=GOODS)
    P, PL = m.commodity("P", "i", meaning="goods"), m.commodity("PL", unit="hour")
    PC = m.commodity("PC", may_be_zero=0.1, unit="t")
    A, B, STATE = m.agent("A", meaning="the first household"), m.agent("B"), m.agent("STATE")
    C = m.agent("C")
    output = 3.0 * AMOUNTS
    skill = m.parameter("skill", "i", 1.0)
    needs = np.array([0.0, 0.0, 1.0]) * output
    m.activity(
        "Y",
        "i",
        makes=P["i"](output),
        uses=leontief(PL[""](output, productivity=skill), PC[""](needs)),
    )
    tax = m.parameter("tax", "i", 0.0)
    total = float(AMOUNTS.sum())
    A.owns(PL[""], m.parameter("labour", "", total))
    B.owns(PL[""], total)
    B.owns(PC[""], m.parameter("permits", "", 30.0))
    rate = tax.to(STATE[""])
    A.spends(
        ces(
            0.5,
            P["i"](("i", np.diag([1.0, 0.0, 0.0]) @ AMOUNTS), minimum=("i", MINIMUM * [1, 0, 0]),
                   taxes=rate, name="food"),
            ces(2.0, P["i"](("i", np.diag([0.0, 1.0, 1.0]) @ AMOUNTS), taxes=rate, name="drink",
                            minimum=("i", MINIMUM * [0, 1, 1]))),
        )
    )  # fmt: skip
    B.spends(les(P["i"](("i", AMOUNTS), minimum=("i", MINIMUM), taxes=rate, name="goods")))
    C.owns(PL[""], total)
    excise = m.parameter("excise", "i", 0.0).per_unit(STATE[""])
    goods = P["i"](("i", AMOUNTS), taxes=[rate, excise], name="goods")
    C.spends(cde(goods, substitution=("i", [0.2, 0.5, 0.7]), expansion=("i", [0.6, 1.0, 1.3])))
    STATE.gives(1.0, A[""])
    m.numeraire(PL)
    return m


COUNTRIES = ["home", "abroad"]
BOUGHT = np.array([[6.0, 4.0], [3.0, 9.0]])  # buyer, maker
SAVING = 0.1


def two_countries(numeraire: str = "PL") -> Model:
    """Each country makes its own good from labour, and buys both; a tariff at home.

    A household and a saver in each; the saver abroad gets a grant from the household at home.
    """
    m = Model("two countries", r=COUNTRIES, q=alias("r"))
    P, PL = m.commodity("P", "r"), m.commodity("PL", "r")
    HH, SAVER, CUSTOMS = m.agent("HH", "r"), m.agent("SAVER", "r"), m.agent("CUSTOMS", "r")
    skill, made = m.parameter("skill", "r", 1.0), BOUGHT.sum(axis=0)
    m.activity("Y", "r", makes=P["r"](("r", made)), uses=PL["r"](("r", made), productivity=skill))
    duty = m.parameter("duty", "r q", 0.0).to(CUSTOMS["r"])
    HH.owns(PL["r"], m.parameter("labour", "r", made))
    # What a country buys beyond its earnings is granted by the other.
    surplus = (made - BOUGHT.sum(axis=1)) / made
    give = np.where(surplus > 0, surplus, 0.0)
    grant = m.parameter("grant", "r q", ("r q", give[:, None] * (1 - np.eye(2))))
    spent = BOUGHT.sum(axis=1)
    HH.gives(grant, SAVER["q"])
    saving = (SAVING * spent - give[::-1] * made[::-1]) / made
    HH.gives(m.parameter("saving", "r", saving), SAVER["r"])
    CUSTOMS.gives(1.0, HH["r"])
    HH.spends(ces(3.0, P["q"](("r q", (1 - SAVING) * BOUGHT), taxes=duty)))
    SAVER.spends(ces(0.5, P["q"](("r q", SAVING * BOUGHT))))
    m.numeraire(m.commodities[numeraire])
    return m


def with_additive_purchases() -> Model:
    """A household that adds up loaves of two bakers, of which it does not buy the cheapest only."""
    m = Model("bakers", i=["near", "far"])
    P, PL, H = m.commodity("P", "i"), m.commodity("PL"), m.agent("H")
    m.activity("Y", "i", makes=P["i"](1.0), uses=PL[""](1.0))
    H.owns(PL[""], 2.0)
    H.spends(aces(3.0, P["i"](1.0)))
    m.numeraire(PL)
    return m
