"""Baselines that are solved once: kept beside compiled code, by all that they rest on.

A baseline depends on dataset, assumptions, capital and years, and on no policy, so scenarios share
it. It is found by the hash of its inputs (``Pathway.key``): versions and source of the program and
of the libraries that compute are among them, and each kind of processor has its own, so that what
is found is what would be solved, to the last bit. A longer one serves a shorter scenario, and a
shorter one is gone on from.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from cge.cache import cache_folder, machine_key
from cge.equilibrium.effort import LOG
from cge.path.pathway import Pathway
from cge.path.store import StoreError, archive, load_pathway
from sam.writing import reason, write_file

KEPT = 16
"""Baselines that are kept; the one used longest ago goes first."""


def shelf() -> Path | None:
    """Where baselines are kept, made if need be; None where there can be none."""
    if (folder := cache_folder()) is None:
        return None
    place = folder / "baselines" / machine_key()
    with suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
        return place
    return None


def taken(path: Pathway) -> Pathway | None:
    """The kept baseline of the same inputs, as far as its scenario goes; None where there is none.

    Arguments:
        path: a baseline of which no year is solved yet.
    """
    place = shelf()
    file = place and place / f"{path.key}.zip"
    if file is None or not file.is_file():
        return None
    try:
        found = load_pathway(file, partial=True)
    except StoreError as error:
        LOG.warning("%s. It is solved anew.", error)
        return None
    with suppress(OSError):
        file.touch()
    last = min(path.scenario.last, found.years[-1])
    return replace(found.until(last), scenario=path.scenario)


def keep(path: Pathway) -> None:
    """Keep a solved baseline for later runs, where there is room for it."""
    if (place := shelf()) is None:
        return
    try:
        write_file(place / f"{path.key}.zip", archive([path]))
    except OSError as cause:
        LOG.warning("%s: baselines cannot be kept there (%s).", place, reason(cause))
    by_use = sorted(place.glob("*.zip"), key=lambda file: -file.stat().st_mtime)
    for file in by_use[KEPT:]:
        file.unlink(missing_ok=True)
