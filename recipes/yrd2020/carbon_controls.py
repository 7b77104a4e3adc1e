"""Control totals of carbon: cement whose calcination emits, CO2 of fuel by users, and the total."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from recipes.yrd2020 import inventory
from recipes.yrd2020.combustion import PRINTED, USED, Carbon
from recipes.yrd2020.inventory import REGIONS
from recipes.yrd2020.physical_rows import FOUR, Physical, Row, by_region, fact_source
from recipes.yrd2020.tables import Tables, cement_output
from sam.accounts import HOUSEHOLDS, NATIONAL
from sam.energy import process_factors

_INVENTORY = (
    "CEADs, provincial CO2 inventories 2019, to 2020 by published growth; coal by the provincial "
    "energy balances (China Energy Statistical Yearbook 2022), gas by its national uses"
)
_INVENTORIES = (
    "CEADs, national and provincial CO2 inventories 2019, to 2020 by published growth and by the "
    "nation's consumption of coal, coke, oil and gas (China Statistical Yearbook 2021), gas by its "
    "national uses"
)
_CO2_NOTE = (
    "CEADs 2019, the nation less the four provinces: {:.4g} Mt, by-product gas of steel included",
    "CEADs 2019: {:.4g} Mt, by-product gas of steel included, which is counted once here",
)  # rest of China, the four
GROUPS: dict[str, tuple[str, ...]] = {
    "electricity and heat": ("ELE",),
    "industry": tuple(name for name in inventory.users()[inventory.INDUSTRY] if name != "ELE"),
    "transport": ("TRN",),
    "households": HOUSEHOLDS,
}
"""Users by group; all others are agriculture, construction and services."""

_OTHERS = "agriculture, construction and services"


def rows(accounts: Physical, tables: Tables, carbon: Carbon) -> Iterator[Row]:
    """Control totals of carbon."""
    yield from _cement(accounts, tables)
    yield from _co2_by_group(accounts, carbon)
    yield from _co2_totals(accounts, tables)


def _cement(accounts: Physical, tables: Tables) -> Iterator[Row]:
    """Cement whose calcination is among process emissions, Mt."""
    factor = float(process_factors()["factor"]["cement"])
    calcined = by_region(accounts.process, "mt_co2", sector="NMM") / factor
    source = fact_source("Cement output 2020")
    known = dict(zip(REGIONS, cement_output(tables), strict=True))
    for region in FOUR:
        yield Row(
            "cement made", region, float(known[region]), calcined[region], "Mt", source, "published"
        )
    name, inputs = "cement_output", tables.inputs
    total, citation, mark = inputs.value(name), inputs.source(name), inputs.quality(name)
    yield Row("cement made", NATIONAL, total, float(calcined.sum()), "Mt", citation, mark)


def _co2_by_group(accounts: Physical, carbon: Carbon) -> Iterator[Row]:
    """CO2 of fuel by group of users: the inventories of 2019, scaled and treated."""
    names = inventory.users()
    owner = {user: group for group, users in GROUPS.items() for user in users}
    emitted = accounts.combustion.assign(group=accounts.combustion["user"].map(owner))
    emitted["group"] = emitted["group"].fillna(_OTHERS)
    achieved = emitted.groupby(["region", "group"])["mt_co2"].sum()
    for r, region in enumerate(REGIONS):
        printed = carbon.steps[PRINTED][r].sum(1)  # user
        target = carbon.steps[USED][r].sum(1)
        for group in (*GROUPS, _OTHERS):
            member = np.array([owner.get(name, _OTHERS) == group for name in names])
            yield Row(
                f"co2 {group}",
                region,
                float(target[member].sum()),
                float(achieved[region, group]),
                "Mt CO2",
                _INVENTORY if region != REGIONS[-1] else _INVENTORIES,
                "derived",
                _CO2_NOTE[region != REGIONS[-1]].format(printed[member].sum()),
            )


def _co2_totals(accounts: Physical, tables: Tables) -> Iterator[Row]:
    """Direct and indirect emissions of the four provinces."""
    direct = [accounts.combustion, accounts.process]
    own = sum(float(t[t["region"].isin(FOUR)]["mt_co2"].sum()) for t in direct)
    indirect = float(accounts.indirect["mt_co2"].sum())
    note = f"direct {own:.0f}, electricity from outside {indirect:.0f}"
    yield Row(
        "co2 direct and indirect",
        "YRD",
        tables.inputs.value("report_emissions", "YRD"),
        own + indirect,
        "Mt CO2",
        tables.inputs.source("report_emissions", "YRD"),
        tables.inputs.quality("report_emissions", "YRD"),
        note,
    )
