"""A dataset that the checks pass is one that the model takes, and the other way round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from calibration import CalibrationError, calibrate
from calibration.payments import READS
from calibration.refusals import CHECKS, check_calibration
from sam import SAM, Dataset, DatasetError, Roles, SAMError
from sam.checks import CheckReport, run_checks
from sam.matrix import COLUMNS
from tests.drawdowns import bought_and_sold, circulate, drawn_from_stocks
from tests.economies import relabelled, tiny_dataset

Damage = Callable[[Dataset], Dataset]

URBAN, RURAL = ("A", "household", "URB"), ("A", "household", "RUR")
POWER, STATE = ("A", "commodity", "ELE"), ("A", "government", "GOV")
DUTY, CENTRE = ("A", "tax", "TAR"), ("CN", "government", "CGOV")


def checked(dataset: Dataset) -> CheckReport:
    return run_checks(dataset, flows=READS, further=CHECKS)


def going_round(*accounts: tuple[str, str, str]) -> Damage:
    return lambda d: replace(d, sam=circulate(d.sam, 3.0, *accounts))


def one_more(table: str, **line: Any) -> Damage:
    """A line more in a table of the dataset."""

    def damage(d: Dataset) -> Dataset:
        told = getattr(d, table)
        return replace(d, **{table: pd.concat([told, pd.DataFrame([line])], ignore_index=True)})

    return damage


def without(**match: str) -> Damage:
    """No payments with these labels."""

    def damage(d: Dataset) -> Dataset:
        frame = d.sam.frame
        lost = pd.concat([frame[key] == value for key, value in match.items()], axis=1).all(axis=1)
        assert lost.any()
        return replace(d, sam=SAM(frame[~lost]))

    return damage


def without_power(d: Dataset) -> Dataset:
    """The economy with electricity merged into machinery, and yet with generation."""
    sectors = d.sectors[d.sectors["code"] != "ELE"].reset_index(drop=True)
    return replace(d, sam=d.sam.aggregate(accounts={"ELE": "GEM"}), sectors=sectors)


def without_mines(d: Dataset) -> Dataset:
    """A subsidy for mines of a region that has none, which pays workers."""
    mine, tax, labour = ("B", "activity", "COL"), ("B", "tax", "OTX"), ("B", "factor", "LAB")
    state, rural = ("B", "government", "GOV"), ("B", "household", "RUR")
    lines = [(*tax, *mine, -4.0), (*labour, *mine, 4.0), (*rural, *labour, 4.0)]
    lines += [(*state, *tax, -4.0), (*state, *rural, 4.0)]
    frame = pd.concat([d.sam.frame, pd.DataFrame(lines, columns=list(COLUMNS))])
    sums = frame.groupby(list(COLUMNS[:-1]), sort=False)[["value"]].sum().reset_index()
    return replace(d, sam=SAM(sums, strict=False))


DAMAGES: dict[str, tuple[Damage, str, str]] = {
    "electricity out of stocks": (
        lambda d: bought_and_sold(d, "A", "ELE", 5.0), "stocks", "A/commodity/ELE",
    ),
    "more out of stocks than is made": (
        lambda d: bought_and_sold(d, "A", "COL", 1e4), "stocks", "A/commodity/COL",
    ),
    "an account out of balance": (without(row="GEM", col="RUR"), "balance", "A/commodity/GEM"),
    "family help": (going_round(URBAN, RURAL), "coverage", "A/household/RUR <- A/household/URB"),
    "a duty without imports": (
        going_round(POWER, DUTY, CENTRE, STATE), "calibration", "A ELE has duty without imports",
    ),
    "a subsidy on nothing": (
        without_mines, "calibration", "B COL has production tax without output",
    ),
    "emissions told twice": (
        one_more("combustion", region="A", user="COL", fuel="COL", mt_co2=0.0),
        "calibration", "A COL COL is listed twice",
    ),
    "process without output": (
        one_more("process", region="B", sector="COL", mt_co2=2.0),
        "unpaid_emissions", "B/activity/COL has 2 Mt of process emissions",
    ),
    "fuel that nobody buys": (
        one_more("combustion", region="A", user="AGR", fuel="GAS", mt_co2=2.0),
        "unpaid_emissions", "A/activity/AGR emits 2 Mt from GAS",
    ),
    "absorption as emission": (
        one_more("process", region="A", sector="AGR", mt_co2=-2.0), "calibration", "A AGR: mt_co2",
    ),
    "more feedstock than fuel": (
        one_more("feedstock", region="A", user="AGR", fuel="COL", share=1.5),
        "calibration", "A COL AGR: share is 1.5",
    ),
    "an unknown technology": (
        one_more("generation", region="A", technology="fusion", twh=1.0),
        "calibration", "unknown technology fusion",
    ),
    "generation without a sector": (without_power, "calibration", "A coal makes"),
    "a sector without elasticities": (
        lambda d: relabelled(d, {"GEM": "XYZ"}), "calibration", "XYZ",
    ),
    "coal that is no fuel": (
        lambda d: replace(
            d, roles=Roles("ELE", ("GAS", "REF"), ()),
            combustion=d.combustion[d.combustion["fuel"] != "COL"],
            feedstock=d.feedstock[d.feedstock["fuel"] != "COL"],
        ),
        "calibration", "coal burns COL, which is no fuel of the dataset",
    ),
    "people that are not counted": (
        lambda d: replace(d, drivers=d.drivers[d.drivers["variable"] != "population_RUR"]),
        "calibration", "no driver 'population_RUR'",
    ),
    "no capital": (
        lambda d: replace(d, drivers=d.drivers[d.drivers["variable"] != "capital_stock"]),
        "calibration", "no driver 'capital_stock'",
    ),
}  # fmt: skip
"""What is damaged, the check that names it, and a part of what it says."""


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_the_model_refuses_is_an_error_that_names_the_place(damage: str) -> None:
    break_, check, words = DAMAGES[damage]
    broken = break_(tiny_dataset())
    with pytest.raises((CalibrationError, SAMError, DatasetError)):
        take(broken)
    errors = checked(broken).errors
    assert "calibration" in {finding.check for finding in errors}
    assert any(words in f.message for f in errors if f.check == check), [f.message for f in errors]


def take(dataset: Dataset) -> None:
    """Take of a dataset what every run takes of its base year."""
    calibrate(dataset)
    dataset.population(dataset.base_year)
    dataset.driver("capital_stock")


@pytest.mark.parametrize("change", [lambda d: d, drawn_from_stocks], ids=["sound", "drawn"])
def test_what_the_model_takes_has_no_errors(change: Damage) -> None:
    dataset = change(tiny_dataset())
    take(dataset)
    report = checked(dataset)
    assert report.errors == []
    assert report.findings["calibration"] == ()


def test_the_refusal_is_told_as_it_is() -> None:
    broken = one_more("generation", region="A", technology="fusion", twh=1.0)(tiny_dataset())
    with pytest.raises(CalibrationError) as found:
        calibrate(broken)
    (finding,) = check_calibration(broken)
    assert finding.message == str(found.value)
    assert check_calibration(broken, severity="warning")[0].severity == "warning"


def test_a_sam_alone_is_not_calibrated() -> None:
    report = run_checks(tiny_dataset().sam, flows=READS, further=CHECKS)
    assert report.skipped["calibration"].startswith("a SAM alone has no tables")
    chosen = run_checks(tiny_dataset(), further=CHECKS, only=["calibration"])
    assert list(chosen.findings) == ["calibration"]
