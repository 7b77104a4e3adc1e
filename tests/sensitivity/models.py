r"""An economy of two goods and two factors, in closed form where all elasticities are one.

With elasticities of one and no minimum, labour and capital are shared out in fixed proportions, so
that the level of good i is :math:`y_i = \lambda^{a_i} \kappa^{1 - a_i}` for factors of labour and
capital :math:`\lambda, \kappa` times the benchmark's.
"""

from __future__ import annotations

import numpy as np

from cge.language import Model, ces, les

GOODS = ["food", "cloth"]
LABOUR = np.array([30.0, 10.0])  # good
CAPITAL = np.array([10.0, 30.0])  # good
OUTPUT = LABOUR + CAPITAL
SHARE = LABOUR / OUTPUT


def orchard() -> Model:
    """The economy at its benchmark, all prices one."""
    m = Model("orchard", i=GOODS)
    P, PL, PK = m.commodity("P", "i"), m.commodity("PL"), m.commodity("PK")
    HH = m.agent("HH")
    m.activity(
        "Y",
        "i",
        makes=P["i"](("i", OUTPUT)),
        uses=ces(
            m.parameter("sigma", "i", 1.0),
            PL[""](("i", LABOUR), productivity=m.parameter("skill", "i", 1.0)),
            PK[""](("i", CAPITAL)),
        ),
    )
    HH.owns(PL[""], m.parameter("labour", "", LABOUR.sum()))
    HH.owns(PK[""], m.parameter("capital", "", CAPITAL.sum()))
    HH.spends(les(P["i"](beyond=("i", OUTPUT), minimum=m.parameter("minimum", "i", 0.0))))
    m.numeraire(PL)
    return m
