"""All variables of all paths in one dataset, with what is needed to trace and repeat them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import xarray as xr

from cge.results.facts import anchors

if TYPE_CHECKING:
    from cge.path import Pathway


def combine(paths: Sequence[Pathway]) -> xr.Dataset:
    """One dataset with a dimension ``scenario``.

    How each year was solved is in ``solve_status, solve_rounds, solve_worst, solve_walras``, how
    far its accounts are from balancing in ``imbalance``.
    Attributes hold the scenarios as YAML (closure, caps and removal included), the versions of the
    dataset and the program, the hash of the assumptions of each scenario, and their tables by hash.
    ``anchors`` has what statistics say of the baseline's first years and what it achieves.
    ``region_name`` has the full names of regions.

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
    names = [paths[0].geography.names[str(code)] for code in data["region"].to_numpy()]
    return data.assign_coords(region_name=("region", names)).assign_attrs(
        title="M3C-CGE: paths of a regional economy under carbon caps",
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
    solves["solve_worst"].attrs["long_name"] = "largest residual, relative to market value"
    solves["solve_walras"].attrs["long_name"] = "imbalance of the market left out, relative"
    return path.data.merge(solves, join="exact").merge(_balances(path))


def _balances(path: Pathway) -> xr.Dataset:
    """The largest relative imbalance of each account by year."""
    if path.balances.empty:
        return xr.Dataset()
    table = path.balances.pivot(index="check", columns="year", values="imbalance")
    found = xr.DataArray(table.astype(float), dims=("check", "year"), name="imbalance")
    words = {"units": "ratio", "long_name": "largest imbalance of an account, relative"}
    return found.assign_attrs(words).to_dataset()
