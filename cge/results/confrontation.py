r"""Results beside what others say of the same thing: statistics, a report, published studies.

Nothing here is an input of a run: a path is read, and what it says of each fact
(``cge.results.facts``), claim of the report and finding of a study (``calibration.studies``) is put
next to it. What no variable of a path speaks to is left out.

Totals of the report include indirect CO2, of electricity from outside of the four provinces; so do
the numbers here that stand beside them,

.. math:: E_t = \sum_{r} (E^{direct}_{rt} + E^{indirect}_{rt}) .

Sums over years are of every year of the period, shares are of sums and not means of shares.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from calibration.facts import ClaimRow, Claims
from calibration.studies import Finding, Kind, Studies
from cge.path import Pathway
from cge.results.facts import TECHNOLOGIES, facts_against
from cge.results.place import NATION, Place
from cge.scenario import BASELINE

COLUMNS = ("part", "scenario", "quantity", "label", "region", "year", "value")
"""Columns of what is found."""

HELD_AGAINST: Mapping[Kind, str] = {
    "no_policy": "frozen",
    "current_policies": "current_policies",
    "neutrality": "enhanced_carbon_neutrality",
}
"""Scenario that stands beside a kind of scenario of studies."""

REPORT = "enhanced_carbon_neutrality"
"""Scenario that stands beside the report."""

_COAL_EQUIVALENT, _HEAT = 0.3055, 0.1229  # Mtce per TWh: coal burnt for a kWh, heat of a kWh
_PJ_PER_MTCE = 29.3076

_RENEWABLE = (
    "hydro", "onshore_wind", "offshore_wind", "utility_solar", "distributed_solar", "biomass",
    "bioenergy_capture",
)  # fmt: skip
_SUMS: Mapping[str, tuple[str, ...]] = {
    **TECHNOLOGIES,
    "gas": ("gas", "gas_capture"),
    "biomass": ("biomass", "bioenergy_capture"),
    "renewable": _RENEWABLE,
    "non_fossil": (*_RENEWABLE, "nuclear"),
}
_INDUSTRY = (
    "COL", "OIL", "GAS", "MMO", "NMO", "FOO", "TEX", "CLO", "WOD", "PAP", "REF", "COK", "CHM",
    "NMM", "FER", "NFM", "MEP", "GEM", "SPM", "TRE", "ELM", "ICE", "OTM", "GDT", "WAT", "CON",
)  # fmt: skip
_BUILDINGS = (
    "TRD", "HOT", "INF", "FIN", "REA", "BUS", "SCI", "ENV", "EDU", "HEA", "PUB",
)  # fmt: skip
_HOUSEHOLDS = ("RUR", "URB")
_SECTORS: Mapping[str, Sequence[str]] = {
    "industry": _INDUSTRY,
    "steel": ["FER"],
    "cement": ["NMM"],
    "petrochemicals": ["CHM", "REF", "COK"],
    "transport": ["TRN"],
}


def twh(at: Place, label: str = "total") -> float:
    """Generation of a technology, a group of them, or all, TWh."""
    if label == "total":
        return at.of("generation_twh")
    return at.of("generation_twh", technology=_named(label))


def total_co2(at: Place) -> float:
    """CO2 of a total as the report counts it, with that of electricity taken in, Mt."""
    direct = at.of("co2_direct")
    return direct if at.region == NATION else direct + at.of("co2_indirect")


def stored(at: Place) -> float:
    """CO2 of plants and of the air that is stored, Mt."""
    return at.of("captured") + at.of("removal")


def final_energy(at: Place, label: str = "") -> float:
    """Final energy of a group of users, or all, Mtce; petrol of households is transport."""
    petrol = at.of("energy_household", fuel=["REF"]) / _PJ_PER_MTCE
    groups = {
        "industry": (_INDUSTRY, 0.0),
        "transport": (("TRN",), petrol),
        "buildings": ((*_BUILDINGS, *_HOUSEHOLDS), -petrol),
        "agriculture": (("AGR",), 0.0),
    }
    users, more = groups[label] if label else ([u for us, _ in groups.values() for u in us], 0.0)
    return at.of("final_energy_of_user", user=users) + more


def _named(label: str) -> tuple[str, ...]:
    name = label.replace(" ", "_")
    return _SUMS.get(name, (name,))


def primary_share(at: Place, label: str) -> float:
    """Share of coal, oil, gas or non-fossil energy in primary energy."""
    if label == "non_fossil":
        return at.mean("non_fossil_share", "primary_energy")
    return at.of(f"primary_{label}") / at.of("primary_energy")


# What the report claims ---------------------------------------------------------------------------


def _by_source(at: Place, label: str) -> float:
    if label == "power":
        return at.of("co2_power")
    if label == "indirect":
        return at.of("co2_indirect")
    return at.of("emissions", sector=_SECTORS[label])


def _co2_share(at: Place, label: str) -> float:
    parts = {
        "energy": lambda: at.of("co2_energy"),
        "process": lambda: at.of("co2_process"),
        "indirect": lambda: at.of("co2_indirect"),
        "power and industry": lambda: _by_source(at, "power") + _by_source(at, "industry"),
    }
    return parts[label]() / total_co2(at)


def _renewable_energy(at: Place, label: str) -> float:
    """Renewable electricity made, and taken in as its origins make it, at coal equivalent."""
    made = twh(at, "renewable")
    sent = at.path.data["electricity_sent"].sel(year=at.year, region=at.members)
    for origin in (str(name) for name in sent["origin"].to_numpy()):
        if origin not in at.members:
            there = replace(at, region=origin)
            made += float(sent.sel(origin=origin).sum()) * twh(there, "renewable") / twh(there)
    return _COAL_EQUIVALENT * made / at.of("primary_energy")


def _over_years(at: Place, label: str, name: str, **labels: Iterable[str]) -> float | None:
    """A variable summed over the years that a label ends with; None where the path is shorter."""
    found = re.search(r"([0-9]{4})-([0-9]{4})$", label)
    assert found is not None, label
    years, known = range(int(found[1]), int(found[2]) + 1), at.path.data["year"].to_numpy()
    if not set(years) <= set(known.tolist()):
        return None
    return float(at.over(name, **labels)[np.isin(known, years)].sum())


def _bioenergy(at: Place, label: str) -> float | None:
    plants = _over_years(at, label, "captured_power", technology=["bioenergy_capture"])
    rest = _over_years(at, label, "abatement", option=["bioenergy"])
    return None if plants is None or rest is None else plants + rest


def _investment(at: Place, label: str) -> float | None:
    """Investment in the transition of an area, or all, in trillion yuan."""
    area = label.split()[0]
    which = {} if area == "total" else {"area": [area]}
    found = _over_years(at, label, "transition_investment", **which)
    return None if found is None else found / 1e4


CLAIMED: Mapping[str, Callable[[Place, str], float | None]] = {
    "co2_with_indirect": lambda at, label: total_co2(at),
    "co2_by_source": _by_source,
    "co2_share": _co2_share,
    "sinks": lambda at, label: at.of("sinks") + at.of("stored"),
    "bioenergy_capture": _bioenergy,
    "gdp_per_co2": lambda at, label: at.of("gdp_real") / total_co2(at) / 100.0,
    "primary_energy": lambda at, label: at.of("primary_energy"),
    "non_fossil_share": lambda at, label: primary_share(at, "non_fossil"),
    "coal_share": lambda at, label: primary_share(at, "coal"),
    "oil_share": lambda at, label: primary_share(at, "oil"),
    "energy_production_electric": lambda at, label: _HEAT * twh(at, "non_fossil"),
    "final_energy_share": lambda at, label: final_energy(at, label) / final_energy(at),
    "renewable_share": lambda at, label: twh(at, "renewable") / twh(at),
    "renewable_energy_share": _renewable_energy,
    "generation": twh,
    "generation_share": lambda at, label: twh(at, label) / twh(at),
    "population": lambda at, label: at.of("population"),
    "gdp": lambda at, label: at.of("gdp_real") / 1e4,
    "investment": _investment,
}
"""What a path says of each quantity of claims that it speaks to."""

OF_BASELINE = ("gdp", "population")
"""Quantities whose claims are of an outlook that no policy changes: the baseline stands beside."""


def claims_against(paths: Mapping[str, Pathway], claims: Claims) -> pd.DataFrame:
    """What paths say of each claim that they speak to.

    Arguments:
        paths: paths by scenario, ``baseline`` and ``REPORT`` among them.
        claims: the report's.

    Returns:
        ``COLUMNS`` by claim that a path speaks to; in units of ``calibration.facts.QUANTITIES``.
    """
    rows = []
    for claim in claims.rows:
        name = BASELINE if claim.quantity in OF_BASELINE else REPORT
        value = _claimed(paths[name], claim)
        if value is not None:
            what = (claim.quantity, claim.label, claim.region, claim.year)
            rows.append(("claims", name, *what, value))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _claimed(path: Pathway, claim: ClaimRow) -> float | None:
    at = Place(path, claim.region, claim.year)
    years = {int(year) for year in path.data["year"].to_numpy()}
    if claim.quantity not in CLAIMED or claim.year not in years or not at.members:
        return None
    try:
        return CLAIMED[claim.quantity](at, claim.label)
    except KeyError:  # a path without that report, as of an older run
        return None


def _since(at: Place, name: str) -> float:
    """Change of a variable since 2020."""
    return at.of(name) / at.at(2020).of(name) - 1.0


# What studies find --------------------------------------------------------------------------------


def _lost(at: Place, baseline: Pathway) -> float:
    return at.of("gdp_real") / replace(at, path=baseline).of("gdp_real") - 1.0


def _peak(at: Place) -> float:
    years = (int(year) for year in at.path.data["year"].to_numpy())
    return max(at.at(year).of("co2_direct") for year in years) / 1e3


FOUND: Mapping[str, Callable[[Place, Pathway], float]] = {
    "co2": lambda at, _: at.of("co2_net") / 1e3,
    "co2_peak": lambda at, _: _peak(at),
    "carbon_price": lambda at, _: at.mean("carbon_price", "co2_direct"),
    "gdp": _lost,
    "electricity": lambda at, _: twh(at) / 1e3,
    "electricity_growth": lambda at, _: twh(at) / twh(at.at(2020)),
    "nuclear": lambda at, _: twh(at, "nuclear") / 1e3,
    "wind_solar_share": lambda at, _: twh(at, "wind_and_solar") / twh(at),
    "renewable_share": lambda at, _: twh(at, "renewable") / twh(at),
    "non_fossil_share": lambda at, _: primary_share(at, "non_fossil"),
    "electrification": lambda at, _: at.mean("electrification", "final_energy"),
    "ccus": lambda at, _: stored(at) / 1e3,
    "coal_change": lambda at, _: _since(at, "primary_coal"),
    "oil_change": lambda at, _: _since(at, "primary_oil"),
    "gas_change": lambda at, _: _since(at, "primary_gas"),
}
"""What a path says of each quantity of studies."""

OF_ALL = {
    "co2": (2030, 2040, 2050, 2060),
    "co2_peak": (2060,),
    "carbon_price": (2035, 2040, 2050, 2060),
    "gdp": (2050, 2060),
    "electricity": (2030, 2040, 2045, 2050, 2060),
}
"""Quantities that are told of every scenario, and their years."""


def studies_against(paths: Mapping[str, Pathway], studies: Studies) -> pd.DataFrame:
    """What paths say of each finding of studies, and of ``OF_ALL`` in every scenario.

    Arguments:
        paths: paths by scenario: ``baseline`` and those of ``HELD_AGAINST`` that there are, each
            as far as it goes.
        studies: what studies print.

    Returns:
        ``COLUMNS``, of the nation; in units of ``calibration.studies.STUDIED``.
    """
    wanted = {(HELD_AGAINST[f.scenario], f.quantity, _year(f)) for f in studies.findings()}
    wanted |= {
        (name, what, year) for name in paths for what, years in OF_ALL.items() for year in years
    }
    rows = []
    for name, what, year in sorted(wanted):
        path = paths.get(name)
        if path is not None and year in path.data["year"].to_numpy():
            value = FOUND[what](Place(path, NATION, year), paths[BASELINE])
            rows.append(("studies", name, what, "", NATION, year, value))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _year(finding: Finding) -> int:
    """The year in which a finding is looked for: a peak is of the whole path."""
    return 2060 if finding.quantity == "co2_peak" else finding.year


def confronted(paths: Mapping[str, Pathway], claims: Claims, studies: Studies) -> pd.DataFrame:
    """All that paths say of facts, claims and studies, as one table.

    Facts are those of the baseline's assumptions; how far each is met is their part ``ratios``.

    Arguments:
        paths: paths by scenario, the baseline and those of ``HELD_AGAINST`` that there are.
        claims: the report's.
        studies: what studies print.
    """
    told = facts_against(paths[BASELINE]).rename(columns={"variable": "quantity"})
    told = told.assign(scenario=BASELINE)
    facts = [
        told.assign(part=part, value=told[column])[list(COLUMNS)]
        for part, column in (("facts", "found"), ("ratios", "ratio"))
    ]
    others = (claims_against(paths, claims), studies_against(paths, studies))
    return pd.concat([*facts, *others], ignore_index=True)
