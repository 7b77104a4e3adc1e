r"""The provincial tables in model sectors.

Columns are mapped first, then rows. A sector that holds two model sectors (oil and gas,
refining and coking, ferrous and non-ferrous metals, general and special machinery) is split with
weights that depend on row and column,

.. math:: Z_{ab} = \sum_{s,t} \omega_{sa}(b)\, Z^{42}_{st}\, \gamma_{tb} ,

with :math:`\gamma` the share in the output of the province and :math:`\omega` the share in what a
user buys, so that crude oil goes to refining, coke and ore to ferrous metals. The inflow of a twin
is what then balances its row. Tables come treated (``defects``): their rows and columns balance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020.inputs import Inputs, Splits
from recipes.yrd2020.sources import ENERGY_2007, provincial_tables
from sam.concordance import Concordance, load_concordance, load_sectors
from sam.readers import ProvincialTable, read_energy_2007

Array = npt.NDArray[np.float64]

FINAL_USES = ("RUR", "URB", "GOV", "GFC", "STK")
"""Rural and urban households, government, fixed capital, inventories."""

_TRADE = ("exports", "outflow", "imports", "inflow")


@dataclass(frozen=True, eq=False)
class ProvincialFlows:
    """Tables of all provinces in model sectors, 1e8 CNY at producer prices of their year.

    Attributes:
        intermediate: purchases (province, commodity, activity).
        value_added: labour, net production tax, capital (province, component, activity).
        final: purchases (province, commodity, final use), uses as in ``FINAL_USES``.
        exports, outflow, imports, inflow: trade (province, commodity).
    """

    intermediate: Array
    value_added: Array
    final: Array
    exports: Array
    outflow: Array
    imports: Array
    inflow: Array

    @property
    def output(self) -> Array:
        """Gross output (province, activity)."""
        return np.asarray(self.intermediate.sum(1) + self.value_added.sum(1))

    @property
    def use(self) -> Array:
        """Domestic use (province, commodity)."""
        return np.asarray(self.intermediate.sum(2) + self.final.sum(2))


def provincial_flows(
    tables: Mapping[str, ProvincialTable], sources: Path, inputs: Inputs, splits: Splits
) -> ProvincialFlows:
    """Map the 30 provincial tables to model sectors.

    Arguments:
        tables: treated tables, by sheet.
        sources: folder of official tables, for the energy of 2007.
        inputs: prices that split the supply of fuels.
        splits: rules for twin sectors.

    Raises:
        sam.errors.SourceError: the energy table is missing or not in its layout.
    """
    concordance = load_concordance(provincial_tables(sources).concordance)
    provinces = load_concordance("provinces_to_regions").sources
    energy = read_energy_2007(sources / ENERGY_2007, provinces)
    supply = supply_shares(energy, provinces, inputs, splits)
    parts = [
        to_model_sectors(tables[name], concordance, supply[name], splits) for name in provinces
    ]
    names = [item.name for item in fields(ProvincialFlows)]
    return ProvincialFlows(
        **{name: np.stack([getattr(part, name) for part in parts]) for name in names}
    )


def supply_shares(
    energy: Mapping[str, pd.DataFrame], provinces: Sequence[str], inputs: Inputs, splits: Splits
) -> dict[str, dict[str, float]]:
    """Share of the first twin in the output of each province: by energy value, else by rule.

    Arguments:
        energy: energy table of 2007 by energy, provinces by item.
        provinces: provinces in model order.
        inputs: prices of 2007 by fuel, yields of refining and coking.
        splits: rules for metals and machinery.
    """
    price = {fuel: inputs.value(f"price_2007_{fuel}") for fuel in ("OIL", "GAS", "REF", "COK")}
    refined, coked = (inputs.value(f"yield_2007_{fuel}") for fuel in ("REF", "COK"))
    neither = inputs.value("twin_share")
    made = {
        "OIL": energy["OIL"]["PROD"],
        "GAS": energy["NG"]["PROD"],
        "REF": energy["OIL"]["ROILT"] * refined,
        "COK": energy["COAL"]["ROILT"] * coked,
    }
    value = {fuel: made[fuel].clip(lower=0.0) * price[fuel] for fuel in made}
    shares = {}
    for name in provinces:
        fuels = {
            first: _share(float(value[first][name]), float(value[second][name]), neither)
            for first, second in (("OIL", "GAS"), ("REF", "COK"))
        }
        rules = {first: splits.share(first, "supply", name) for first in ("FER", "GEM")}
        shares[name] = fuels | rules
    return shares


def to_model_sectors(
    table: ProvincialTable, concordance: Concordance, supply: Mapping[str, float], splits: Splits
) -> ProvincialFlows:
    """Map one province from 42 to 40 sectors.

    Arguments:
        table: table, treated.
        concordance: its sectors to model sectors.
        supply: share of the first twin in the province's output.
        splits: rules for the purchases of twins.
    """
    sectors = load_sectors()["code"].tolist()
    rows = _targets(concordance)
    weights = {
        (source, target): share
        for source, targets in rows.items()
        if len(targets) == 2
        for target, share in zip(
            targets, (supply[targets[0]], 1.0 - supply[targets[0]]), strict=True
        )
    }
    columns = concordance.matrix(concordance.sources, sectors, weights)  # source sector, activity
    inner = _shift_inputs(table.intermediate @ columns, rows, sectors, splits)
    trade = np.stack([table.export, table.outflow, table.imports, table.inflow], axis=1)
    wide = np.concatenate([inner, table.final, trade], axis=1)  # source sector, user
    users = [*sectors, *FINAL_USES, *_TRADE]
    use = np.zeros((len(sectors), len(users)))  # commodity, user
    for k, targets in enumerate(rows.values()):
        share = _use_shares(targets, users, supply, splits)
        for target, part in zip(targets, share, strict=True):
            use[sectors.index(target)] += wide[k] * part
    labour, tax, depreciation, surplus = table.value_added @ columns
    value_added = np.stack([labour, tax, depreciation + surplus])  # component, activity
    return _balance_twins(
        use, value_added, len(sectors), [t for t in rows.values() if len(t) == 2], sectors
    )


def _targets(concordance: Concordance) -> dict[str, list[str]]:
    groups = concordance.table.groupby("source", sort=False)["target"]
    return {str(source): [str(target) for target in targets] for source, targets in groups}


def _shift_inputs(
    inner: Array, rows: Mapping[str, list[str]], sectors: Sequence[str], splits: Splits
) -> Array:
    """Give the inputs of twin activities to the twin that needs them (source sector, activity)."""
    first_target = [targets[0] for targets in rows.values()]
    shifted = inner.copy()
    for targets in rows.values():
        if len(targets) < 2:
            continue
        a, b = (sectors.index(target) for target in targets)
        for commodity, share in splits.inputs(targets[0]):
            row = first_target.index(commodity)
            total = inner[row, a] + inner[row, b]
            alive = inner[:, a].sum() > 0.0 and inner[:, b].sum() > 0.0
            if alive:
                shifted[row, a], shifted[row, b] = share * total, (1.0 - share) * total
    return shifted


def _use_shares(
    targets: Sequence[str], users: Sequence[str], supply: Mapping[str, float], splits: Splits
) -> Array:
    """Share of each target in the purchases of each user (target, user)."""
    if len(targets) == 1:
        return np.ones((1, len(users)))
    first = targets[0]
    outside = {*FINAL_USES, *_TRADE}
    share = np.array(
        [
            splits.share(first, "use", user, supply[first] if user in outside else None)
            for user in users
        ]
    )
    return np.stack([share, 1.0 - share])


def _balance_twins(
    use: Array,
    value_added: Array,
    count: int,
    twins: Sequence[Sequence[str]],
    sectors: Sequence[str],
) -> ProvincialFlows:
    """Let trade with other provinces balance the rows of twin sectors."""
    inner, final = use[:, :count], use[:, count : count + len(FINAL_USES)]
    exports, outflow, imports, inflow = use[:, count + len(FINAL_USES) :].T.copy()
    output = inner.sum(0) + value_added.sum(0)
    need = inner.sum(1) + final.sum(1) + exports + outflow - imports - output  # commodity
    for first, second in twins:
        for name in (first, second):
            k = sectors.index(name)
            inflow[k] = max(need[k], 0.0)
            outflow[k] += max(-need[k], 0.0)
    return ProvincialFlows(inner, value_added, final, exports, outflow, imports, inflow)


def _share(first: float, second: float, neither: float) -> float:
    total = first + second
    return first / total if total > 0.0 else neither
