"""All variables of all paths in one dataset, with what is needed to trace and repeat them.

The file follows the CF conventions (cfconventions.org): every variable has a ``long_name`` and
``units`` that udunits reads, codes have their names beside them in English and Chinese, and how a
solve ended is a flag. Where udunits knows no unit, as for money, people and indices, ``units`` is
the number that is counted in, and ``unit`` says it in full: 1e8 and ``1e8 CNY``. Values of flows
are sums over the year (``cell_methods``), those of stocks and prices hold in the year.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from cge.results.facts import anchors
from cge.results.names import LANGUAGES, Names, names_of

if TYPE_CHECKING:
    from cge.path import Pathway

CONVENTIONS: Final = "CF-1.11"

UDUNITS: Final[Mapping[str, str]] = {
    "1e8 CNY": "1e8",
    "CNY/MWh": "MW-1 h-1",
    "CNY/kW": "kW-1",
    "CNY/t": "t-1",
    "GW": "GW",
    "GW/yr": "GW year-1",
    "Mt": "Mt",
    "Mt CO2": "Mt",
    "Mtce": "29.3076 PJ",
    "PJ": "PJ",
    "TWh": "TW h",
    "fraction": "1",
    "h": "h",
    "index": "1",
    "million": "1e6",
    "million person": "1e6",
    "ratio": "1",
    "t/MWh": "t MW-1 h-1",
}
"""Units of reports as udunits reads them; others are written as numbers."""

SUMS: Final = frozenset({"Mt", "Mt CO2", "Mtce", "PJ", "TWh"})
"""Units of what is counted over a year."""

DIMENSIONS: Final[Mapping[str, str]] = {
    "scenario": "scenario",
    "region": "region",
    "origin": "region of origin",
    "sector": "sector",
    "good": "good, by the sector that makes it",
    "household": "household",
    "user": "user of energy: a sector or a household",
    "fuel": "fuel, by the sector that makes it",
    "carrier": "fuel or electricity",
    "technology": "technology of generation",
    "source": "source of primary energy",
    "area": "area of investment",
    "option": "option of capture or removal of CO2",
    "switch": "fuel and what takes its place",
    "pool": "carbon pool",
    "age": "age of plants, years",
    "anchor": "demand that is anchored to facts",
    "check": "account that must balance",
    "year": "calendar year",
}
"""What labels of a dimension are."""

STATUS: Final = ("solved", "not solved")
"""How the solve of a year ended, by its flag."""


def combine(paths: Sequence[Pathway]) -> xr.Dataset:
    """One dataset with a dimension ``scenario``.

    How each year was solved is in ``solve_status`` (a flag), ``solve_rounds``, ``solve_worst`` and
    ``solve_walras``, how far its accounts are from balancing in ``imbalance``.
    Attributes hold the scenarios as YAML (closure, caps and removal included), the versions of the
    dataset and the program, the hash of the assumptions of each scenario, and their tables by hash.
    ``anchors`` has what statistics say of the baseline's first years and what it achieves.
    ``region_name`` and ``region_name_zh`` have the full names of regions, and so on.

    Arguments:
        paths: solved paths, the baseline first.
    """
    parts = [_with_solves(path).expand_dims(scenario=[path.scenario.name]) for path in paths]
    data = xr.concat(
        parts,
        dim="scenario",
        data_vars="all",
        coords="minimal",
        compat="equals",
        join="outer",
        combine_attrs="override",
    )
    scenarios = {path.scenario.name: path.scenario.to_yaml() for path in paths}
    hashes = {path.scenario.name: path.assumptions.hash for path in paths}
    tables = {path.assumptions.hash: path.assumptions.to_csv() for path in paths}
    names = names_of(paths[0].geography, paths[0].scenario.dataset)
    return _described(_flagged(data), names).assign_attrs(
        Conventions=CONVENTIONS,
        title="M3C-CGE: paths of a regional economy under carbon caps",
        source=f"M3C-CGE {paths[0].versions.get('m3c-cge', '')}".strip(),
        history="written by cge run",
        comment="Money is at prices of the base year; prices are relative to consumer prices.",
        scenarios=json.dumps(scenarios, ensure_ascii=False),
        versions=json.dumps(dict(paths[0].versions)),
        assumptions=json.dumps(tables, ensure_ascii=False),
        assumptions_hash=json.dumps(hashes),
        anchors=json.dumps(anchors(paths[0])),
    )


def _with_solves(path: Pathway) -> xr.Dataset:
    """The variables of a path and how each of its years was solved."""
    solves: xr.Dataset = path.solves.set_index("year").add_prefix("solve_").to_xarray()
    solves["solve_status"] = solves["solve_status"].astype(str)
    solves["solve_rounds"].attrs |= {"units": "1", "long_name": "rounds of the solver"}
    solves["solve_worst"].attrs |= {
        "units": "1", "long_name": "largest residual, relative to market value",
    }  # fmt: skip
    solves["solve_walras"].attrs |= {
        "units": "1", "long_name": "imbalance of the market left out, relative",
    }  # fmt: skip
    return path.data.merge(solves, join="exact").merge(_balances(path))


def _balances(path: Pathway) -> xr.Dataset:
    """The largest relative imbalance of each account by year."""
    if path.balances.empty:
        return xr.Dataset()
    table = path.balances.pivot(index="check", columns="year", values="imbalance")
    found = xr.DataArray(table.astype(float), dims=("check", "year"), name="imbalance")
    words = {"units": "ratio", "long_name": "largest imbalance of an account, relative"}
    return found.assign_attrs(words).to_dataset()


def _flagged(data: xr.Dataset) -> xr.Dataset:
    """How solves ended as flags."""
    solved = (data["solve_status"] == STATUS[0]).to_numpy()
    words = {
        "long_name": "how the solve of the year ended",
        "flag_values": np.array([0, 1], dtype=np.int8),
        "flag_meanings": " ".join(text.replace(" ", "_") for text in STATUS),
    }
    flags = xr.DataArray((~solved).astype(np.int8), dims=data["solve_status"].dims, attrs=words)
    return data.assign(solve_status=flags)


def _described(data: xr.Dataset, names: Names) -> xr.Dataset:
    """Units, cell methods and names beside codes."""
    data = data.copy()
    for variable in data.data_vars.values():
        unit = variable.attrs.get("units")
        if unit is not None:
            variable.attrs |= {"units": UDUNITS.get(unit, "1"), "unit": unit}
            if unit in SUMS and "year" in variable.dims:
                variable.attrs["cell_methods"] = "year: sum"
    called: dict[str, tuple[str, list[str], dict[str, str]]] = {}
    for dimension in (str(name) for name in data.dims):
        data[dimension].attrs["long_name"] = DIMENSIONS.get(dimension, dimension)
        if dimension == "year":
            data[dimension].attrs["units"] = "1"
            continue
        labels = data[dimension].to_numpy()
        for language in LANGUAGES:
            suffix = "" if language == "en" else f"_{language}"
            told = names.every(dimension, labels, language)
            said = "English" if language == "en" else "Chinese"
            words = {"long_name": f"name of the {dimension} in {said}"}
            called[f"{dimension}_name{suffix}"] = (dimension, told, words)
    return data.assign_coords(called)
