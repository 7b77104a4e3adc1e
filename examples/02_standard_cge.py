"""From a social accounting matrix to a model: the standard CGE of Hosoe, Gasawa and Hashimoto.

N. Hosoe, K. Gasawa and H. Hashimoto, "Handbook of Computable General Equilibrium Modelling",
Palgrave Macmillan 2010, chapter 6; ``stdcge`` in the GAMS model library.

Two goods, two factors; a household, a government and an investment agent; trade with the rest of
the world. The first example had to construct its benchmark, here a table gives it: the social
accounting matrix (SAM), whose row totals, what an account receives, equal its column totals, what
it pays. We declare the model on the table and abolish the tariff.

Run it: ``python examples/02_standard_cge.py``
"""

from __future__ import annotations

from io import StringIO

import numpy as np
import pandas as pd

from cge.equilibrium import Equilibrium, Solver
from cge.language import Model, Reference, alias, ces, cet, cobb_douglas, leontief

GOODS = ["BRD", "MLK"]  # bread, milk
FACTORS = ["CAP", "LAB"]  # capital, labour

# Rows receive, columns pay: IDT indirect tax, TRF tariff, HOH household, GOV government, INV
# investment, EXT rest of the world.
TABLE = """
     BRD MLK CAP LAB IDT TRF HOH GOV INV EXT
BRD  21  8   0   0   0   0   20  19  16  8
MLK  17  9   0   0   0   0   30  14  15  4
CAP  20  30  0   0   0   0   0   0   0   0
LAB  15  25  0   0   0   0   0   0   0   0
IDT  5   4   0   0   0   0   0   0   0   0
TRF  1   2   0   0   0   0   0   0   0   0
HOH  0   0   50  40  0   0   0   0   0   0
GOV  0   0   0   0   9   3   23  0   0   0
INV  0   0   0   0   0   0   17  2   0   12
EXT  13  11  0   0   0   0   0   0   0   0
"""
SAM = pd.read_csv(StringIO(TABLE), sep=r"\s+", index_col=0).astype(float)


def flow(receives: str | list[str], pays: str | list[str]) -> np.ndarray:
    """Cells of the SAM as an array: what ``receives`` gets from ``pays``."""
    return np.asarray(SAM.loc[receives, pays])


def build() -> Model:
    """The model on the SAM, all prices at one in the benchmark."""
    m = Model("standard CGE", i=GOODS, j=alias("i"), f=FACTORS)
    # j is a second letter for the goods, so that input i of industry j can be written "i j".

    PF = m.commodity("PF", "f")  # factors
    PD = m.commodity("PD", "i")  # goods made and sold at home
    PQ = m.commodity("PQ", "i")  # composite of home goods and imports: what everybody buys
    FX = m.commodity("FX")  # foreign exchange: the good that trade brings in and carries out
    HOH, GOV, INV = m.agent("HOH"), m.agent("GOV"), m.agent("INV")

    # An industry delivers to the home market and abroad, and transforms one into the other with
    # elasticity 2. Its output tax takes a share of revenue, so the rate is tax over gross revenue.
    # Intermediate inputs come in fixed proportions, value added is Cobb-Douglas.
    inputs, factors = flow(GOODS, GOODS), flow(FACTORS, GOODS)  # good, industry; factor, industry
    revenue = inputs.sum(axis=0) + factors.sum(axis=0) + flow("IDT", GOODS)  # industry
    exports = flow(GOODS, "EXT")  # industry
    output_tax = m.parameter("output_tax", "j", flow("IDT", GOODS) / revenue)
    m.activity(
        "MAKE",
        "j",
        makes=cet(
            2.0,
            PD["j"](revenue - exports, taxes=output_tax.to(GOV[""])),
            FX[""](exports, taxes=output_tax.to(GOV[""])),
        ),
        uses=leontief(
            PQ["i"](("i j", inputs)),
            cobb_douglas(PF["f"](("f j", factors))),
        ),
    )

    # Home goods and imports are imperfect substitutes (Armington). Imports cost foreign exchange.
    imports, duties = flow("EXT", GOODS), flow("TRF", GOODS)
    tariff = m.parameter("tariff", "i", duties / imports)
    m.activity(
        "COMPOSITE",
        "i",
        makes=PQ["i"](revenue - exports + imports + duties),
        uses=ces(
            2.0,
            PD["i"](revenue - exports),
            FX[""](imports, taxes=tariff.to(GOV[""])),
        ),
    )

    # Agents own, give away fixed shares of their income (direct tax, saving), and spend the rest.
    # Foreign saving is foreign exchange that the investment agent owns.
    def spend(account: str) -> None:
        m.agents[account].spends(cobb_douglas(PQ["i"](flow(GOODS, account))))

    def give(payer: str, receiver: Reference, account: str) -> None:
        m.agents[payer].gives(flow(account, payer) / SAM[payer].sum(), receiver)

    HOH.owns(PF["f"], flow("HOH", FACTORS))
    INV.owns(FX[""], flow("INV", "EXT"))
    give("HOH", GOV[""], "GOV")
    give("HOH", INV[""], "INV")
    give("GOV", INV[""], "INV")
    for account in ("HOH", "GOV", "INV"):
        spend(account)

    # Labour is the numeraire: weights 0 and 1 over the factors. One market follows from all the
    # others (Walras' law); it stays unsolved as a check, here that of capital.
    m.numeraire({PF: ("f", [0.0, 1.0])}, drop=PF)
    return m


def outputs(e: Equilibrium) -> np.ndarray:
    """Outputs of the industries net of the output tax, in benchmark prices."""
    return e.level("MAKE").values * flow(GOODS + FACTORS, GOODS).sum(axis=0)


def consumption(e: Equilibrium) -> np.ndarray:
    """Household consumption of each good."""
    return e.quantity("HOH", "PQ").values


def utility(e: Equilibrium) -> float:
    """Utility of the household, the Cobb-Douglas mean of its consumption."""
    weights = flow(GOODS, "HOH") / flow(GOODS, "HOH").sum()
    return float(np.prod(consumption(e) ** weights))


def main() -> None:
    """Abolish the tariff and report what changes."""
    model = build()
    print(model)
    model.check()
    solver = Solver(model)
    base = solver.solve()
    free = solver.solve(tariff=0.0)
    rows = [("utility", [utility(base), utility(free)])]
    rows.append(("exchange rate", [e.price("FX").item() for e in (base, free)]))
    for k, good in enumerate(GOODS):
        rows.append((f"output, {good}", [outputs(e)[k] for e in (base, free)]))
        rows.append((f"consumption, {good}", [consumption(e)[k] for e in (base, free)]))
    rows.append(("price of capital", [e.price("PF").sel(f="CAP").item() for e in (base, free)]))
    print(f"\n{'':20}{'base':>12}{'no tariff':>12}")
    for name, (before, after) in rows:
        print(f"{name:20}{before:12.6f}{after:12.6f}")
    print(f"\n{free}")


if __name__ == "__main__":
    main()
