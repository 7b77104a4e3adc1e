"""Whether the run can be believed: statistics, the report's claims, studies, checks, warnings."""

from __future__ import annotations

from typing import Any

from calibration import load_claims
from cge.path import largest_imbalances
from cge.results.confrontation import REPORT, claims_against
from cge.results.facts import MET, anchors, facts_against, met
from cge.results.report.exhibits import Section, Table, Text, number, same
from cge.results.report.numbers import Run
from cge.results.table import notes
from cge.scenario import BASELINE

_PART_OF_ONE = ("share", "rate", "change", "growth", "electrification", "since")
_HEAD: tuple[Text, ...] = (
    ("Quantity", "指标"), ("Region", "地区"), ("Year", "年份"), ("Told", "资料值"),
    ("Here", "模型值"), ("Here / told", "模型值/资料值"),
)  # fmt: skip


def evidence(run: Run) -> Section:
    """Anchors, other facts, and what the report claims."""
    tables = [_facts(run)]
    text: list[Text] = []
    targets = anchors(run.base)
    if targets:
        within = met(targets)
        text.append(
            (f"The baseline is anchored to statistics of 2020-2025: {within} of {len(targets)} "
             f"targets are met within {MET:.0%}.",
             f"基准情景以2020–2025年统计数据为锚:{len(targets)}个目标中{within}个误差在{MET:.0%}以内。")
        )  # fmt: skip
    known = {path.scenario.name: path for path in run.paths}
    if {BASELINE, REPORT} <= set(known):
        tables.append(_claims(run))
        text.append(
            ("What the Yangtze River Delta report claims stands beside what the model finds. "
             "Nothing of it is an input.",
             "长三角研究报告的结论与模型结果并列;报告结论不作为模型输入。")
        )  # fmt: skip
    filled = [table for table in tables if table.rows]
    return Section("evidence", ("Against the evidence", "与统计和报告对照"), text, filled)


def _facts(run: Run) -> Table:
    """What statistics say, beside the baseline."""
    told: Any = facts_against(run.base).itertuples()
    rows = [
        _row(run, row.variable, row.label, row.region, row.year, row.fact, row.found, row.ratio)
        for row in told
    ]
    caption = ("Statistics and the baseline", "统计数据与基准情景")
    return Table(caption, _HEAD, rows, folded=True)


def _claims(run: Run) -> Table:
    """What the report claims, beside the path that stands for it."""
    claims = load_claims()
    told = {(c.quantity, c.label, c.region, c.year): c.value for c in claims.rows}
    found = claims_against({path.scenario.name: path for path in run.paths}, claims)
    rows = []
    row: Any
    for row in found.itertuples():
        what = row.quantity, row.label, row.region, row.year
        claim = told[what]
        ratio = row.value / claim if claim else float("nan")
        rows.append(_row(run, *what, claim, row.value, ratio))
    caption = ("The report's claims and the model", "报告结论与模型结果")
    return Table(caption, _HEAD, rows, folded=True)


def _row(
    run: Run, quantity: str, label: str, region: str, year: int, told: float, here: float,
    ratio: float,
) -> list[Text]:  # fmt: skip
    """A fact or claim; shares in per cent."""
    name = f"{quantity} {label}".strip().replace("_", " ").replace("co2", "CO₂")
    of_one = any(part in quantity for part in _PART_OF_ONE) and abs(told) <= 2.0
    factor, sign = (100.0, " %") if of_one else (1.0, "")
    places = {"CN": run.nation, "YRD": run.areas[-1]}
    return [
        same(name),
        run.name("region", places.get(region, region)),
        same(str(year)),
        same(number(factor * told) + sign),
        same(number(factor * here) + sign),
        same(number(ratio, 2)),
    ]


def checks(run: Run) -> Section:
    """Residuals, imbalances and what a reader has to know."""
    worst = max(float(path.solves["worst"].max()) for path in run.paths)
    walras = max(float(path.solves["walras"].abs().max()) for path in run.paths)
    rows: list[list[Text]] = [
        [("Largest residual of a solve, relative to market value", "求解最大残差(相对市场价值)"),
         same(f"{worst:.1e}")],
        [("Largest imbalance of the market left unsolved (Walras)", "瓦尔拉斯市场最大失衡"),
         same(f"{walras:.1e}")],
        *(
            [(f"Largest imbalance of the account of {name[0].lower()}", f"{name[1]}账户最大失衡"),
             same(f"{size:.1e}")]
            for name, size in (
                (run.name("check", account), size)
                for account, size in largest_imbalances(run.paths).items()
            )
        ),
    ]  # fmt: skip
    solved = ", ".join(f"{run.scenario(path)[0]} {len(path.solves)}" for path in run.paths)
    rows.append([("Years solved", "已求解年数"), same(solved)])
    rows += [
        [(f"Version of {name}", f"{name} 版本"), same(text)]
        for name, text in run.base.versions.items()
    ]
    table = Table(("Checks", "校验"), [("Check", "项目"), ("Value", "数值")], rows)
    told = [same(note) for path in run.paths for note in notes(path)]
    quiet = [("There are no warnings.", "没有警告。")]
    return Section("checks", ("Warnings and checks", "警告与校验"), told or quiet, [table])
