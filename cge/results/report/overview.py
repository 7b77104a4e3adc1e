"""What was asked, and the main numbers."""

from __future__ import annotations

from collections.abc import Sequence

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
    number,
    same,
)
from cge.results.report.numbers import Run, mean, over, values
from cge.results.transition import ROWS, WEATHER
from cge.results.units import subscripted

_ROWS: dict[str, str] = {
    "Direct CO2": "直接二氧化碳排放",
    "Net CO2": "净二氧化碳排放",
    "Captured": "碳捕集",
    "Removed": "碳移除",
    "Price of a permit": "碳配额价格",
    "Electricity made": "发电量",
    "of it wind and sun": "其中风电和光伏",
    "Capacity": "装机容量",
    "Primary energy": "一次能源",
    "of it not fossil": "其中非化石能源",
    "Final energy": "终端能源",
    "of it electricity": "其中电力",
    "Crude steel": "粗钢",
    "Cement": "水泥",
    "Net return to capital": "资本净收益率",
    "GDP": "国内生产总值",
}
_UNITS = {
    "Gt": "十亿吨", "Mt": "百万吨", "yuan/t": "元/吨", "TWh": "太瓦时", "GW": "吉瓦", "%": "%",
    "Mtce": "百万吨标准煤", "trn yuan": "万亿元",
}  # fmt: skip
_CLOSURE: dict[str, Text] = {
    "labour": ("Labour", "劳动"),
    "investment": ("Investment", "投资"),
    "external": ("Foreign account", "国外账户"),
    "capital": ("Capital", "资本"),
    "government": ("Government", "政府"),
}


def asked(run: Run) -> Section:
    """Scenarios, pools and closure."""
    table = Table(
        ("Scenarios", "情景"),
        [("Scenario", "情景"), ("Years", "年份"), ("Description", "说明")],
        [
            [
                run.scenario(path),
                same(f"{path.scenario.first}–{run.years(path)[-1]}"),
                path.scenario.told if any(path.scenario.told) else same("–"),
            ]
            for path in run.paths
        ],
    )
    closure = run.last.scenario.closure.model_dump()
    rules = Table(
        ("Who adjusts", "闭合规则"),
        [("Account", "账户"), ("Rule", "规则")],
        [
            [_CLOSURE.get(kind, same(kind)), run.name("closure", str(rule))]
            for kind, rule in closure.items()
            if rule is not None
        ],
    )
    first = run.base.scenario.first
    text = (
        f"Money is at prices of {first}, prices are relative to consumer prices. Totals are named "
        "and stand after the regions that they consist of.",
        f"金额按{first}年不变价计算,价格相对于居民消费价格。合计排在其组成地区之后。",
    )
    return Section("asked", ("What was asked", "情景设定"), [text], [table, _pools(run), rules])


def _pools(run: Run) -> Table:
    """Carbon pools of the last scenario: caps in table years, in Mt."""
    rows = []
    for pool in run.last.scenario.pools:
        regions = "; ".join(run.name("region", code)[0] for code in pool.regions)
        chinese = "、".join(run.name("region", code)[1] for code in pool.regions)
        counted = {
            "net": ("net of removal", "扣除碳移除"),
            "gross": ("before removal", "未扣除碳移除"),
        }[pool.counts]
        kind = ("price path", "价格路径") if pool.price else ("cap", "总量上限")
        if pool.intensity:
            kind = ("CO₂ per GDP", "碳强度")
        told = _limits(run, list(pool.regions), "carbon_price" if pool.price else "cap")
        rows.append([run.name("region", pool.name), (regions, chinese), kind, counted, *told])
    head: list[Text] = [
        ("Pool", "碳市场"), ("Regions", "地区"), ("Rule", "规则"), ("Counts", "口径"),
    ]  # fmt: skip
    caption = (
        "Carbon pools: caps in Mt CO₂, prices in yuan per ton" if rows else "Carbon pools: none",
        "碳市场:上限(百万吨二氧化碳),价格(元/吨)" if rows else "碳市场:无",
    )
    return Table(caption, [*head, *(same(str(year)) for year in run.shown)], rows)


def _limits(run: Run, regions: Sequence[str], report: str) -> list[Text]:
    """Cap or price of a pool in the years of tables."""
    of = run.last.data[report].sel(region=list(regions), year=run.shown)
    whole = of.sum("region", skipna=False) if report == "cap" else of.isel(region=0)
    return cells(values(whole))


def main_numbers(run: Run) -> Section:
    """The transition of the nation in numbers, scenarios side by side, and the paths."""
    rows: list[list[Text]] = []
    for title, unit, digits, reports, of in ROWS:
        for path in run.paths:
            if set(reports) <= set(path.data.data_vars):
                found = of(path.data).reindex(year=run.shown).to_numpy()
                name = run.scenario(path)
                heading = (
                    f"{subscripted(title)}, {unit}: {name[0]}",
                    f"{_ROWS.get(title, title)}({_UNITS.get(unit, unit)}):{name[1]}",
                )
                rows.append([heading, *(same(number(float(v), digits)) for v in found)])
    nation = run.name("region", run.nation)
    table = Table(
        (f"{nation[0]}, scenarios side by side", f"{nation[1]},各情景对比"),
        [("", ""), *(same(str(year)) for year in run.shown)],
        rows,
    )
    exhibits = [
        each for each in paths_of_nation(run) if each.key in ("path-co2_net", "path-gdp_real")
    ]
    return Section("numbers", ("Main numbers", "主要结果"), [], [table], exhibits)


def paths_of_nation(run: Run) -> list[Exhibit]:
    """Variables of the nation that scenarios are compared in, with a line for each scenario."""
    wanted: tuple[tuple[str, Text, float, Text], ...] = (
        ("co2_net", ("Net CO₂", "净二氧化碳排放"), 1e-3, ("Gt", "十亿吨")),
        ("gdp_real", ("Real GDP", "实际国内生产总值"), 1e-4, ("trillion yuan", "万亿元")),
        ("carbon_price", ("Price of carbon", "碳价"), 1.0, ("yuan/t", "元/吨")),
        ("electricity_demand", ("Electricity", "发电量"), 1e-3, ("PWh", "万亿千瓦时")),
        ("final_energy", ("Final energy", "终端能源"), 1.0, ("Mtce", "百万吨标准煤")),
        ("consumption", ("Household consumption", "居民消费"), 1e-4, ("trillion yuan", "万亿元")),
    )
    return [_paths(run, *each) for each in wanted if run.has(each[0])]


def _paths(run: Run, report: str, title: Text, factor: float, unit: Text) -> Exhibit:
    """A variable of the nation in every scenario."""
    nation = run.name("region", run.nation)
    series = [
        Series(
            run.scenario(path),
            run.years(path),
            values(mean(path, report, run.nation), factor),
            "#6b7885" if k == 0 and run.others else COLOURS[k - 1],
            "dash" if k == 0 and run.others else "solid",
        )
        for k, path in enumerate(run.paths)
    ]
    titles = (f"{title[0]}, {nation[0]}", f"{nation[1]}{title[1]}")
    return Exhibit(f"path-{report}", titles, unit, "lines", series, years=run.shown)


def cards(run: Run) -> list[tuple[Text, Text]]:
    """The handful of numbers that come first: of the last path, in its last year."""
    path, area = run.last, run.nation
    year = run.years(path)[-1]
    nation = run.name("region", area)

    def at(data: xr.DataArray) -> float:
        return float(data.sel(year=year))

    net = at(over(path, "co2_net", area))
    told: list[tuple[str, Text]] = [
        (number(net / 1e3, 2), ("Gt CO₂, net", "十亿吨净二氧化碳排放")),
    ]
    if "carbon_price" in path.data:
        price = at(mean(path, "carbon_price", area))
        told.append((number(price, 0), ("yuan/t, price of carbon", "元/吨,碳价")))
    if run.others:
        both = (at(over(each, "gdp_real", area)) for each in (path, run.base))
        now, before = both
        told.append(
            (f"{number(100.0 * (now / before - 1.0), 1)} %",
             ("GDP against the baseline", "国内生产总值较基准情景"))
        )  # fmt: skip
    if "welfare_with_saving" in path.data and run.others:
        share = at(over(path, "welfare_with_saving", area)) / at(over(path, "consumption", area))
        told.append(
            (f"{number(100.0 * share, 1)} %", ("welfare, of consumption", "福利变化占消费比重"))
        )
    if "generation_twh" in path.data:
        made = over(path, "generation_twh", area)
        wind = over(path, "generation_twh", area, technology=WEATHER)
        told.append((number(at(made) / 1e3, 1), ("PWh of electricity", "万亿千瓦时发电量")))
        told.append(
            (f"{number(100.0 * at(wind) / at(made), 0)} %",
             ("of it from wind and sun", "其中风电和光伏占比"))
        )  # fmt: skip
    return [
        (same(value), (f"{text[0]}, {nation[0]} {year}", f"{text[1]},{nation[1]}{year}年"))
        for value, text in told
        if np.isfinite(net)
    ]
