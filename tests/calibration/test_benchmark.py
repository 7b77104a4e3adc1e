"""The benchmark is an equilibrium, and the replication report says where it is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration import (
    Benchmark,
    CalibrationError,
    calibrate,
    describe,
    gdp,
    load_assumptions,
    load_elasticities,
    replication_report,
    worst_residual,
)
from sam import SAM, Dataset
from sam.accounts import FUELS
from tests.drawdowns import drawn_from_stocks
from tests.economies import tiny_dataset

FLOWS = {
    name: q for name, q in Benchmark.quantities().items() if not name.startswith("elasticities")
}
"""Arrays other than elasticities."""

NOTHING = {f"grid.{name}" for name in ("imports", "exports", "wedge", "home_wedge", "public_use")}
"""Arrays that are zero in the tiny economies: electricity stays at home and has one price."""

BALANCED = {name for name, q in FLOWS.items() if q.unit not in ("GW", "ratio", "Mt CO2")}
"""Arrays that enter an identity: money, TWh and rates, not what stands beside them."""

Array = npt.NDArray[np.float64]

few = settings(max_examples=6)
seeds = st.integers(0, 2**32 - 1)
places = st.sampled_from([("A", "B"), ("North", "South", "NA")])


def broken(benchmark: Benchmark) -> pd.DataFrame:
    """Identities that do not hold."""
    report = replication_report(benchmark)
    return report[report["relative"] > 1e-9]


def altered(benchmark: Benchmark, name: str, factor: float = 1.01) -> tuple[Benchmark, list[str]]:
    """The benchmark with the largest entry of an array changed, and the labels of that entry."""
    array = benchmark.array(name).copy()
    place = np.unravel_index(int(np.argmax(np.abs(array))), array.shape)
    array[place] *= factor
    dimensions = benchmark.dimensions(name)
    where = [benchmark.labels(d)[int(k)] for d, k in zip(dimensions, place, strict=True)]
    return with_array(benchmark, name, array), where


def with_array(benchmark: Benchmark, name: str, array: Array) -> Benchmark:
    """The benchmark with another array, such as ``power.labour``."""
    block, _, field = name.partition(".")
    return replace(benchmark, **{block: replace(getattr(benchmark, block), **{field: array})})


@few
@given(seeds, places)
def test_every_identity_holds_on_random_economies(seed: int, regions: tuple[str, ...]) -> None:
    benchmark = calibrate(tiny_dataset(seed, regions))
    assert worst_residual(benchmark) <= 1e-12
    three = gdp(benchmark)
    np.testing.assert_allclose(three["income"], three["production"], rtol=1e-12)
    np.testing.assert_allclose(three["expenditure"], three["production"], rtol=1e-12)


@few
@given(seeds)
def test_flows_are_those_of_the_sam(seed: int) -> None:
    dataset = tiny_dataset(seed)
    sam, b = dataset.sam, calibrate(dataset)
    exports = sam.flow("activity", "row").to_numpy().sum()
    assert b.production.export.sum() == pytest.approx(exports, rel=1e-12)
    duties = sam.flow("tax", "commodity", row="TAR").to_numpy().sum()
    assert (b.trade.imports * b.trade.tariff).sum() == pytest.approx(duties, rel=1e-12)
    for region in b.regions:
        r, farming = b.regions.index(region), b.position("AGR")
        subsidy = sam.flow("tax", "activity", row_region=region, col="AGR").to_numpy().sum()
        assert subsidy < 0.0
        levied = b.production.output_tax[r, farming] * b.output[r, farming]
        assert levied == pytest.approx(subsidy, rel=1e-12)
    bought = sam.flow("commodity", "household", row_region="A", col_region="A", col="RUR")
    listed = b.to_series("demand.consumption")["A", "RUR"]
    for (_, good), value in bought.iloc[:, 0].items():
        assert listed[good] == pytest.approx(value, rel=1e-12)


@few
@given(seeds)
def test_doubling_the_economy_doubles_flows_and_leaves_rates(seed: int) -> None:
    one, two = (calibrate(tiny_dataset(seed, scale=scale)) for scale in (1.0, 2.0))
    for name, quantity in FLOWS.items():
        factor = 1.0 if quantity.unit in ("rate", "share", "ratio") else 2.0
        here, there = one.array(name), two.array(name)
        size = np.abs(here).max()
        np.testing.assert_allclose(there, factor * here, rtol=1e-8, atol=1e-10 * size)


def test_the_order_of_sectors_and_regions_does_not_matter(
    dataset: Dataset, benchmark: Benchmark
) -> None:
    turned = replace(
        dataset,
        sectors=dataset.sectors.iloc[::-1].reset_index(drop=True),
        regions=dataset.regions[::-1],
    )
    other = calibrate(turned)
    assert other.sectors == benchmark.sectors[::-1]
    for name in Benchmark.quantities():
        here, there = benchmark.to_series(name), other.to_series(name)
        size = float(here.abs().max())
        near = 1e-12 * max(size, 1e-3)
        np.testing.assert_allclose(there[here.index], here, rtol=1e-10, atol=near)


@pytest.mark.parametrize("name", sorted(BALANCED - NOTHING))
def test_the_report_finds_any_altered_number(dataset: Dataset, name: str) -> None:
    wrong, where = altered(calibrate(drawn_from_stocks(dataset)), name)
    found = broken(wrong)
    assert len(found) > 0
    assert set(found["region"]) <= {*where, "CN"}


@pytest.mark.parametrize(
    ("name", "identities"),
    [
        ("production.labour", {"zero profit of activities", "market of labour"}),
        ("production.electricity", {"zero profit of activities", "market of composites"}),
        ("power.capital", {"zero profit of technologies", "market of capital and rents"}),
        ("production.generation", {"zero profit of activities", "generation"}),
        ("demand.government", {"market of composites", "budget of provincial government"}),
        ("demand.investment", {"market of composites", "saving and investment"}),
        ("institutions.foreign_saving", {"saving and investment", "balance of payments"}),
        ("institutions.interregional_saving", {"saving and investment", "interregional capital"}),
        ("institutions.income_tax", {"budget of households", "budget of provincial government"}),
        (
            "institutions.enterprise_tax",
            {"budget of enterprises", "budget of provincial government"},
        ),
        ("trade.inflow", {"market of composites", "market of domestic output"}),
        ("demand.subsistence", {"subsistence"}),
    ],
)
def test_the_report_names_the_broken_identity(
    benchmark: Benchmark, name: str, identities: set[str]
) -> None:
    wrong, where = altered(benchmark, name)
    found = broken(wrong)
    assert set(found["identity"]) == identities
    market = (
        {"ELE"} if name == "production.electricity" else set()
    )  # its market, beside who uses it
    assert set(found["account"]) <= {"", *where, *market}
    assert worst_residual(wrong) == pytest.approx(found["relative"].max())
    assert found["identity"].iloc[0] in describe(wrong)


def test_an_altered_elasticity_breaks_engel_aggregation(benchmark: Benchmark) -> None:
    income = benchmark.elasticities["income"].copy()
    income[1, 0, benchmark.position("AGR")] *= 1.1
    wrong = replace(benchmark, elasticities={**benchmark.elasticities, "income": income})
    found = broken(wrong)
    assert found[["identity", "region", "account"]].to_numpy().tolist() == [
        ["Engel aggregation", "B", "RUR"]
    ]


def merged(dataset: Dataset, *lost: str) -> Dataset:
    """The economy with sectors merged into machinery, without the emissions of energy."""
    sectors = dataset.sectors[~dataset.sectors["code"].isin(lost)].reset_index(drop=True)
    return replace(
        dataset,
        sam=dataset.sam.aggregate(accounts=dict.fromkeys(lost, "GEM")),
        sectors=sectors,
        combustion=dataset.combustion.iloc[:0],
        feedstock=dataset.feedstock.iloc[:0],
    )


def test_economies_without_electricity_or_fuels_calibrate(dataset: Dataset) -> None:
    nothing = dataset.generation.iloc[:0]
    for lost in (("ELE",), ("COL", "GAS", "REF"), ("ELE", "COL", "GAS", "REF")):
        benchmark = calibrate(replace(merged(dataset, *lost), generation=nothing))
        assert worst_residual(benchmark) <= 1e-12
        assert benchmark.fuels == tuple(f for f in FUELS if f in {"COL", "GAS", "REF"} - {*lost})
        assert not benchmark.production.generation.any()
        assert benchmark.emissions.process.sum() == pytest.approx(dataset.process["mt_co2"].sum())


def test_one_region_calibrates(dataset: Dataset) -> None:
    whole = dataset.sam.aggregate(regions={"B": "A", "C": "A"}).frame
    inside = (whole["row"] == "ICA") | (whole["col"] == "ICA")  # the capital stays at home
    benchmark = calibrate(
        replace(
            dataset,
            regions=("A",),
            sam=SAM(whole[~inside]),
            combustion=dataset.combustion[dataset.combustion["region"] == "A"],
            process=dataset.process[dataset.process["region"] == "A"],
            feedstock=dataset.feedstock[dataset.feedstock["region"] == "A"],
            generation=dataset.generation[dataset.generation["region"] == "A"],
        )
    )
    assert worst_residual(benchmark) <= 1e-12
    assert not benchmark.trade.inflow.any()


def test_labels_and_arrays_that_do_not_exist_are_named(benchmark: Benchmark) -> None:
    with pytest.raises(CalibrationError, match=r"no array 'power.labor'; known: .*power.labour"):
        benchmark.to_series("power.labor")
    with pytest.raises(CalibrationError, match=r"no sector 'STEEL'; known: AGR"):
        benchmark.position("STEEL")
    labour = benchmark.production.labour
    with pytest.raises(CalibrationError, match=r"production.labour has shape \(3, 7\)"):
        with_array(benchmark, "production.labour", labour[:, 1:])
    hole = labour.copy()
    hole[2, 4] = np.nan
    with pytest.raises(CalibrationError, match=r"production.labour is not finite for C FER"):
        with_array(benchmark, "production.labour", hole)
    foreign = {**benchmark.elasticities, "foreign": np.ones(3)}
    with pytest.raises(CalibrationError, match="no elasticities top, kle"):
        replace(benchmark, elasticities={})
    with pytest.raises(CalibrationError, match=r"elasticities.foreign has shape \(3,\)"):
        replace(benchmark, elasticities=foreign)


def test_every_array_says_its_dimensions_unit_and_meaning(benchmark: Benchmark) -> None:
    """Once, in its field: checks, series and the docstring of its block follow."""
    for name, quantity in FLOWS.items():
        block, _, field = name.partition(".")
        written = type(getattr(benchmark, block)).__doc__ or ""
        assert f"    {field}: {quantity.meaning}, {quantity.unit} (" in written
        assert benchmark.to_series(name).index.names == list(quantity.dims)
    assert FLOWS["power.twh"].unit == "TWh"
    assert FLOWS["trade.inflow"].dims == ("origin", "region", "commodity")


def test_a_series_carries_its_labels(benchmark: Benchmark) -> None:
    series = benchmark.to_series("power.twh")
    assert series.index.names == ["region", "technology"]
    assert series["A", "coal"] == benchmark.power.twh[0, benchmark.technologies.index("coal")]
    assert (
        benchmark.to_series("elasticities.foreign")["AGR"] == benchmark.elasticities["foreign"][0]
    )


def test_assumptions_of_the_user_reach_the_benchmark(dataset: Dataset) -> None:
    table = load_elasticities().replace("foreign", 3.5, sector="FER").replace("kle", 0.2)
    benchmark = calibrate(dataset, load_assumptions().replace(elasticities=table))
    foreign = benchmark.to_series("elasticities.foreign")
    assert foreign["FER"] == 3.5
    assert foreign["AGR"] != 3.5
    assert (benchmark.elasticities["kle"] == 0.2).all()
