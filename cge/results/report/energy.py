"""Electricity, energy by source, carrier and use, and its flows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import xarray as xr

from cge.results.colours import GREY, SOURCES, TECHNOLOGIES
from cge.results.iamc import sets
from cge.results.report.exhibits import Exhibit, Section, Series, Text
from cge.results.report.numbers import Run, members, over, values

if TYPE_CHECKING:
    from cge.path import Pathway

CARRIERS: dict[str, tuple[Text, str]] = {
    "Electricity": (("Electricity", "电力"), "#0072B2"),
    "Gases": (("Gases", "气体燃料"), "#D55E00"),
    "Liquids": (("Liquids", "液体燃料"), "#7a3b12"),
    "Solids": (("Solids", "固体燃料"), "#4d4d4d"),
}
"""Carriers as ``iamc.csv`` has them."""

USES: dict[str, tuple[Text, str]] = {
    "Industry": (("Industry", "工业"), "#0072B2"),
    "Transportation": (("Transport", "交通"), "#D55E00"),
    "Residential and Commercial": (("Buildings", "建筑"), "#E69F00"),
    "Agriculture": (("Agriculture", "农业"), "#009E73"),
}
"""Uses as ``iamc.csv`` has them."""

FEEDSTOCK: Text = ("Non-energy use", "非能源使用")
PLANTS: Text = ("Power stations", "发电")
LOST: Text = ("Losses and own use", "损失与自用")
SENT: Text = ("Electricity sent out", "外送电力")

_DRIVEN = {"Transportation": 1.0, "Residential and Commercial": -1.0}
"""Uses that fuel of households which moves vehicles is added to, and taken off."""

_REPORTS = (
    "primary_by_source", "energy_burnt", "non_energy_use", "energy_household", "energy_generation",
    "public_electricity", "generation_twh",
)  # fmt: skip
"""Reports that the chapter on energy is made of."""

_COLOUR_OF_LOSS = "#b9c3cb"
_HEAT, _PJ = 0.1229, 29.3076  # Mtce per TWh, PJ per Mtce


def electricity(run: Run) -> Section:
    """Generation and capacity by technology in every path, and additions in the last."""
    title = ("Electricity and capacity", "电力与装机")
    if not run.has("generation_twh", "capacity"):
        return Section("electricity", title)
    exhibits = [
        _mix(run, path, report, words, f"{report}-{k}")
        for report, words in (
            ("generation_twh", (("Generation", "发电量"), ("PWh a year", "万亿千瓦时/年"))),
            ("capacity", (("Capacity", "装机容量"), ("TW", "太瓦"))),
        )
        for k, path in enumerate(run.paths)
    ]
    if run.has("capacity_added"):
        words = ("Built in a year", "新增装机"), ("TW a year", "太瓦/年")
        exhibits.append(_mix(run, run.last, "capacity_added", words, "capacity_added"))
    if run.has("storage", "reserve"):
        exhibits.append(_firm(run))
    return Section("electricity", title, [], [], exhibits)


def _mix(run: Run, path: Pathway, report: str, words: tuple[Text, Text], key: str) -> Exhibit:
    """A report by technology on each other."""
    scenario, nation = run.scenario(path), run.name("region", run.nation)
    series = [
        Series(
            run.name("technology", name), run.years(path),
            values(over(path, report, run.nation, technology=[name]), 1e-3),
            TECHNOLOGIES.get(name, GREY),
        )
        for name in (str(label) for label in path.data["technology"].to_numpy())
    ]  # fmt: skip
    title = (
        f"{words[0][0]}, {nation[0]}: {scenario[0]}",
        f"{nation[1]}{words[0][1]}:{scenario[1]}",
    )
    return Exhibit(key, title, words[1], "stack", series, years=run.shown)


def _firm(run: Run) -> Exhibit:
    """Batteries and reserve of the nation in the last path."""
    words = {
        "storage": (("Batteries", "电池储能"), "#56B4E9"),
        "reserve": (("Reserve plants", "备用机组"), "#4d4d4d"),
    }
    series = [
        Series(name, run.years(run.last), values(over(run.last, report, run.nation)), colour)
        for report, (name, colour) in words.items()
    ]
    title = ("Batteries and reserve", "储能与备用")
    return Exhibit("firm", title, ("GW", "吉瓦"), "lines", series, years=run.shown)


def energy(run: Run) -> Section:
    """Primary energy by source, final energy by use and carrier, and flows in three years."""
    title = ("Energy", "能源")
    if not run.has(*_REPORTS):
        return Section("energy", title)
    exhibits = [_primary(run, path, f"primary-{k}") for k, path in enumerate(run.paths)]
    exhibits += [_final(run, "use"), _final(run, "carrier")]
    first, last = run.years(run.last)[0], run.years(run.last)[-1]
    middle = 2035 if first < 2035 < last else last
    exhibits += [_flows(run, run.last, year) for year in dict.fromkeys((first, middle, last))]
    text = (
        "Primary energy in direct equivalents: electricity that is not made of fuel counts with "
        "its heat, so that shares are lower than by the coal-equivalent method of Chinese "
        "statistics.",
        "一次能源按直接当量法计算:非燃料发电按电热当量计,因此非化石占比低于我国统计采用的发电煤耗法。",
    )
    return Section("energy", title, [text], [], exhibits)


def _primary(run: Run, path: Pathway, key: str) -> Exhibit:
    series = [
        Series(
            run.name("source", source), run.years(path),
            values(over(path, "primary_by_source", run.nation, source=[source])), colour,
        )
        for source, colour in SOURCES.items()
    ]  # fmt: skip
    scenario, nation = run.scenario(path), run.name("region", run.nation)
    title = (
        f"Primary energy, {nation[0]}: {scenario[0]}",
        f"{nation[1]}一次能源:{scenario[1]}",
    )
    return Exhibit(key, title, ("Mtce", "百万吨标准煤"), "stack", series, years=run.shown)


def _final(run: Run, by: str) -> Exhibit:
    """Final energy of the last path by use or by carrier, feedstock with it."""
    path, years = run.last, run.years(run.last)
    kinds = USES if by == "use" else CARRIERS
    dimension, name = ("user", "end_use") if by == "use" else ("carrier", "carrier")
    known = tuple(str(label) for label in path.data[dimension].to_numpy())
    series = []
    for group, (words, colour) in kinds.items():
        mine = _members(name, group, known)
        total = over(path, "energy_burnt", run.nation, **{dimension: mine})
        if by == "carrier":
            total = total + over(path, "non_energy_use", run.nation, carrier=mine)
        if group in ("Residential and Commercial", "Electricity"):
            total = total + over(path, "public_electricity", run.nation)
        if group in _DRIVEN:
            petrol = over(path, "energy_household", run.nation, fuel=_petrol(path.data)) / _PJ
            total = total + _DRIVEN[group] * petrol
        series.append(Series(words, years, values(total), colour))
    if by == "use":
        told = values(over(path, "non_energy_use", run.nation))
        series.append(Series(FEEDSTOCK, years, told, "#CC79A7"))
    words = ("by use", "分用途") if by == "use" else ("by carrier", "分品种")
    scenario, nation = run.scenario(path), run.name("region", run.nation)
    title = (
        f"Final energy {words[0]}, {nation[0]}: {scenario[0]}",
        f"{nation[1]}{words[1]}终端能源:{scenario[1]}",
    )
    return Exhibit(f"final-{by}", title, ("Mtce", "百万吨标准煤"), "stack", series, years=run.shown)


def _members(name: str, group: str, labels: tuple[str, ...]) -> list[str]:
    """Labels of a group of a set of ``iamc.csv``."""
    _, groups = sets()[name]
    told = {label for each in groups.values() for label in each}
    mine = groups[group]
    return [x for x in labels if x in mine or ("*" in mine and x not in told)]


def _petrol(data: xr.Dataset) -> list[str]:
    """Fuels of households that move vehicles."""
    return _members("driven", "Transportation", tuple(str(f) for f in data["fuel"].to_numpy()))


def _flows(run: Run, path: Pathway, year: int) -> Exhibit:
    """Energy of the nation from sources to uses."""
    links = [(a, b, size) for a, b, size in flows(run, path, run.nation, year) if size > 0.05]
    tones = {run.name("source", source)[0]: colour for source, colour in SOURCES.items()}
    tones |= {words[0]: colour for words, colour in (*CARRIERS.values(), *USES.values())}
    tones |= {PLANTS[0]: "#1b2733", LOST[0]: _COLOUR_OF_LOSS, FEEDSTOCK[0]: "#CC79A7"}
    scenario, nation = run.scenario(path), run.name("region", run.nation)
    title = (
        f"Energy flows, {nation[0]} {year}: {scenario[0]}",
        f"{nation[1]}{year}年能流图:{scenario[1]}",
    )
    return Exhibit(
        f"flows-{year}", title, ("Mtce", "百万吨标准煤"), "sankey", links=links, wide=True,
        tones=tones,
    )  # fmt: skip


def flows(run: Run, path: Pathway, area: str, year: int) -> Iterator[tuple[Text, Text, float]]:
    """Energy from sources over carriers and power stations to uses, Mtce.

    What of a carrier is neither burnt, nor used as feedstock, nor taken by power stations is lost
    or used on the way; piped gas beyond natural gas is made of coal. Every carrier gives away what
    it receives.

    Arguments:
        run: the paths of the report.
        path: the path.
        area: a region or total.
        year: the year.
    """
    now = path.data.sel(year=year, region=members(path, area)).sum("region")
    carriers = tuple(str(label) for label in now["carrier"].to_numpy())
    of = {name: _members("carrier", name, carriers) for name in CARRIERS}
    words = {name: text for name, (text, _) in CARRIERS.items()}
    source = {str(s): float(now["primary_by_source"].sel(source=s)) for s in SOURCES}
    feeds = {"Solids": "coal", "Liquids": "oil", "Gases": "gas"}
    burnt_by_plants = now["energy_generation"].sum("technology") / _PJ
    made = _HEAT * float(now["generation_twh"].sum())
    uses = _uses(now, of)
    left = {}
    for carrier, fuel in feeds.items():
        yield run.name("source", fuel), words[carrier], source[fuel]
        plants = float(burnt_by_plants.sel(fuel=of[carrier]).sum())
        yield words[carrier], PLANTS, plants
        left[carrier] = source[fuel] - plants - sum(uses[carrier].values())
    of_coal = max(-left["Gases"], 0.0)
    yield words["Solids"], words["Gases"], of_coal
    left["Gases"] += of_coal
    left["Solids"] -= of_coal
    others = ("biomass", "nuclear", "hydro", "wind", "solar")
    for name in others:
        yield run.name("source", name), PLANTS, source[name]
    taken = sum(source[name] for name in others)
    taken += float(burnt_by_plants.sum())
    yield PLANTS, words["Electricity"], made
    yield PLANTS, LOST, taken - made
    if source["trade"] > 0.0:
        yield run.name("source", "trade"), words["Electricity"], source["trade"]
    else:
        yield words["Electricity"], SENT, -source["trade"]
    left["Electricity"] = made + source["trade"] - sum(uses["Electricity"].values())
    for carrier, told in uses.items():
        for use, size in told.items():
            yield words[carrier], (FEEDSTOCK if use == "feedstock" else USES[use][0]), size
        yield words[carrier], LOST, left[carrier]


def _uses(now: xr.Dataset, of: dict[str, list[str]]) -> dict[str, dict[str, float]]:
    """Final energy by carrier and use, Mtce."""
    users = tuple(str(label) for label in now["user"].to_numpy())
    found: dict[str, dict[str, float]] = {}
    for carrier, labels in of.items():
        burnt = now["energy_burnt"].sel(carrier=labels).sum("carrier")
        told = {use: float(burnt.sel(user=_members("end_use", use, users)).sum()) for use in USES}
        told["feedstock"] = float(now["non_energy_use"].sel(carrier=labels).sum())
        if carrier == "Electricity":
            told["Residential and Commercial"] += float(now["public_electricity"])
        if carrier == "Liquids":
            petrol = float(now["energy_household"].sel(fuel=_petrol(now)).sum()) / _PJ
            told |= {use: told[use] + sign * petrol for use, sign in _DRIVEN.items()}
        found[carrier] = told
    return found
