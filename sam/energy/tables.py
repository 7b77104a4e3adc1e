r"""Tables of a dataset from the energy accounts of a region.

A line of the balance stands for several users of a dataset. What the line takes of a fuel is theirs
in proportion to weights, as a rule their payments for it, so that all of a line pay one price,

.. math:: Q_{uf} = Q_{lf} \, \frac{w_{uf}}{\sum_{v \in l} w_{vf}} .

Processes belong to the sector that runs them; what that sector pays for their input is no weight in
the line that it is counted in besides. Natural gas reaches all but large users through gas
supply, which takes it in as feedstock and sells it as its product,

.. math:: S_{GDT,GAS} = \sum_u Q_{u,GDT} .
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

import pandas as pd

from sam.accounts import ELECTRICITY, FUELS, TECHNOLOGIES
from sam.energy.accounts import ITEMS
from sam.energy.units import PJ_PER_MTCE
from sam.energy.yearbook import RegionalEnergy
from sam.errors import DatasetError

MAKERS: Mapping[str, str] = MappingProxyType(
    {
        "thermal power": ELECTRICITY,
        "heating": ELECTRICITY,
        "coal washing": "COL",
        "briquettes": "COL",
        "coking": "COK",
        "refining": "REF",
        "oil reinput": "REF",
        "gas works": "GDT",
        "coke reinput": "GDT",
        "gas liquefaction": "GDT",
    }
)
"""Sectors that run the processes of a balance."""

MATERIAL = "CHM"
"""Sector whose material is what industry does not burn: the balance does not say who else."""

_PIPED = "GDT"
_SOURCES = {
    "COL": "coal",
    "COK": "coal",
    "GAS": "gas",
    "OIL": "oil",
    "REF": "oil",
    "OTHER": "biomass",
}
_NUMBERS = ["amount", *ITEMS, "mt_co2"]


def dataset_tables(
    accounts: RegionalEnergy,
    region: str,
    lines: Mapping[str, Sequence[str]],
    weights: pd.Series,
    direct: Collection[str] = (ELECTRICITY, MATERIAL),
) -> dict[str, pd.DataFrame]:
    """Tables ``energy, combustion, feedstock, generation`` of one region.

    From a file to the tables of a dataset, whose payments say who of industry takes a fuel::

        balance = read_energy_balances("yearbook.xlsx")["Jiangsu"]
        paid = purchases(dataset, dataset.roles.energy)["JS"]
        tables = dataset_tables(regional_energy(balance), "JS", lines, paid)

    Heat and other energy are no commodities of a SAM and stay outside; the fuel burnt for heat is
    that of electricity and heat. ``energy_uses`` tells own use of the result.

    Arguments:
        accounts: of the region.
        region: its code.
        lines: users of the dataset by user of the accounts (the values of ``yearbook.USERS``).
        weights: not negative, by user and fuel as the dataset names them (index of two levels).
        direct: users that buy natural gas itself; all others buy it from gas supply (``GDT``).

    Raises:
        DatasetError: a line has no users, none of its users has a weight for a fuel it takes, or
            electricity made is not told by technology.
    """
    processes = _process_rows(accounts.uses)
    final = _line_rows(accounts, lines, _of_final_use(weights, processes), direct)
    rows = pd.concat([processes, final], ignore_index=True)
    rows = rows[rows["fuel"].isin((*FUELS, ELECTRICITY))]
    piped = float(rows.loc[rows["fuel"] == _PIPED, "amount"].sum())
    supply = pd.DataFrame([_row(_PIPED, "GAS", {"amount": piped, "feedstock": piped})])
    rows = pd.concat([rows, supply], ignore_index=True)
    table = rows.groupby(["user", "fuel"], sort=False, as_index=False)[_NUMBERS].sum()
    table = table[table["amount"] > 0.0].reset_index(drop=True)
    table.insert(0, "region", region)
    return {
        "energy": _energy(table),
        "combustion": _combustion(table),
        "feedstock": _feedstock(table),
        "generation": _generation(accounts, region),
    }


def _process_rows(uses: pd.DataFrame) -> pd.DataFrame:
    """Processes and losses as purchases of their sectors."""
    rows = uses[uses["user"].isin([*MAKERS, "losses"])]
    maker = rows["user"].map(dict(MAKERS))
    carrier = rows["fuel"].replace({"GAS": _PIPED})  # who sells a fuel loses it
    return rows.assign(user=maker.where(rows["user"] != "losses", carrier))


def _of_final_use(weights: pd.Series, processes: pd.DataFrame) -> pd.Series:
    """Weights without those of sectors for fuel that their processes burn or transform."""
    charged = processes[processes["burnt"] + processes["feedstock"] > 0.0]
    pairs = pd.MultiIndex.from_frame(charged[["user", "fuel"]])
    return weights[~weights.index.isin(pairs)]


def _line_rows(
    accounts: RegionalEnergy,
    lines: Mapping[str, Sequence[str]],
    weights: pd.Series,
    direct: Collection[str],
) -> pd.DataFrame:
    """What final users take, by user of the dataset."""
    final = accounts.uses[~accounts.uses["user"].isin([*MAKERS, "losses"])]
    rows = []
    for line, fuel, *numbers in final[["user", "fuel", *_NUMBERS]].itertuples(index=False):
        if fuel not in (*FUELS, ELECTRICITY):
            continue
        if not lines.get(line):
            raise DatasetError(
                f"energy of {accounts.name}: the line {line!r} has no users; name them in lines"
            )
        amounts = dict(zip(_NUMBERS, numbers, strict=True))
        kept = amounts.pop("non_energy")
        rows.append(_row(MATERIAL, fuel, {"amount": kept, "non_energy": kept}))
        amounts["amount"] -= kept
        users = [(user, _sold_as(fuel, user, direct)) for user in lines[line]]
        share = _shares(accounts.name, line, fuel, users, weights)
        rows += [
            _row(user, sold, {name: share[k] * value for name, value in amounts.items()})
            for k, (user, sold) in enumerate(users)
        ]
    return pd.DataFrame(rows, columns=["user", "fuel", *_NUMBERS])


def _row(user: str, fuel: str, numbers: Mapping[str, float]) -> dict[str, object]:
    return {"user": user, "fuel": fuel, **dict.fromkeys(_NUMBERS, 0.0), **numbers}


def _sold_as(fuel: str, user: str, direct: Collection[str]) -> str:
    return _PIPED if fuel == "GAS" and user not in direct else fuel


def _shares(
    name: str, line: str, fuel: str, users: Sequence[tuple[str, str]], weights: pd.Series
) -> list[float]:
    if len(users) == 1:
        return [1.0]
    parts = [float(weights.get(user, 0.0)) for user in users]
    if not sum(parts) > 0.0:
        raise DatasetError(
            f"energy of {name}: {line} takes {fuel}, but none of {', '.join(u for u, _ in users)} "
            "has a weight for it; give weights, as a rule payments"
        )
    return [part / sum(parts) for part in parts]


def _energy(table: pd.DataFrame) -> pd.DataFrame:
    items = [item for item in ITEMS if item != "used"]
    energy = table[["region", "user", "fuel"]].assign(
        pj=PJ_PER_MTCE * table["amount"], mtce=table["amount"]
    )
    return energy.join(table[items])


def _combustion(table: pd.DataFrame) -> pd.DataFrame:
    emits = table[table["mt_co2"] > 0.0]
    return emits[["region", "user", "fuel", "mt_co2"]].reset_index(drop=True)


def _feedstock(table: pd.DataFrame) -> pd.DataFrame:
    share = 1.0 - table["burnt"] / table["amount"]
    kept = (table["fuel"] != ELECTRICITY) & (share > 1e-12)
    return (
        table.loc[kept, ["region", "user", "fuel"]].assign(share=share[kept]).reset_index(drop=True)
    )


def _generation(accounts: RegionalEnergy, region: str) -> pd.DataFrame:
    """Thermal power by what it burns, at one efficiency; other energy is biomass and waste."""
    made = accounts.generation.fillna(0.0).to_dict()
    power = accounts.uses[accounts.uses["user"] == "thermal power"]
    burnt = power.groupby(power["fuel"].map(_SOURCES))["burnt"].sum()
    thermal, told = float(made.pop("thermal")), float(burnt.sum())
    untold = made.get("primary", 0.0) + (thermal if told <= 0.0 else 0.0)
    if untold != 0.0:
        raise DatasetError(
            f"energy balance {accounts.name}: {untold:.6g} TWh are not told by technology; say "
            "primary={'hydro': TWh, ...} of regional_energy where the balance has no lines hydro, "
            "nuclear, wind and solar, and give what thermal power burns"
        )
    twh = {**made, **(thermal * burnt / told if told > 0.0 else burnt).to_dict()}
    rows = [(region, name, twh[name]) for name in TECHNOLOGIES if twh.get(name, 0.0) > 0.0]
    return pd.DataFrame(rows, columns=["region", "technology", "twh"])
