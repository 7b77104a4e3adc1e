r"""A synthetic multi-regional economy of any size, balanced by construction.

Technical coefficients, trade shares and final demand C are drawn; output follows from

.. math:: (1 - e)\, X_{qj} = \sum_r t_{qrj} \Bigl( \sum_k a_{rjk} X_{rk} + C_{rj} \Bigr)

with export shares e and shares t of region q in r's absorption, and every region's gap between
income and expenditure is an amount of foreign exchange. Materials, an energy nest with permits for
the first four goods, Armington trade in three levels, one household per region.
"""

from __future__ import annotations

import numpy as np

from cge.language import Model, alias, ces, cet, cobb_douglas, leontief, subset

Array = np.ndarray
FUELS = 4
LOCAL, IMPORTED, EXPORTED = 0.7, 0.08, 0.1


def synthetic(regions: int, sectors: int, seed: int = 0) -> Model:
    """Declare the economy; letters as in M3C.

    Arguments:
        regions: number of regions, at least two.
        sectors: number of sectors, the first four of which are fuels and the fifth electricity.
        seed: of the random numbers.
    """
    flows = balanced_flows(regions, sectors, np.random.default_rng(seed))
    names = [f"s{k}" for k in range(sectors)]
    m = Model(
        f"synthetic {regions}x{sectors}",
        r=[f"r{k}" for k in range(regions)],
        q=alias("r"),
        i=names,
        j=alias("i"),
        f=subset("i", names[:FUELS]),
        g=subset("i", names[FUELS:]),
    )
    PD, PA = m.commodity("PD", "r i"), m.commodity("PA", "r i")
    PL, PK, FX = m.commodity("PL", "r"), m.commodity("PK", "r"), m.commodity("FX")
    PC = m.commodity("PC", "r", may_be_zero=0.2)
    x, a, c = flows["output"], flows["input"], flows["consumption"]
    made = cet(
        2.0,
        PD["r j"](("r j", (1 - EXPORTED) * x), name="domestic"),
        FX[""](("r j", EXPORTED * x), name="export"),
    )
    energy = leontief(
        PA["r f"](("r f j", a[:, :FUELS]), name="fuel"),
        PC["r"](("r f j", flows["co2"]), name="permit"),
        each="f",
    )
    capital_labour = ces(
        0.9,
        PL["r"](("r j", 0.55 * flows["value_added"]), name="labour"),
        PK["r"](("r j", 0.45 * flows["value_added"]), name="capital"),
    )
    inputs = ces(
        0.1,
        leontief(PA["r g"](("r g j", a[:, FUELS:]), name="material")),
        ces(0.5, capital_labour, ces(0.6, energy)),
    )
    m.activity("Y", "r j", makes=made, uses=inputs)
    m.activity(
        "A",
        "r i",
        makes=PA["r i"](("r i", flows["absorption"])),
        uses=ces(
            2.5,
            FX[""](("r i", IMPORTED * flows["absorption"]), name="import"),
            ces(
                3.0,
                PD["r i"](("r i", flows["local"]), name="local"),
                ces(4.0, PD["q i"](("q r i", flows["inflow"]), name="inflow")),
            ),
        ),
    )
    HH = m.agent("HH", "r")
    HH.owns(PL["r"], ("r", 0.55 * flows["value_added"].sum(1)), name="labour")
    HH.owns(PK["r"], ("r", 0.45 * flows["value_added"].sum(1)), name="capital")
    HH.owns(FX[""], ("r", c.sum(1) - flows["value_added"].sum(1)), name="transfer")
    HH.owns(PC["r"], ("r", 10.0 * flows["co2"].sum((1, 2))), name="cap")
    HH.spends(cobb_douglas(PA["r i"](("r i", c), name="goods")))
    m.numeraire(FX)
    return m


def balanced_flows(regions: int, sectors: int, rng: np.random.Generator) -> dict[str, Array]:
    """Flows of a balanced economy by name, and the emissions of its fuels."""
    size = rng.lognormal(0.0, 0.5, (regions, 1))  # region
    consumption = size * rng.lognormal(0.0, 0.8, (regions, sectors))
    shares = rng.lognormal(0.0, 1.0, (regions, sectors, sectors))  # region, input, user
    shares *= rng.uniform(0.4, 0.6, (regions, 1, sectors)) / shares.sum(1, keepdims=True)
    origin = rng.lognormal(0.0, 0.5, (regions, regions, sectors))  # origin, region, good
    origin *= 1.0 - np.eye(regions)[:, :, None]
    origin *= (1 - LOCAL) / origin.sum(0)
    origin += LOCAL * np.eye(regions)[:, :, None]
    trade = (1 - IMPORTED) * origin
    output = _outputs(trade, shares, consumption)
    inputs = shares * output[:, None, :]
    absorption = inputs.sum(2) + consumption
    home = trade * absorption[None]
    local = np.einsum("rri->ri", home).copy()
    inflow = home * (1.0 - np.eye(regions)[:, :, None])
    factor = (
        rng.uniform(0.5, 1.5, (regions, FUELS, sectors)) * np.array([3.0, 2.5, 2.0, 1.5])[:, None]
    )
    return {
        "output": output,
        "input": inputs,
        "value_added": output - inputs.sum(1),
        "consumption": consumption,
        "absorption": absorption,
        "local": local,
        "inflow": inflow,
        "co2": factor * inputs[:, :FUELS],
    }


def _outputs(trade: Array, shares: Array, consumption: Array) -> Array:
    """Output of each region and sector that meets all demands."""
    regions, sectors = consumption.shape
    n = regions * sectors
    need = np.einsum("qri,rij->qirj", trade, shares).reshape(n, n)
    demand = np.einsum("qri,ri->qi", trade, consumption).ravel()
    output = np.linalg.solve((1 - EXPORTED) * np.eye(n) - need, demand)
    return output.reshape(regions, sectors)
