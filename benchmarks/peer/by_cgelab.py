"""The standard CGE in CGELab: its own toolkit, calibrated on the same table."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version

from book import FACTORS, GOODS, answer, skip


def main() -> None:
    """See the module."""
    try:
        import cgelab
        import numpy as np
        import pandas as pd
    except ImportError as cause:
        return skip(f"{cause.name} is not installed")
    given = json.loads(sys.stdin.read())
    table = pd.DataFrame(given["cells"], given["accounts"], given["accounts"])
    entries = []
    for good in GOODS:
        made = float(table.loc[[*GOODS, *FACTORS], good].sum())
        entries += [(f"c_{i}", f"a_{good}", table.loc[i, good]) for i in GOODS]
        entries += [(f"f_{h}", f"a_{good}", table.loc[h, good]) for h in FACTORS]
        entries += [(f"a_{good}", f"c_{good}", made)]
        entries += [(k.lower(), f"c_{good}", table.loc[k, good]) for k in ("IDT", "TRF", "EXT")]
        entries += [(f"c_{good}", k.lower(), table.loc[good, k]) for k in ("GOV", "INV", "EXT")]
        entries += [(f"c_{good}", "hh_1", table.loc[good, "HOH"])]
    entries += [("hh_1", f"f_{h}", table.loc["HOH", h]) for h in FACTORS]
    entries += [(a.lower(), "hh_1", table.loc[a, "HOH"]) for a in ("GOV", "INV")]
    entries += [("gov", k.lower(), table.loc["GOV", k]) for k in ("IDT", "TRF")]
    entries += [("inv", k.lower(), table.loc["INV", k]) for k in ("GOV", "EXT")]
    sam = cgelab.SAM.from_long(pd.DataFrame(entries, columns=["row", "col", "value"]))
    spec = cgelab.ModelSpec(
        factors=tuple(f"f_{h}" for h in ("LAB", "CAP")),
        investment="inv",
        rest_of_world="ext",
        tariff_account="trf",
        indirect_tax_account="idt",
        value_added="cobb_douglas",
        export_rule="cet",
    )
    closure = cgelab.Closure(government="saving_rate", foreign_saving_unit="foreign_currency")
    economy = cgelab.calibrate(sam, spec)
    shock = cgelab.Scenario(tariff=np.zeros(2))

    def solve() -> list[float]:
        found = cgelab.solve_period(economy, closure, shock)
        return [float(q) for q in np.asarray(found.hh_quantity).ravel()]

    answer(version("cgelab"), solve)
    return None


if __name__ == "__main__":
    main()
