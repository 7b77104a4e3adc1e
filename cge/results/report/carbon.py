"""Emissions by source against the cap, the price of carbon, and whom CO2 arises for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from cge.results.colours import COLOURS
from cge.results.report.exhibits import (
    Exhibit,
    Section,
    Series,
    Table,
    Text,
    cells,
    same,
)
from cge.results.report.numbers import Run, members, over, values

if TYPE_CHECKING:
    from cge.path import Pathway

SOURCES: tuple[tuple[str, Text, str], ...] = (
    ("power", ("Power stations", "发电"), "#4d4d4d"),
    ("industry", ("Industry and services, fuel", "产业燃料"), "#0072B2"),
    ("process", ("Industrial processes", "工业过程"), "#56B4E9"),
    ("homes", ("Households", "居民"), "#E69F00"),
    ("removal", ("Removal", "碳移除"), "#009E73"),
)
"""Sources of CO2 with their names and colours; removal is negative."""


def by_source(path: Pathway, area: str) -> dict[str, xr.DataArray]:
    """CO2 by source, Mt (year); together they are net emissions."""
    return {
        "power": over(path, "co2_power", area),
        "industry": over(path, "co2_fuel", area),
        "process": over(path, "co2_process", area),
        "homes": over(path, "co2_household", area),
        "removal": -over(path, "removal", area),
    }


def emissions(run: Run) -> Section:
    """CO2 by source, scenarios beside each other, with what caps allow."""
    title = ("Emissions", "排放")
    if not run.has("co2_power", "co2_fuel", "co2_process", "co2_household", "removal"):
        return Section("emissions", title)
    exhibits = [
        _stack(run, path, area, f"co2-{'last' if path is run.last else k}-{n}")
        for n, area in enumerate(run.areas)
        for k, path in enumerate(run.paths)
    ]
    text = (
        "Emissions arise where fuel is burnt and goods are made. What is captured at plants is not "
        "among them; removal from the air is below the axis.",
        "排放在燃料燃烧和产品生产处核算。工厂捕集的二氧化碳不计入;从大气中移除的碳在横轴以下。",
    )
    return Section("emissions", title, [text], [], exhibits)


def _stack(run: Run, path: Pathway, area: str, key: str) -> Exhibit:
    years = run.years(path)
    series = [
        Series(name, years, values(tons, 1e-3), colour)
        for (_, name, colour), tons in zip(SOURCES, by_source(path, area).values(), strict=True)
    ]
    net = over(path, "co2_net", area)
    net_line = Series(("Net", "净排放"), years, values(net, 1e-3), "#000000", "solid", line=True)
    cap = path.data["cap"].sel(region=members(path, area)).sum("region", skipna=False)
    capped = Series(("Cap", "上限"), years, values(cap, 1e-3), "#D55E00", "dot", line=True)
    lines = [net_line, capped] if np.isfinite(cap).any() else [net_line]
    region, scenario = run.name("region", area), run.scenario(path)
    title = (
        f"CO₂ by source, {region[0]}: {scenario[0]}",
        f"{region[1]}分来源二氧化碳排放:{scenario[1]}",
    )
    return Exhibit(
        key, title, ("Gt a year", "十亿吨/年"), "stack", [*series, *lines], years=run.shown
    )


def market(run: Run) -> Section:
    """Price of a permit, and what all permits are worth."""
    prices, worth = [], []
    for colour, pool in zip(COLOURS, run.last.scenario.pools, strict=False):
        region = next(iter(pool.regions))
        price = run.last.data["carbon_price"].sel(region=region)
        cap = run.last.data["cap"].sel(region=list(pool.regions)).sum("region", skipna=False)
        name, years = run.name("region", pool.name), run.years(run.last)
        prices.append(Series(name, years, values(price), colour))
        if np.isfinite(cap).any():
            worth.append(Series(name, years, values(price * cap, 1e-3), colour))
    title = ("Carbon price and market", "碳价与碳市场")
    if not prices:
        none = ("No pool has a cap or a price.", "没有设定碳排放上限或价格。")
        return Section("market", title, [none])
    per_ton, yearly = ("yuan per ton of CO₂", "元/吨二氧化碳"), ("billion yuan a year", "十亿元/年")
    note = ("Price times cap.", "价格乘以上限。")
    exhibits = [
        Exhibit(
            "price", ("Price of a permit", "碳配额价格"), per_ton, "lines", prices, years=run.shown
        ),
    ]
    if worth:
        exhibits.append(
            Exhibit(
                "worth", ("What permits are worth", "配额总价值"), yearly, "lines", worth,
                note=note, years=run.shown,
            )
        )  # fmt: skip
    if run.has("abatement", "captured_power"):
        exhibits += _abatement(run)
    return Section("market", title, [], [], exhibits)


def _abatement(run: Run) -> list[Exhibit]:
    """Capture and removal by option, those of power stations with theirs."""
    path = run.last
    years = run.years(path)
    series = [
        Series(
            run.name("option", option), years,
            values(over(path, "abatement", run.nation, option=[option])), colour,
        )
        for option, colour in zip(
            (str(name) for name in path.data["option"].to_numpy()), COLOURS, strict=False
        )
    ]  # fmt: skip
    plants = [str(name) for name in path.data["technology"].to_numpy()]
    caught = [name for name in plants if name.endswith("_capture")]
    series += [
        Series(
            run.name("technology", name), years,
            values(over(path, "captured_power", run.nation, technology=[name])), colour,
        )
        for name, colour in zip(caught, ("#1b2733", "#7a3b12", "#66c2a5"), strict=False)
    ]  # fmt: skip
    known = [one for one in series if any((value or 0.0) > 0.5 for value in one.y)]
    nation = run.name("region", run.nation)
    title = (f"Capture and removal, {nation[0]}", f"{nation[1]}碳捕集与移除")
    unit = ("Mt CO₂ a year", "百万吨二氧化碳/年")
    return [Exhibit("abatement", title, unit, "stack", known, years=run.shown)] if known else []


def trade(run: Run) -> Section:
    """Whom emissions arise for: in all goods, and in electricity alone."""
    title = ("Trade and emissions", "贸易与排放")
    first, last = run.years(run.last)[0], run.years(run.last)[-1]
    middle = 2035 if first < 2035 < last else last
    texts, exhibits = [], []
    if run.has("co2_embodied", "co2_exported"):
        texts.append(
            (
                "Whom CO₂ arises for: emissions are in the row, final use in the column, through "
                "all goods that are traded and their inputs. What households burn is in the "
                "diagonal; what is emitted abroad for imports is not counted.",
                "二氧化碳为谁而排:行为排放地,列为最终使用地,包括全部贸易商品及其投入。居民燃料在对角线上;"
                "进口商品在国外的排放不计入。",
            )
        )
        years = dict.fromkeys((first, middle, last))
        exhibits += [_footprints(run, year, f"footprint-{year}") for year in years]
    if run.has("electricity_sent", "co2_power", "generation_twh"):
        texts.append(
            (
                "Electricity alone, by the region that receives it and not by final use: at the "
                "mean of what power stations of its origin emit.",
                "仅电力,按用电地区而非最终使用地区计:取来源地发电平均排放强度。",
            )
        )
        years = dict.fromkeys((first, last))
        exhibits += [_in_electricity(run, year, f"matrix-{year}") for year in years]
    tables = [_foreign(run)] if run.has("exports", "imports") else []
    return Section("trade", title, texts, tables, exhibits)


def _footprints(run: Run, year: int, key: str) -> Exhibit:
    """CO2 by origin for final use in regions, and for what is sold abroad."""
    now = run.last.data.sel(year=year)
    sold = now["co2_exported"].rename(region="origin").expand_dims(region=["abroad"])
    tons = xr.concat([now["co2_embodied"], sold], "region")
    return _matrix(run, tons, key, (f"CO₂ for whom, {year}", f"{year}年二氧化碳为谁而排"))


def _in_electricity(run: Run, year: int, key: str) -> Exhibit:
    """CO2 of electricity by origin and where it is used."""
    now = run.last.data.sel(year=year)
    factor = now["co2_power"].sum("technology") / now["generation_twh"].sum("technology")
    tons = now["electricity_sent"] * factor.rename(region="origin")
    title = (f"CO₂ in electricity, {year}", f"{year}年电力隐含二氧化碳")
    return _matrix(run, tons, key, title)


def _matrix(run: Run, tons: xr.DataArray, key: str, what: Text) -> Exhibit:
    """Origins by rows, destinations by columns, Mt."""
    abroad = ("Abroad", "国外")
    columns = [
        run.name("region", code) if code in run.regions else abroad
        for code in tons["region"].values.tolist()
    ]
    series = [
        Series(run.name("region", code), columns, values(tons.sel(origin=code)), "#0072B2")
        for code in run.regions
    ]
    scenario = run.scenario(run.last)
    title = (f"{what[0]}: {scenario[0]}", f"{what[1]}:{scenario[1]}")
    return Exhibit(key, title, ("Mt CO₂", "百万吨二氧化碳"), "heat", series)


def _foreign(run: Run) -> Table:
    """Exports to and imports from the world by region, in both paths."""
    rows = []
    for area in [*run.regions, *reversed(run.areas)]:
        for report, word in (("exports", ("exports", "出口")), ("imports", ("imports", "进口"))):
            for path in run.paths:
                region, scenario = run.name("region", area), run.scenario(path)
                heading = (
                    f"{region[0]}, {word[0]}: {scenario[0]}",
                    f"{region[1]}{word[1]}:{scenario[1]}",
                )
                told = values(over(path, report, area).reindex(year=run.shown), 0.1)
                rows.append([heading, *cells(told)])
    caption = ("Trade with the world, billion yuan", "对外贸易(十亿元)")
    return Table(caption, [("", ""), *(same(str(year)) for year in run.shown)], rows, folded=True)
