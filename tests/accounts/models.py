"""Small models for the tests of the accounts."""

from __future__ import annotations

import numpy as np

from cge.language import Model, ces, leontief, les

GOODS = ["bread", "milk", "wine"]
AMOUNTS = np.array([3.0, 2.0, 5.0])
MINIMUM = np.array([1.0, 0.5, 0.0])


def two_consumers() -> Model:
    """Labour makes three goods; one household has nested preferences with commitments, one LES.

    The tax on wine goes to a state that gives it to the first household; permits for wine are free
    at first.
    """
    m = Model("two consumers", money="USD", i=GOODS)
    P, PL = m.commodity("P", "i", meaning="goods"), m.commodity("PL", unit="hour")
    PC = m.commodity("PC", may_be_zero=0.1, unit="t")
    A, B, STATE = m.agent("A", meaning="the first household"), m.agent("B"), m.agent("STATE")
    output = 2.0 * AMOUNTS
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
    B.owns(PC[""], m.parameter("permits", "", 20.0))
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
    STATE.gives(1.0, A[""])
    m.numeraire(PL)
    return m
