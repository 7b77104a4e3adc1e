"""Growth, provinces, sectors, welfare and investment."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import xarray as xr

from cge.results.colours import AREAS, COLOURS
from cge.results.report.exhibits import (
    Exhibit,
    Section,
    Series,
    Table,
    Text,
    cells,
    same,
)
from cge.results.report.numbers import Run, mean, over, values

if TYPE_CHECKING:
    from cge.path import Pathway

_PROVINCE: tuple[tuple[str, Text, Text, float, bool], ...] = (
    ("gdp_real", ("GDP", "国内生产总值"), ("trillion yuan", "万亿元"), 1e-4, True),
    ("co2_net", ("Net CO₂", "净二氧化碳排放"), ("Mt", "百万吨"), 1.0, True),
    ("co2_indirect", ("CO₂ of electricity from outside", "外来电力二氧化碳"), ("Mt", "百万吨"), 1.0,
     True),
    ("carbon_price", ("Price of carbon", "碳价"), ("yuan/t", "元/吨"), 1.0, False),
    ("welfare_with_saving", ("Welfare", "福利变化"), ("billion yuan", "十亿元"), 0.1, True),
)  # fmt: skip


def provinces(run: Run) -> Section:
    """Every region in numbers, and their paths against the base year."""
    tables = []
    for report, title, unit, factor, sums in _PROVINCE:
        if not run.has(report):
            continue
        rows = []
        for area in [*run.regions, *reversed(run.areas)]:
            for path in run.paths if report != "welfare_with_saving" else run.others:
                of = mean(path, report, area) if not sums else over(path, report, area)
                if report == "co2_indirect":
                    of = mean(path, report, area)
                told = values(of.reindex(year=run.shown), factor)
                region, scenario = run.name("region", area), run.scenario(path)
                heading = (f"{region[0]}: {scenario[0]}", f"{region[1]}:{scenario[1]}")
                rows.append([heading, *cells(told)])
        head = [("", ""), *(same(str(year)) for year in run.shown)]
        caption = (f"{title[0]}, {unit[0]}", f"{title[1]}({unit[1]})")
        tables.append(Table(caption, head, rows, folded=True))
    exhibits = [
        _indexed(run, "co2_direct", ("Direct CO₂ of regions", "各地区直接二氧化碳排放")),
        _indexed(run, "gdp_real", ("GDP of regions", "各地区国内生产总值")),
    ]
    return Section("provinces", ("Provinces", "各省市"), [], tables, exhibits)


def _indexed(run: Run, report: str, title: Text) -> Exhibit:
    """Regions of the last path relative to their first year."""
    series = []
    for colour, region in zip(COLOURS, run.regions, strict=False):
        of = over(run.last, report, region)
        told = values(of / float(of[0]))
        series.append(Series(run.name("region", region), run.years(run.last), told, colour))
    first, scenario = run.years(run.last)[0], run.scenario(run.last)
    titles = (f"{title[0]}: {scenario[0]}", f"{title[1]}:{scenario[1]}")
    unit = (f"{first} = 1", f"{first}年 = 1")
    return Exhibit(f"regions-{report}", titles, unit, "lines", series, years=run.shown)


def growth(run: Run) -> Section:
    """GDP and what it is used for against the baseline."""
    title = ("Growth", "经济增长")
    exhibits = []
    if run.others:
        exhibits.append(_against(run, "gdp_real", ("GDP", "国内生产总值")))
        uses: tuple[tuple[str, Text], ...] = (
            ("gdp_real", ("GDP", "国内生产总值")),
            ("consumption", ("Household consumption", "居民消费")),
            ("government", ("Government", "政府消费")),
            ("investment", ("Investment", "投资")),
            ("exports", ("Exports", "出口")),
            ("imports", ("Imports", "进口")),
        )
        series = [
            Series(words, run.years(run.last), _change(run, run.last, name, run.nation), colour)
            for colour, (name, words) in zip(COLOURS, uses, strict=False)
            if run.has(name)
        ]
        nation = run.name("region", run.nation)
        exhibits.append(
            Exhibit("uses", (f"GDP and its uses, {nation[0]}", f"{nation[1]}国内生产总值及其使用"),
                    ("% against the baseline", "较基准情景变化(%)"), "lines", series,
                    years=run.shown)
        )  # fmt: skip
    else:
        exhibits.append(_levels(run))
    return Section("growth", title, [], [], exhibits)


def _levels(run: Run) -> Exhibit:
    """GDP of areas and regions in the first path."""
    series = [
        Series(run.name("region", area), run.years(run.base),
               values(over(run.base, "gdp_real", area), 1e-4), colour)
        for colour, area in zip(COLOURS, run.areas, strict=False)
    ]  # fmt: skip
    scenario = run.scenario(run.base)
    title = (f"Real GDP: {scenario[0]}", f"实际国内生产总值:{scenario[1]}")
    return Exhibit("gdp", title, ("trillion yuan", "万亿元"), "lines", series, years=run.shown)


def _change(run: Run, path: Pathway, report: str, area: str) -> list[float | None]:
    """Per cent against the first path."""
    before = over(run.base, report, area)
    return values(100.0 * (over(path, report, area) / before - 1.0))


def _against(run: Run, report: str, words: Text) -> Exhibit:
    """A report of every region against the first path."""
    series = [
        Series(run.name("region", area), run.years(run.last),
               _change(run, run.last, report, area), colour)
        for colour, area in zip(COLOURS, [*run.regions, run.nation], strict=False)
    ]  # fmt: skip
    scenario = run.scenario(run.last)
    title = (f"{words[0]} of regions: {scenario[0]}", f"各地区{words[1]}:{scenario[1]}")
    unit = ("% against the baseline", "较基准情景变化(%)")
    return Exhibit(f"against-{report}", title, unit, "lines", series, years=run.shown)


def sectors(run: Run) -> Section:
    """Output and emissions of sectors of the nation."""
    title = ("Sectors", "行业")
    if not run.has("output"):
        return Section("sectors", title)
    last = run.years(run.last)[-1]
    years = [year for year in (2035, last) if year in run.years(run.last)]
    codes = [str(code) for code in run.last.data["sector"].to_numpy()]
    names = [run.name("sector", code) for code in codes]
    exhibits = []
    if run.others:
        changes = {
            year: [_sector_change(run, code, year) for code in codes]
            for year in dict.fromkeys(years)
        }
        order = sorted(range(len(codes)), key=lambda k: changes[last][k] or 0.0)
        series = [
            Series(same(str(year)), [names[k] for k in order], [told[k] for k in order], colour)
            for colour, (year, told) in zip(("#56B4E9", "#0072B2"), changes.items(), strict=False)
        ]
        nation = run.name("region", run.nation)
        exhibits.append(
            Exhibit("sectors", (f"Output of sectors, {nation[0]}", f"{nation[1]}各行业产出"),
                    ("% against the baseline", "较基准情景变化(%)"), "bars", series)
        )  # fmt: skip
    exhibits.append(_emitters(run, codes, names))
    return Section("sectors", title, [], [_sector_table(run, codes, names)], exhibits)


def _sector_change(run: Run, code: str, year: int) -> float | None:
    now, before = (
        float(over(path, "output", run.nation, sector=[code]).sel(year=year))
        for path in (run.last, run.base)
    )
    return 100.0 * (now / before - 1.0) if before > 0.0 else None


def _emitters(run: Run, codes: list[str], names: list[Text]) -> Exhibit:
    """CO2 of the fifteen sectors that emit most, first and last year."""
    path = run.last
    first, last = run.years(path)[0], run.years(path)[-1]
    tons = {code: over(path, "emissions", run.nation, sector=[code]) for code in codes}
    order = sorted(range(len(codes)), key=lambda k: -float(tons[codes[k]].sel(year=first)))[:15]
    series = [
        Series(same(str(year)), [names[k] for k in order],
               [float(tons[codes[k]].sel(year=year)) for k in order], colour)
        for year, colour in ((first, "#8a97a3"), (last, "#D55E00"))
    ]  # fmt: skip
    scenario = run.scenario(path)
    title = (f"CO₂ of sectors: {scenario[0]}", f"各行业二氧化碳排放:{scenario[1]}")
    return Exhibit("emitters", title, ("Mt CO₂", "百万吨二氧化碳"), "bars", series)


def _sector_table(run: Run, codes: list[str], names: list[Text]) -> Table:
    """Output, CO2 and people by sector, first and last year of the last path."""
    first, last = run.years(run.last)[0], run.years(run.last)[-1]
    columns: list[tuple[str, Text, float]] = [
        ("output", ("output, billion yuan", "产出(十亿元)"), 0.1),
        ("emissions", ("CO₂, Mt", "二氧化碳(百万吨)"), 1.0),
        ("employed", ("people, million", "就业(百万人)"), 1.0),
    ]
    columns = [column for column in columns if run.has(column[0])]
    head: list[Text] = [("Sector", "行业")]
    head += [(f"{w[0]}, {y}", f"{y}年{w[1]}") for _, w, _ in columns for y in (first, last)]
    rows = []
    for code, name in zip(codes, names, strict=True):
        told: list[Text] = []
        for report, _, factor in columns:
            of = over(run.last, report, run.nation, sector=[code])
            told += cells([factor * float(of.sel(year=year)) for year in (first, last)])
        rows.append([(f"{name[0]} ({code})", f"{name[1]}({code})"), *told])
    scenario, nation = run.scenario(run.last), run.name("region", run.nation)
    caption = (f"Sectors of {nation[0]}: {scenario[0]}", f"{nation[1]}各行业:{scenario[1]}")
    return Table(caption, head, rows, folded=True)


def welfare(run: Run) -> Section:
    """Equivalent variation by region, and spending and cost of living by household."""
    title = ("Welfare and incidence", "福利与分配影响")
    if not run.others or not run.has("welfare_with_saving", "consumption"):
        none = ("Welfare is measured against another scenario.", "福利变化需与另一情景比较。")
        return Section("welfare", title, [none])
    series = []
    for colour, area in zip(COLOURS, [*run.regions, run.nation], strict=False):
        share = over(run.last, "welfare_with_saving", area) / over(run.last, "consumption", area)
        told = values(100.0 * share)
        series.append(Series(run.name("region", area), run.years(run.last), told, colour))
    exhibits = [
        Exhibit("welfare", ("Welfare of regions", "各地区福利变化"),
                ("% of consumption", "占消费比重(%)"), "lines", series, years=run.shown,
                note=("Equivalent variation of consumption, with what capital formation has become "
                      "more or less.", "消费的等价变动,并计入资本形成的变化。"))
    ]  # fmt: skip
    if run.has("discretionary", "living_cost"):
        exhibits += [
            _household(
                run, "discretionary", ("Real spending beyond needs", "基本需求之外的实际支出")
            ),
            _household(run, "living_cost", ("Cost of living", "生活成本")),
        ]
    return Section("welfare", title, [], [], exhibits)


def _household(run: Run, report: str, words: Text) -> Exhibit:
    """A report by household, per cent against the baseline; regions weighed by their people."""
    series = []
    labels = [str(label) for label in run.last.data["household"].to_numpy()]
    areas = [*run.regions]
    for k, household in enumerate(labels):
        for colour, area in zip(COLOURS, areas, strict=False):
            now, before = (
                path.data[report].sel(region=area, household=household)
                for path in (run.last, run.base)
            )
            change: xr.DataArray = 100.0 * (now / before - 1.0)
            region, home = run.name("region", area), run.name("household", household)
            series.append(
                Series((f"{region[0]}, {home[0].split()[0].lower()}", f"{region[1]}{home[1]}"),
                       run.years(run.last), values(change), colour, "dash" if k else "solid")
            )  # fmt: skip
    unit = ("% against the baseline", "较基准情景变化(%)")
    return Exhibit(f"home-{report}", words, unit, "lines", series, years=run.shown)


def investment(run: Run) -> Section:
    """Investment in the transition by area, and in power stations by technology."""
    title = ("Investment", "投资")
    if not run.has("transition_investment"):
        return Section("investment", title)
    exhibits = []
    for k, path in enumerate(run.paths):
        series = [
            Series(run.name("area", area), run.years(path),
                   values(over(path, "transition_investment", run.nation, area=[area]), 1e-4),
                   colour)
            for area, colour in AREAS.items()
        ]  # fmt: skip
        scenario = run.scenario(path)
        words = (f"Investment in the transition: {scenario[0]}", f"转型投资:{scenario[1]}")
        unit = ("trillion yuan a year", "万亿元/年")
        exhibits.append(Exhibit(f"areas-{k}", words, unit, "stack", series, years=run.shown))
    return Section("investment", title, [], [_sums(run)], exhibits)


def _sums(run: Run) -> Table:
    """Investment in the transition summed over decades, by area, last path."""
    years = run.years(run.last)
    edges = [year for year in (2020, 2030, 2040, 2050, 2060) if years[0] <= year <= years[-1]]
    spans = [(a + (a != edges[0]), b) for a, b in pairwise(edges)]
    rows = []
    for area in AREAS:
        of = over(run.last, "transition_investment", run.nation, area=[area])
        told = [float(of.sel(year=slice(a, b)).sum()) / 1e4 for a, b in spans]
        rows.append([run.name("area", area), *cells(told)])
    scenario = run.scenario(run.last)
    caption = (
        f"Investment in the transition by period, trillion yuan: {scenario[0]}",
        f"分时期转型投资(万亿元):{scenario[1]}",
    )
    return Table(caption, [("Area", "领域"), *(same(f"{a}–{b}") for a, b in spans)], rows)
