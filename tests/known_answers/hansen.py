"""Hansen's activity analysis model (Scarf and Hansen 1973), in the language.

H. Scarf and T. Hansen, "The Computation of Economic Equilibria", Yale University Press 1973; data
as in the GAMS model library (HANSMGE). Fourteen commodities, four consumers with fixed budget
shares, and 26 technologies with fixed coefficients that run or idle.

The model gives endowments and coefficients, and no flows of a benchmark. Ours is an economy in
which everybody owns what it consumes, at prices at which every technology would make a loss.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

from cge.language import Model, ces, leontief

GOODS = [
    "agric", "food", "textiles", "hserv", "entert", "houseop", "capeop",
    "steel", "coal", "lumber", "housbop", "capbop", "labor", "exchange",
]  # fmt: skip
"""Commodities; stocks of houses and capital at the beginning and end of the period among them."""

SECTORS = [f"dom{k}" for k in range(1, 13)]
SECTORS += [f"imp{k}" for k in range(1, 8)] + [f"exp{k}" for k in range(1, 8)]

ENDOWMENTS = {
    "housbop": [2.0, 0.4, 0.0, 0.8],
    "capbop": [3.0, 2.0, 0.0, 7.5],
    "labor": [0.6, 0.8, 1.0, 0.6],
}
DEMANDS = {
    "agric": [0.1, 0.2, 0.3, 0.1], "food": [0.2, 0.2, 0.2, 0.2], "textiles": [0.1, 0.1, 0.3, 0.1],
    "hserv": [0.1, 0.1, 0.1, 0.1], "entert": [0.1, 0.1, 0.1, 0.1],
    "houseop": [0.3, 0.1, 0.0, 0.1], "capeop": [0.1, 0.2, 0.0, 0.3],
}  # fmt: skip

TECHNOLOGIES = {
    "dom1": "agric 5 capeop .4 food -.9 textiles -.2 hserv -1 steel -.2 coal -1 lumber -.5 "
    "capbop -.5 labor -.4",
    "dom2": "food 5 capeop 1.3 agric -3.5 textiles -.5 hserv -2 steel -.4 coal -.1 lumber -.4 "
    "capbop -1.5 labor -.2",
    "dom3": "textiles 2 capeop 1.2 agric -.1 food -.1 hserv -2 steel -.2 coal -.1 lumber -.3 "
    "capbop -1.5 labor -.2",
    "dom4": "hserv 2 houseop .32 textiles -.1 steel -.1 coal -1 lumber -.3 housbop -.4 capbop -.1 "
    "labor -.02",
    "dom5": "entert 4 agric -.7 food -.8 textiles -.1 hserv -2 capbop -.1 labor -.4",
    "dom6": "houseop .8 capeop 1.1 textiles -.8 hserv -.4 steel -1 lumber -3 capbop -1.5 labor -.3",
    "dom7": "capeop 6 textiles -.4 hserv -1.8 steel -2 coal -.2 lumber -.2 capbop -2.5 labor -.1",
    "dom8": "capeop 1.8 steel 2 textiles -.1 hserv -1.6 coal -1 lumber -.2 capbop -2.5 labor -.1",
    "dom9": "capeop 1.2 coal 2 textiles -.1 hserv -.8 steel -.5 lumber -.5 capbop -1.5 labor -.4",
    "dom10": "capeop .4 lumber 1 textiles -.1 hserv -.2 steel -.2 coal -.2 capbop -.5 labor -.4",
    "dom11": "capeop .9 capbop -1",
    "dom12": "houseop .36 housbop -.4",
    "imp1": "agric 1 hserv -.4 capbop -.2 labor -.04 exchange -.5",
    "imp2": "food 1 hserv -.2 capbop -.1 labor -.02 exchange -.4",
    "imp3": "textiles 1 hserv -.2 capbop -.1 labor -.02 exchange -.8",
    "imp4": "capeop 1 hserv -.4 capbop -.2 labor -.04 exchange -1.2",
    "imp5": "steel 1 hserv -.4 capbop -.2 labor -.04 exchange -.6",
    "imp6": "coal 1 hserv -.4 capbop -.2 labor -.04 exchange -.7",
    "imp7": "lumber 1 hserv -.4 capbop -.2 labor -.04 exchange -.4",
    "exp1": "exchange .5 agric -1 hserv -.2 capbop -.2 labor -.04",
    "exp2": "exchange .4 food -1 hserv -.2 capbop -.1 labor -.02",
    "exp3": "exchange .8 textiles -1 hserv -.2 capbop -.1 labor -.02",
    "exp4": "exchange 1.2 capeop -1 hserv -.4 capbop -.2 labor -.04",
    "exp5": "exchange .6 steel -1 hserv -.4 capbop -.2 labor -.04",
    "exp6": "exchange .7 coal -1 hserv -.4 capbop -.2 labor -.04",
    "exp7": "exchange .4 lumber -1 hserv -.4 capbop -.2 labor -.04",
}
"""Outputs and, negative, inputs at unit level."""

PUBLISHED = np.array([5.1549, 2.8275, 0.5876, 8.5600])
"""Incomes where the price of agricultural goods is one."""


def table(rows: dict[str, list[float]]) -> np.ndarray:
    """Quantities (good, consumer)."""
    return np.array([rows.get(good, [0.0] * 4) for good in GOODS])


def coefficients() -> np.ndarray:
    """Net outputs at unit level (good, sector)."""
    result = np.zeros((len(GOODS), len(SECTORS)))
    for k, sector in enumerate(SECTORS):
        words = TECHNOLOGIES[sector].split()
        for good, number in zip(words[::2], words[1::2], strict=True):
            result[GOODS.index(good), k] = float(number)
    return result


def idle_prices() -> np.ndarray:
    """Prices at which every technology would make a loss, as large as possible (good)."""
    net = coefficients()
    matrix = np.hstack([net.T, np.ones((net.shape[1], 1))])  # profit and the smallest loss
    target = np.zeros(len(GOODS) + 1)
    target[-1] = -1.0
    bounds = [(0.2, 5.0)] * len(GOODS) + [(None, None)]
    found = linprog(target, A_ub=matrix, b_ub=np.zeros(net.shape[1]), bounds=bounds)
    assert found.success
    assert found.x[-1] > 0.0
    return np.asarray(found.x[:-1])


def build(numeraire: str = "agric") -> Model:
    """The model with one good as unit of account; goods are measured in money of the benchmark."""
    p = idle_prices()
    net, owned, wanted = coefficients() * p[:, None], table(ENDOWMENTS) * p[:, None], table(DEMANDS)
    m = Model(f"Hansen in {numeraire}", c=GOODS, s=SECTORS, h=4)
    P, H = m.commodity("P", "c"), m.agent("H", "h")
    m.activity(
        "Y",
        "s",
        makes=leontief(P["c"](("c s", np.maximum(net, 0.0)))),
        uses=leontief(P["c"](("c s", np.maximum(-net, 0.0)))),
        latent=1.0,
    )
    # wealth of about the size of the model's, in what is consumed
    spent = wanted / wanted.sum(axis=0) * owned.sum(axis=0)
    H.owns(P["c"], ("c h", spent), name="endowments")
    H.spends(ces(1.0, P["c"](("c h", spent))))
    weight = np.array([1.0 if good == numeraire else 0.0 for good in GOODS])
    m.numeraire({P: ("c", weight)}, drop=P)
    return m


def changes() -> dict[str, tuple[str, np.ndarray]]:
    """The endowments of the model."""
    return {"endowments": ("c h", table(ENDOWMENTS) * idle_prices()[:, None])}
