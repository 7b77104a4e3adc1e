"""Energy balances of our own making on sheets in the layout of the yearbooks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sam.readers.energy_balance.layout import fuels, processes
from sam.readers.workbook import Cell, Range, Sheet

UNITS = {
    "mass": ("万吨", "10⁴ tons"),
    "volume": ("亿立方米", "10⁸ cu.m"),
    "energy": ("万百万千焦", "10¹⁰ kJ"),
    "electricity": ("亿千瓦小时", "10⁸ kW·h"),
    "coal equivalent": ("万吨标准煤", "10⁴ tce"),
}
FACTORS = {"mass": 0.01, "volume": 0.1, "energy": 0.01, "electricity": 0.1, "coal equivalent": 0.01}

NUMBERS = {
    "supply": "一、",
    "transformation": "二、",
    "losses": "三、",
    "final use": "四、",
    "statistical difference": "五、",
    "total consumption": "六、",
}
REMARKS = {
    "inflow": "外省(区、市)调入量",
    "outflow": "本省(区、市)调出量(－)",
    "exports": "出口量(－)",
    "refuelling here": "境外轮船和飞机在境内的加油量(－)",
    "stock change": "库存增(－)、减(+)量",
    "transformation": "加工转换投入(－)产出(+)量",
    "coke reinput": "焦炭再投入量(－)",
    "oil reinput": "油品再投入量(－)",
    "agriculture": "农、林、牧、渔业",
    "transport": "交通运输、仓储和邮政业",
    "trade and catering": "批发和零售业、住宿和餐饮业",
    "feedstock": "用作原料、材料",
}
ABSENT = {"opening stocks", "closing stocks", "recovery", "solar", *(
    f"{which} industry" for which in ("primary", "secondary", "tertiary")
)}  # fmt: skip
"""Lines that the yearbook of the nation does not print for provinces."""

FUELS = [code for code in fuels().index if fuels().loc[code, "role"] == "fuel"]


def balance(seed: int) -> pd.DataFrame:
    """Processes by fuel, two decimals, as printed: every identity holds exactly."""
    rng = np.random.default_rng(seed)
    lines = [line for line in processes().index if line not in ABSENT]
    table = pd.DataFrame(0, index=lines, columns=FUELS)  # hundredths
    for line in lines:
        role, sign = processes().loc[line, ["role", "sign"]]
        if role in {"part", "reinput"}:
            values = rng.integers(0, 300_000, len(FUELS)) * (rng.random(len(FUELS)) < 0.5)
            table.loc[line] = values * int(sign)
    for line in ("thermal power", "coking", "refining", "coal washing"):
        table.loc[line] *= rng.choice([-1, 1], len(FUELS))
    table.loc["urban"] = table.loc["households"] // 3
    table.loc["rural"] = table.loc["households"] - table.loc["urban"]
    table.loc["feedstock"] = table.loc["industry"] // 4
    table.loc["losses"] = rng.integers(0, 5_000, len(FUELS))
    table.loc["transport losses"] = table.loc["losses"]
    for line in ("hydro", "nuclear", "wind"):
        table.loc[line, "electricity"] = rng.integers(1, 100_000)
    table.loc["production", "electricity"] = table.loc[
        ["hydro", "nuclear", "wind"], "electricity"
    ].sum()
    return closed(table) / 100.0


def closed(table: pd.DataFrame) -> pd.DataFrame:
    """The table with totals, statistical difference and consumption that follow from its parts."""
    kinds = processes().loc[table.index]
    for total in ("supply", "transformation", "final use"):
        parts = kinds.index[(kinds["parent"] == total) & (kinds["role"] == "part")]
        table.loc[total] = table.loc[parts].sum()
    reinputs = table.loc[["oil reinput", "coke reinput"]]
    table.loc["transformation"] += reinputs.sum()
    change = kinds.index[(kinds["section"] == "transformation") & (kinds["role"] != "total")]
    inputs = table.loc[change].clip(upper=0).sum()
    use = table.loc["final use"] + table.loc["losses"]
    table.loc["statistical difference"] = table.loc["supply"] + table.loc["transformation"] - use
    table.loc["total consumption"] = use - inputs
    return table


def with_totals(table: pd.DataFrame) -> pd.DataFrame:
    """The printed table: coal and oil totals beside their fuels."""
    full = table.copy()
    for total in ("coal total", "oil total"):
        full[total] = table[[f for f in FUELS if fuels().loc[f, "parent"] == total]].sum(axis=1)
    return full[[code for code in fuels().index if code in full]].round(2)


def label(line: str, number: int) -> str:
    """A line's Chinese label with its numbering."""
    name = REMARKS.get(line, str(processes().loc[line, "zh"]).split("|")[0])
    if line in NUMBERS:
        return NUMBERS[line] + name
    role = processes().loc[line, "role"]
    return f"  {number}.{name}" if role == "part" else f"    #{name}"


def sheet(table: pd.DataFrame, *, standard: bool = False, blocks: int = 1) -> Sheet:
    """The table as printed: title, names in two languages, units, English labels to the right.

    Arguments:
        table: processes by fuel and total, as printed.
        standard: units in coal equivalent, stated once in the unit line.
        blocks: parts of a table too wide for a page, one below the other.
    """
    rows: list[list[Cell]] = []
    merged: list[Range] = []
    for k, part in enumerate(np.array_split(np.array(table.columns), blocks)):
        width = len(part) + 2
        merged += [(len(rows), len(rows) + 1, 0, width)]
        title = "6-9 上海能源平衡表(标准量)-2020" if standard else "6-9 上海能源平衡表(实物量)-2020"
        rows.append([title if k == 0 else "续表 continued", *[None] * (width - 1)])
        unit = ["单位：万吨标准煤 (10⁴ tce)"] if standard else [None]
        rows.append([*[None] * (width - 1), *unit])
        rows += _band(list(part), standard, len(rows), merged)
        rows += _body(table[part])
    return Sheet("yearbook.xls", "上海", tuple(map(tuple, rows)), tuple(merged))


def _band(part: Sequence[str], standard: bool, top: int, merged: list[Range]) -> list[list[Cell]]:
    chinese = [str(fuels().loc[f, "zh"]).split("|")[0] for f in part]
    english = [str(fuels().loc[f, "en"]).split("|")[0] for f in part]
    units = ["" if standard else UNITS[str(fuels().loc[f, "quantity"])] for f in part]
    merged += [(top, top + 4, 0, 1), (top, top + 4, len(part) + 1, len(part) + 2)]
    return [
        ["项 目", *chinese, "Item"],
        [None, *english, None],
        [None, *(f"({unit[0]})" if unit else None for unit in units), None],
        [None, *(f"({unit[1]})" if unit else None for unit in units), None],
    ]


def _body(table: pd.DataFrame) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    number = 0
    for line, values in table.iterrows():
        code = str(line)
        number = 0 if code in NUMBERS else number + (processes().loc[code, "role"] == "part")
        english = str(processes().loc[code, "en"]).split("|")[0]
        printed = [float(value) if value else None for value in values]
        rows.append([label(code, number), *printed, english])
    return rows


EDITION_2007 = [code for code in fuels().index if fuels().loc[code, "core"] == "yes"]
"""Fuels that the edition with the numbers of 2007 prints, in our order."""

BROKEN = {"other washed coal": 3, "other petroleum products": 3, "other coking products": 3}
BROKEN |= {"cleaned coal": 2, "coke oven gas": 2, "refinery gas": 2, "other energy": 2}
"""Rows over which the edition breaks the English name of a fuel; the others stand on one."""

RAISED_LOST = {
    "mass": ("(万吨)", "(104 tn)"),
    "volume": ("(亿立方米)", "(108 cu.m)"),
    "energy": ("(百亿千焦)", "(1010 kJ)"),
    "electricity": ("(亿千瓦时)", "(108 kW•h)"),
    "coal equivalent": ("(万吨标煤)", "(104 tce)"),
}
"""Units as the edition prints them; its raised figures are lost in a workbook."""

AT_INPUT = {"total at input": "发电煤耗", "total": "电热当量"}
"""How the sums of all energy count electricity: by the coal burnt for it, or by its heat."""


def edition_2007(seed: int, nation: bool = False) -> pd.DataFrame:
    """A table that holds, with the fuels of the edition in the order in which it prints them."""
    table = (100.0 * balance(seed)[EDITION_2007]).round().astype(int)
    if nation:
        table.loc[["inflow", "outflow"]] = 0
    table = closed(table) / 100.0
    totals = [f for f in ("coal total", "oil total") if f not in table]
    full = table.assign(
        **{
            t: table[[f for f in table if fuels().loc[f, "parent"] == t]].sum(axis=1)
            for t in totals
        }
    )
    behind = ["natural gas", "other petroleum products", "other coking products", "heat"]
    behind += ["electricity", "other energy"]
    if nation:
        full["total"] = table.sum(axis=1)
        full["total at input"] = full["total"] * 1.25
        first = ["total at input", "total"]
        order = [*first, *(f for f in fuels().index if f in full and f not in first)]
    else:
        order = [*(f for f in fuels().index if f in full and f not in behind), *behind]
    net = full.loc["final use"] + full.loc["losses"] - full.loc["transformation"]
    counted = [total for total in ("coal total", "oil total") if net[total] > 0.0]
    full.loc["total consumption", counted] = net[counted]
    return full[order].round(2)


def sheet_2007(table: pd.DataFrame, *, nation: bool = False) -> Sheet:
    """A table in the edition of 2007: labels left, English names broken over rows, others last.

    Arguments:
        table: processes by fuel and total in the order of the columns, as printed.
        nation: a table of the nation in coal equivalent, without trade among provinces.
    """
    lines = [line for line in table.index if line != "other services"]
    lines.insert(lines.index("rural") + 1, "other services")
    lines = [line for line in lines if not (nation and line in ("inflow", "outflow"))]
    columns = [_column_2007(str(fuel), nation) for fuel in table]
    title = ["单位:万吨标准煤" if nation else None, *[None] * (len(columns) + 1)]
    band = [list(row) for row in zip(*columns, strict=True)]
    rows: list[list[Cell]] = [["能源平衡表-2007", *[None] * (len(columns) + 1)], title]
    rows += [
        ["项目" if k == 0 else None, "Item" if k == 0 else None, *r] for k, r in enumerate(band)
    ]
    rows.append([None] * (len(columns) + 2))
    for number, line in enumerate(lines):
        values = [float(v) if v else None for v in table.loc[line]]
        rows.append([label(line, number), str(processes().loc[line, "en"]).split("|")[0], *values])
    if nation:
        rows[2][3] = None  # the second sum of all energy, under one merged name
    merged = ((2, 3, 2, 4),) if nation else ()
    return Sheet("2007.xls", "Sheet1", tuple(map(tuple, rows)), merged)


def _column_2007(fuel: str, standard: bool) -> list[Cell]:
    """Heading of a fuel: Chinese name and unit, three rows of the English name, its unit."""
    chinese, english = (str(fuels().loc[fuel, key]).split("|")[0] for key in ("zh", "en"))
    if fuel in AT_INPUT:
        return ["能源合计Energy Total", f"({AT_INPUT[fuel]}", "计算法)", None, None, None]
    words = english.split()
    count = min(BROKEN.get(fuel, 1), len(words))
    broken = [*words[: count - 1], " ".join(words[count - 1 :])]
    padded = {1: [None, *broken, None], 2: [None, *broken], 3: broken}[count]
    units = (None, None) if standard else RAISED_LOST[str(fuels().loc[fuel, "quantity"])]
    return [chinese, units[0], *padded, units[1]]
