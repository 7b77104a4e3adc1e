"""What an ensemble leaves beside its draws: tables and fan charts, and a table for people."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from cge.ensemble.analysis import indices, regression
from cge.ensemble.errors import EnsembleError
from cge.ensemble.outcomes import Measure, Outcomes
from sam.writing import explained, write_file

MEASURES: tuple[Measure, ...] = ("value", "per_cent")

_LABEL, _WIDTH = 40, 12


def write_tables(outcomes: Outcomes, *, plots: bool = True) -> list[Path]:
    """Write quantiles, regression, Sobol's indices, failures, and fan charts as PDF and PNG.

    Each file is whole or not there, and replaces that of an earlier call.

    Arguments:
        outcomes: results of an ensemble, as far as it is solved.
        plots: whether to draw fan charts.

    Returns:
        The files written.

    Raises:
        EnsembleError: one cannot be written.
    """
    files = {f"{name}.csv": _csv(table) for name, table in tables(outcomes).items()}
    if plots:
        for measure, name in zip(MEASURES, ("fans", "fans_against_baseline"), strict=True):
            figure = outcomes.figure(measure)
            if figure.axes:
                files |= {f"{name}.{kind}": _drawn(figure, kind) for kind in ("pdf", "png")}
    with explained(EnsembleError, f"folder {outcomes.folder}", "name another"):
        for name, content in files.items():
            write_file(outcomes.folder / name, content)
    return [outcomes.folder / name for name in files]


def tables(outcomes: Outcomes) -> dict[str, pd.DataFrame]:
    """The tables of an ensemble by name, levels and per cent one below the other."""
    found = {
        "quantiles": _both(outcomes.quantiles(measure=measure) for measure in MEASURES),
        "regression": _both(regression(outcomes, measure=measure) for measure in MEASURES),
    }
    if outcomes.ensemble.draws.method == "sobol" and outcomes.complete and not outcomes.lost:
        found["indices"] = _both(indices(outcomes, measure=measure) for measure in MEASURES)
    columns = ["draw", "closure", "scenario", "year", "reason"]
    failed = pd.DataFrame([asdict(each) for each in outcomes.failures], columns=columns)
    return {**found, "failures": failed.astype({"year": "Int64"})}


def text(outcomes: Outcomes) -> str:
    """The table for people: median and range of nine in ten draws in the last year."""
    last = max(outcomes.quantiles(outcomes.variables[:1])["year"], default=None)
    done, size = len(outcomes.done), outcomes.about["size"]
    lines = [f"{outcomes.about['name']}: {done} of {size} draws, {outcomes.about['rule']}"]
    if last is None:
        return lines[0]
    lines.append(f"{last:<{_LABEL}}" + "".join(f"{word:>{_WIDTH}}" for word in _HEADINGS))
    for variable in outcomes.variables:
        for measure in MEASURES:
            table = outcomes.quantiles([variable], measure=measure)
            table = table[table["year"] == last]
            if table.empty:
                continue
            against = ", against the baseline" if measure == "per_cent" else ""
            unit = outcomes.unit(variable, measure)
            lines.append(f"{outcomes.meaning(variable).split(';')[0]}, {unit}{against}")
            for row in table.to_dict("records"):
                words = (row["scenario"], row["closure"], row["region"])
                cells = "".join(f"{row[p]:>{_WIDTH},.4g}" for p in ("0.05", "0.5", "0.95"))
                lines.append(f"  {', '.join(words):<{_LABEL - 2}}{cells}{row['draws']:>{_WIDTH}}")
    return "\n".join(lines)


_HEADINGS = ("5 %", "median", "95 %", "draws")


def _both(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Levels and per cent one below the other, told apart by a column."""
    named = [part.assign(measure=measure) for measure, part in zip(MEASURES, parts, strict=True)]
    filled = [part for part in named if not part.empty] or named[:1]
    whole = pd.concat(filled, ignore_index=True)
    first = ["measure", *(name for name in whole.columns if name != "measure")]
    return whole[first]


def _csv(table: pd.DataFrame) -> bytes:
    content: str = table.to_csv(index=False, float_format="%.9g", lineterminator="\n")
    return content.encode()


def _drawn(figure: Figure, kind: str) -> bytes:
    picture = io.BytesIO()
    figure.savefig(picture, format=kind, dpi=130)
    return picture.getvalue()
