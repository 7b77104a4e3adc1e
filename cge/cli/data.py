"""The commands ``cge data``: list, check, kinds, report, compare and build base-year data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cge.cli import comparison, names, totals
from cge.cli.shared import BAD_INPUT, CHECK_FAILED, explained, listed, say

if TYPE_CHECKING:
    from sam import SAM, Dataset
    from sam.suggestion import Suggestion

app = typer.Typer(
    no_args_is_help=True, help="Base-year data: list, check, kinds, report, compare, build."
)

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="An embedded dataset or the folder of one.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
SheetName = Annotated[
    str | None,
    typer.Option(
        "--sheet",
        metavar="NAME",
        help="Sheet of a workbook; default: the first visible one with a SAM.",
    ),
]
Transposed = Annotated[bool, typer.Option("--transposed", help="Turn a SAM in which rows pay.")]
IgnoreTotals = Annotated[
    bool, typer.Option("--ignore-totals", help="Do not hold totals of a SAM against its sums.")
]


@app.command("list", short_help="List the datasets that ship with the package.")
def list_datasets(as_json: AsJson = False) -> None:
    """List the datasets that ship with the package, and which of them can be rebuilt."""
    with explained():
        from sam import available_datasets, load_dataset
        from sam.recipes import available_recipes

        datasets = [load_dataset(name) for name in available_datasets()]
        if as_json:
            records = [{**_record(d), "recipe": d.name in available_recipes()} for d in datasets]
            typer.echo(json.dumps(records, ensure_ascii=False))
            return
        for d in datasets:
            again = f"; cge data build {d.name}" if d.name in available_recipes() else ""
            size = f"{d.base_year}, regions {_titles(d)}, {len(d.sectors)} sectors"
            typer.echo(f"{d.name}: {size}, version {d.version}{again}")


@app.command(short_help="Check a SAM or a dataset.")
def check(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A SAM (csv, csv.gz, xlsx, xls, parquet), the folder of a dataset, or the name of "
            "an embedded dataset.",
        ),
    ],
    sheet: SheetName = None,
    region: Annotated[
        str | None,
        typer.Option(
            "--region", metavar="NAME", help="Region of all accounts of a SAM that names none."
        ),
    ] = None,
    transposed: Transposed = False,
    ignore_totals: IgnoreTotals = False,
    kinds: Annotated[
        Path | None,
        typer.Option(
            "--kinds",
            metavar="FILE",
            help="What the accounts are of a SAM that only names them: a table with the columns "
            "account and kind (cge data kinds writes one); default: suggested by names and "
            "payments.",
        ),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME", help="Run only this check.")
    ] = None,
    errors: Annotated[
        list[str] | None, typer.Option("--error", metavar="NAME", help="Take it as an error.")
    ] = None,
    lenient: Annotated[
        list[str] | None, typer.Option("--warn", metavar="NAME", help="Take it as a warning.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings as errors.")] = False,
    worst: Annotated[
        int, typer.Option("--worst", metavar="N", min=1, help="Show the N worst of each check.")
    ] = 5,
    as_json: AsJson = False,
) -> None:
    """Run all checks that apply: orientation, balance, GDP, trade, rates, energy, coverage.

    Exit code 1 says that a check found an error; warnings alone leave it at 0. The options --only,
    --error and --warn take the name of a check and may be repeated. Payments that M3C does not
    read are an error of a dataset and a warning in a SAM; of one made for another model they are
    counted, and listed by --only coverage.
    What else M3C would refuse of a dataset is an error of the last check, calibration.
    """
    with explained():
        from calibration.payments import READS
        from calibration.refusals import CHECKS
        from sam.checks import run_checks

        options = {
            "sheet": sheet,
            "region": region,
            "kinds": kinds,
            "transposed": transposed,
            "ignore_totals": ignore_totals,
        }
        subject, suggestion = _subject(file, options, as_json=as_json)
        mild = [*(lenient or ()), *_lenient(subject, errors or ())]
        wanted = {"only": only or (), "errors": errors or (), "warnings": mild}
        report = run_checks(subject, flows=READS, further=CHECKS, **wanted)
        if as_json:
            told = {} if suggestion is None else {"suggested_kinds": dict(suggestion)}
            result = {"file": file, **_sheets(subject), **told, **report.record()}
            typer.echo(json.dumps(result, ensure_ascii=False))
        else:
            typer.echo(_heading(file, subject))
            if suggestion is not None:
                typer.echo(names.suggested(file, options, suggestion))
            typer.echo(report.describe(worst))
            if report.findings.get("coverage"):
                typer.echo(f"M3C reads {_labels_read(subject)}")
        if report.errors or (strict and report.warnings):
            raise typer.Exit(CHECK_FAILED)


@app.command(short_help="Suggest the kinds of the accounts of a SAM that only names them.")
def kinds(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A SAM (csv, csv.gz, xlsx, xls, parquet).")
    ],
    sheet: SheetName = None,
    transposed: Transposed = False,
    ignore_totals: IgnoreTotals = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="File to write; default: print the table."),
    ] = None,
) -> None:
    """Suggest what the accounts are, by their names and payments: account, kind, reason.

    The kind is left empty where neither tells it. Complete or correct the table and give it to cge
    data check with --kinds. A file that is there is not overwritten.
    """
    with explained():
        from sam import SAMError

        suggestion = names.suggestion_of(
            file, sheet=sheet, transposed=transposed, ignore_totals=ignore_totals
        )
        if out is None:
            typer.echo(suggestion.csv(), nl=False)
            return
        if out.exists():
            raise SAMError(f"{out}: is there and may hold corrections; name another file")
        suggestion.save(out)
        unknown = ", ".join(suggestion.unknown)
        typer.echo(f"Written: {out}" + (f"; without a kind: {unknown}" if unknown else ""))


@app.command(short_help="Print every control total of a dataset.")
def report(
    name: Name = "yrd2020",
    region: Annotated[
        str | None, typer.Option("--region", metavar="REGION", help="Only this region.")
    ] = None,
    quality: Annotated[
        str | None,
        typer.Option(
            "--quality", metavar="MARK", help="Only published, recalled, derived or assumed."
        ),
    ] = None,
    worst: Annotated[
        int | None,
        typer.Option("--worst", metavar="N", min=1, help="Only the N that deviate most."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the totals that a dataset was made to meet: target, achieved, deviation, source."""
    with explained():
        from sam import load_dataset

        every = totals.totals_of(load_dataset(name))
        shown = totals.selected(every, region=region, quality=quality, worst=worst)
        if as_json:
            typer.echo(json.dumps(totals.records(shown), ensure_ascii=False))
            return
        if shown:
            totals.show(shown)
        cut = "" if len(shown) == len(every) else f" ({len(shown)} of them shown)"
        typer.echo(f"\n{totals.summary(every)}{cut}")


@app.command(short_help="Hold a dataset against a national input-output table.")
def compare(
    name: Name = "yrd2020",
    table: Annotated[
        Path | None,
        typer.Option(
            "--table",
            metavar="FILE",
            help="A national table of 153 or 149 sectors as published (csv, csv.gz, xlsx, xls); "
            "default: the official table that the dataset ships.",
        ),
    ] = None,
    worst: Annotated[
        int, typer.Option("--worst", metavar="N", min=1, help="Show the N worst.")
    ] = 10,
    as_json: AsJson = False,
) -> None:
    """Compare what the regions of a dataset add up to with a national table, worst first.

    Weighted error: absolute differences of intermediate flows over all of them. Differences that
    the dataset names as departures from its own table are listed with their reasons.
    """
    with explained():
        from sam import load_dataset

        found = comparison.comparison_of(load_dataset(name), table)
        if as_json:
            typer.echo(json.dumps(comparison.record(found, worst), ensure_ascii=False))
        else:
            comparison.show(found, worst)


@app.command(short_help="Build a dataset from official tables.")
def build(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a recipe: yrd2020.")],
    sources: Annotated[
        Path | None,
        typer.Option(
            "--sources", metavar="DIR", envvar="M3C_SOURCES", help="Folder of official tables."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder to write; default ./NAME.")
    ] = None,
    year: Annotated[
        int | None,
        typer.Option(
            "--year",
            metavar="YEAR",
            help="Another base year than the recipe's, of which the folder has a national table.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Build a dataset, check it and write it. The same sources give the same bytes.

    A check that finds an error stops it (exit code 1) and nothing is written; warnings are printed.
    Totals of the base year that the sources lack are named: those of another year stand in. A base
    year of money alone is written with the warning that M3C cannot be calibrated on it.
    """
    with explained():
        from calibration.payments import READS
        from calibration.refusals import CHECKS
        from sam.checks import run_checks
        from sam.report import missing_totals

        _check_folder(out or Path(name))
        dataset = _built(name, sources, year)
        folder = out or Path(dataset.name if year else name)
        lenient = ("calibration",) if dataset.drivers.empty else ()
        report = run_checks(dataset, flows=READS, further=CHECKS, warnings=lenient)
        if not as_json:
            say(report.describe())
        written = [] if report.errors else _save(dataset, folder)
        if written:
            dataset = _as_loaded(dataset, folder)
        missing = missing_totals(dataset)
        if as_json:
            files = [str(file) for file in written]
            absent = totals.missing_record(missing)
            result = {**_record(dataset), "files": files, **absent, **report.record()}
            typer.echo(json.dumps(result, ensure_ascii=False))
        elif written:
            totals.show_missing(missing, dataset.base_year)
            typer.echo(f"{dataset!r}\nWritten: {listed(written)}")
        else:
            say("Nothing is written: the checks found errors.")
        if report.errors:
            raise typer.Exit(CHECK_FAILED)


def _subject(
    name: str, options: dict[str, Any], *, as_json: bool
) -> tuple[SAM | Dataset, Suggestion | None]:
    """The dataset of that name or folder, or the SAM in that file.

    With the kinds of accounts that were suggested where the file only names them.
    """
    from sam import KindsMissing, available_datasets, load_dataset
    from sam.errors import DatasetError

    path = Path(name)
    if name in available_datasets() or path.is_dir():
        said = [f"--{option.replace('_', '-')}" for option, value in options.items() if value]
        if said:
            raise DatasetError(f"{name} is a dataset: leave out {' and '.join(said)}")
        return load_dataset(name, strict=False), None
    if not path.is_file():
        known = ", ".join(available_datasets())
        raise DatasetError(
            f"{name}: is no file, no folder and no embedded dataset ({known}); give the path of a "
            "SAM or of a dataset folder"
        )
    try:
        return names.read_sam(path, options)
    except KindsMissing as missing:
        text, remedy = names.unreadable(name, options, missing)
        if not as_json:
            typer.echo(text)
        say(remedy)
        raise typer.Exit(BAD_INPUT) from None


def _sheets(subject: SAM | Dataset) -> dict[str, Any]:
    """The sheet that a SAM was read from, and others that hold one, for JSON."""
    from sam import SAM

    source = subject.source if isinstance(subject, SAM) else None
    if source is None or source.sheet is None:
        return {}
    return {"sheet": source.sheet, "other_sheets": list(source.others), "hidden": [*source.hidden]}


def _lenient(subject: SAM | Dataset, errors: Sequence[str]) -> tuple[str, ...]:
    """Payments that M3C does not read are no error of a SAM, which may be another model's."""
    from sam import SAM

    return ("coverage",) if isinstance(subject, SAM) and "coverage" not in errors else ()


def _built(name: str, sources: Path | None, year: int | None) -> Dataset:
    """The dataset that a recipe makes of a folder of official tables."""
    from rich.console import Console

    from sam.errors import DatasetError
    from sam.recipes import built, recipe

    recipe(name)  # an unknown recipe is named before a missing folder
    if sources is None or not sources.is_dir():
        found = "no folder is given" if sources is None else f"{sources} is no folder"
        raise DatasetError(
            f"official tables for {name}: {found}; name it with --sources DIR or the environment "
            "variable M3C_SOURCES"
        )
    with Console(stderr=True).status(f"building {name} from {sources}"):
        return built(name, sources, year)


def _check_folder(folder: Path) -> None:
    """Make sure, before anything is built, that it can be written."""
    from sam.errors import DatasetError
    from sam.writing import explained, reserved

    with explained(DatasetError, f"folder {folder}", "name another with --out"), reserved(folder):
        pass


def _save(dataset: Dataset, folder: Path) -> list[Path]:
    dataset.save(folder)
    return sorted(folder.iterdir())


def _as_loaded(dataset: Dataset, folder: Path) -> Dataset:
    """A dataset with the version that it has once it is read: with the hash of its tables."""
    from dataclasses import replace

    from sam.dataset import content_hash

    return replace(dataset, version=f"{dataset.version}+{content_hash(folder)}")


def _heading(name: str, subject: SAM | Dataset) -> str:
    """What is checked: its name, regions and number of accounts."""
    from sam import SAM

    matrix = subject if isinstance(subject, SAM) else subject.sam
    what = "SAM" if isinstance(subject, SAM) else f"dataset, version {subject.version}"
    regions = ", ".join(matrix.regions) if isinstance(subject, SAM) else _titles(subject)
    size = f"{len(matrix.accounts):,} accounts, {len(matrix.frame):,} payments in {matrix.unit}"
    source = subject.source if isinstance(subject, SAM) else None
    sheet = f"\nread from {source}" if source is not None and source.sheet is not None else ""
    return f"{name}: {what}; regions {regions}; {size}{sheet}"


def _titles(dataset: Dataset) -> str:
    """Regions of a dataset by name and code."""
    return ", ".join(dataset.geography.title(region) for region in dataset.regions)


def _labels_read(subject: SAM | Dataset) -> str:
    """Labels that M3C reads: kinds of account, names that it asks for, and sectors."""
    from calibration.payments import READS
    from sam import SAM
    from sam.accounts import ACTIVITY, KINDS
    from sam.coverage import names_read

    asked = names_read(READS)
    kinds = ", ".join(
        f"{kind} ({', '.join(asked[kind])})" if asked[kind] else kind
        for kind in KINDS
        if kind in asked
    )
    if isinstance(subject, SAM):
        sectors = subject.names(ACTIVITY)
    else:
        sectors = [str(code) for code in subject.sectors["code"]]
    return f"the kinds {kinds}; activities and commodities by sector: {', '.join(sectors)}"


def _record(dataset: Dataset) -> dict[str, Any]:
    """A dataset in a few plain values, for JSON."""
    return {
        "name": dataset.name,
        "version": dataset.version,
        "base_year": dataset.base_year,
        "regions": list(dataset.regions),
        "sectors": [str(code) for code in dataset.sectors["code"]],
    }
