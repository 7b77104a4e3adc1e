"""Footprints and pull: national identities, pymrio, and the report on the Yangtze River Delta."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from sam import SAM, Dataset, DatasetError, SAMError, load_dataset
from sam.accounts import GOVERNMENT, HOUSEHOLD, INVESTMENT
from sam.input_output.footprints import emissions, footprint, foreign_supply
from sam.input_output.leontief import input_output
from sam.input_output.pull import COLUMNS, compare_with_report, production_pull
from tests.economies import tiny_dataset

Array = npt.NDArray[np.float64]

SEEDS = pytest.mark.parametrize("seed", range(3))
REGIONS = ("A", "B", "C")


@pytest.fixture(scope="module")
def yrd() -> Dataset:
    return load_dataset("yrd2020")


@SEEDS
def test_consumption_and_exports_together_are_production(seed: int) -> None:
    dataset = tiny_dataset(seed, REGIONS)
    found = footprint(dataset)
    np.testing.assert_allclose(found.production, dataset.co2()["direct"])
    nation = found.consumption.sum() + found.exports.sum()
    assert nation == pytest.approx(dataset.co2()["direct"].sum())
    np.testing.assert_allclose(
        found.flows.sum(1) + found.frame()["exports"] + found.final_users, found.production
    )


def test_of_the_embedded_dataset_too(yrd: Dataset) -> None:
    found = footprint(yrd)
    np.testing.assert_allclose(found.production, yrd.co2()["direct"], rtol=1e-9)
    total = found.consumption.sum() + found.exports.sum()
    assert total == pytest.approx(yrd.co2()["direct"].sum(), rel=1e-9)


def test_a_sam_alone_does_not_tell_who_emits(yrd: Dataset) -> None:
    with pytest.raises(SAMError, match="does not tell who emits; give a series"):
        footprint(yrd.sam)
    with pytest.raises(TypeError, match="needs a dataset or a SAM, not str"):
        footprint("yrd2020")  # type: ignore[arg-type]
    assert repr(footprint(yrd)).startswith("Footprints of 5 regions, Mt CO2")
    system = input_output(yrd.sam)
    assert system.frame().index.equals(system.activities)
    assert repr(system).startswith(f"Input-output system of {len(system.activities)} activities")


def carbon(dataset: Dataset) -> pd.Series:
    """CO2 of a dataset by (region, account)."""
    burnt = dataset.combustion.rename(columns={"user": "sector"})
    table = pd.concat([burnt, dataset.process])
    return table.groupby(["region", "sector"])["mt_co2"].sum().rename("Mt CO2")


def test_a_sam_and_a_series_of_emissions_are_enough() -> None:
    dataset = tiny_dataset(3, REGIONS)
    of_dataset, emitted = footprint(dataset), carbon(dataset)
    swapped = emitted.reorder_levels(["sector", "region"]).sample(frac=1.0, random_state=1)
    for stressor in (emitted, swapped):
        found = footprint(dataset.sam, stressor)
        pd.testing.assert_frame_equal(found.frame(), of_dataset.frame())
        pd.testing.assert_frame_equal(found.pull(), of_dataset.pull())
    twice = footprint(dataset, 2.0 * emitted.rename("kt SO2"))
    np.testing.assert_allclose(twice.consumption, 2.0 * of_dataset.consumption)
    np.testing.assert_allclose(twice.elsewhere, of_dataset.elsewhere)
    assert "kt SO2" in repr(twice)
    pd.testing.assert_frame_equal(
        production_pull(dataset.sam, stressor=emitted), production_pull(dataset)
    )


@pytest.mark.parametrize("names", [{"RUR": "HH", "URB": "HH2"}, {"RUR": "poor", "URB": "rich"}])
def test_households_may_have_any_name(names: dict[str, str]) -> None:
    dataset = tiny_dataset(1, REGIONS)
    renamed = replace(
        dataset,
        sam=replace(dataset.sam, frame=dataset.sam.frame.replace({"row": names, "col": names})),
        combustion=dataset.combustion.replace({"user": names}),
    )
    pd.testing.assert_frame_equal(footprint(renamed).frame(), footprint(dataset).frame())
    stale = replace(renamed, combustion=dataset.combustion)
    with pytest.raises(
        DatasetError,
        match=r"names of .* the SAM \(activity such as \('A'.*household such as \('A', '",
    ) as no:
        footprint(stale)
    assert "('A', 'RUR') emits" in str(no.value)
    assert next(iter(names.values())) in str(no.value)


def test_any_final_user_may_emit_for_itself() -> None:
    """Of a government's emissions, who asks for households alone finds none."""
    dataset = tiny_dataset(2, REGIONS)
    offices = pd.Series({("A", "GOV"): 3.0, ("B", "GOV"): 5.0}, name="Mt CO2")
    found = footprint(dataset.sam, offices)
    np.testing.assert_allclose(found.production, [3.0, 5.0, 0.0])
    np.testing.assert_allclose(found.consumption, [3.0, 5.0, 0.0])
    np.testing.assert_array_equal(found.elsewhere, [0.0, 0.0, np.nan])  # C causes nothing
    assert found.pull()["C"].drop("C").isna().all()
    private = footprint(dataset.sam, offices, demand=[HOUSEHOLD])
    np.testing.assert_allclose(private.production, [3.0, 5.0, 0.0])
    assert not private.consumption.any()


def one_town(labour: str = "L") -> SAM:
    """A farm whose owner shares its name, in a SAM of one region."""
    lines = [
        ("activity", "farm", "household", "farm", 80.0),
        ("activity", "farm", "government", "G", 20.0),
        ("factor", labour, "activity", "farm", 100.0),
        ("household", "farm", "factor", labour, 80.0),
        ("government", "G", "factor", labour, 20.0),
    ]
    columns = ["row_kind", "row", "col_kind", "col", "value"]
    return SAM.from_frame(pd.DataFrame(lines, columns=columns), region="T", unit="m")


def test_names_of_accounts_of_several_kinds_need_their_kind() -> None:
    town = one_town()
    with pytest.raises(SAMError, match=r"by \(region, kind, account\)"):
        footprint(town, pd.Series({("T", "farm"): 4.0}))
    told = pd.Series({("T", "activity", "farm"): 4.0, ("T", "household", "farm"): 1.0})
    found = footprint(town, told.rename_axis(["region", "kind", "account"]))
    np.testing.assert_allclose([found.production[0], found.final_users[0]], [5.0, 1.0])
    for names in (["region", None, None], [None, None, None], ["region", "kind", None]):
        again = footprint(town, told.rename_axis(names))
        np.testing.assert_allclose(again.production, found.production)
    turned = told.rename_axis(["region", "kind", None]).reorder_levels([2, 0, 1])
    np.testing.assert_allclose(footprint(town, turned).production, found.production)
    alone = footprint(town, pd.Series({"G": 2.0}), demand=["government"])  # one region: no level
    np.testing.assert_allclose(alone.consumption, [2.0])


@pytest.mark.parametrize(
    ("stressor", "message"),
    [
        (pd.Series({("T", "mine"): 1.0}), r"\('T', 'mine'\) emits 1; who emits must be"),
        (pd.Series({("T", "fram"): 1.0}), r"emits 1 \(did you mean 'T/farm'\?\); who emits"),
        (pd.Series({("T", "mine"): 1.0}), r"household such as \('T', 'farm'\), government such"),
        (pd.Series({("T", "L"): 1.0}), "move the emissions to who makes or buys"),
        (pd.Series({("T", "G"): np.nan}), r"\[\('T', 'G'\)\] have no number as amount"),
        (pd.Series({("T", "G"): "much"}), "not all numbers"),
        (pd.Series([1.0, 2.0], pd.MultiIndex.from_tuples([("T", "G")] * 2)), "more than once"),
        (pd.Series([1.0], pd.MultiIndex.from_tuples([("T", "G", "x", "y")])), "found 4 levels"),
        (pd.DataFrame({"co2": [1.0]}, [("T", "G")]), "found a DataFrame, expected a series"),
    ],
)
def test_stressors_that_fit_no_account_are_named(stressor: pd.Series, message: str) -> None:
    with pytest.raises(SAMError, match=message):
        footprint(one_town(), stressor)


@SEEDS
def test_kinds_of_final_demand_add_up(seed: int) -> None:
    dataset = tiny_dataset(seed, REGIONS)
    whole = footprint(dataset)
    parts = [footprint(dataset, demand=[kind]) for kind in (HOUSEHOLD, GOVERNMENT, INVESTMENT)]
    np.testing.assert_allclose(sum(part.consumption for part in parts), whole.consumption)
    for part in parts:
        np.testing.assert_allclose(part.production, whole.production)
    assert not parts[1].final_users.any()  # only households burn fuel for themselves


@SEEDS
def test_commodities_bought_add_up(seed: int) -> None:
    dataset = tiny_dataset(seed, REGIONS)
    found = footprint(dataset)
    bought_in = found.products.get_level_values("region")
    by_region = np.stack([found.by_product[:, bought_in == r].sum(1) for r in REGIONS], axis=1)
    np.testing.assert_allclose(by_region, found.flows)
    everything = found.products.get_level_values("account").unique().tolist()
    np.testing.assert_allclose(found.elsewhere_of(everything), found.elsewhere)


@SEEDS
def test_pull_and_share_elsewhere_tell_the_same(seed: int) -> None:
    found = footprint(tiny_dataset(seed, REGIONS))
    outside = found.pull().to_numpy().sum(0) - 1.0
    np.testing.assert_allclose(outside / (1.0 + outside), found.elsewhere)


def test_the_order_of_regions_does_not_count() -> None:
    dataset = tiny_dataset(7, REGIONS)
    turned = replace(dataset, regions=REGIONS[::-1])
    np.testing.assert_allclose(
        footprint(turned).pull().loc[list(REGIONS), list(REGIONS)], footprint(dataset).pull()
    )


def test_imports_made_with_domestic_technology_emit_abroad() -> None:
    dataset = tiny_dataset(2, REGIONS)
    at_home, with_imports = footprint(dataset), footprint(dataset, imports="domestic technology")
    np.testing.assert_allclose(with_imports.consumption, at_home.consumption)
    assert not at_home.foreign.any()
    assert (with_imports.foreign > 0.0).all()
    with pytest.raises(DatasetError, match=r"no final demand by \['houses'\]; kinds .*household"):
        footprint(dataset, demand=["houses"])
    with pytest.raises(DatasetError, match="unknown treatment of imports 'foreign'"):
        footprint(dataset, imports="foreign")  # type: ignore[arg-type]


@SEEDS
def test_with_domestic_technology_only_tariffs_are_not_made(seed: int) -> None:
    system = input_output(tiny_dataset(seed, REGIONS).sam)
    supplied = (system.supply + foreign_supply(system)).sum(0)
    np.testing.assert_allclose(supplied, system.supply.sum(0) + system.imports)


def test_emissions_without_output_are_named() -> None:
    dataset = tiny_dataset(0, REGIONS)
    stray = pd.DataFrame([("A", "XXX", 2.0)], columns=["region", "sector", "mt_co2"])
    odd = replace(dataset, process=pd.concat([dataset.process, stray]))
    with pytest.raises(DatasetError, match=r"\(tiny-0, Mt CO2\): \('A', 'XXX'\) emits 2; who"):
        footprint(odd)


def test_production_pulls_what_a_closed_chain_needs() -> None:
    """Against the direct solution of the system without the pulling region."""
    dataset = tiny_dataset(5, REGIONS)
    system = input_output(dataset.sam)
    emitted = emissions(dataset, system).activities
    inside = system.activities.get_level_values("region") == "B"
    rest = np.eye((~inside).sum()) - system.coefficients[np.ix_(~inside, ~inside)]
    asked = system.coefficients[np.ix_(~inside, inside)] @ system.output[inside]
    tons = (emitted / system.output)[~inside] * np.linalg.solve(rest, asked)
    owner = system.activities.get_level_values("region")[~inside]
    expected = pd.Series(tons).groupby(owner).sum() / emitted[inside].sum()
    np.testing.assert_allclose(production_pull(dataset)["B"][["A", "C"]], expected)


@SEEDS
def test_upstream_emissions_are_part_of_all_others(seed: int) -> None:
    dataset = tiny_dataset(seed, REGIONS)
    pull = production_pull(dataset)
    system = input_output(dataset.sam)
    owner = system.activities.get_level_values("region")
    emitted = pd.Series(emissions(dataset, system).activities).groupby(owner).sum()[list(REGIONS)]
    tons = pull.to_numpy() * emitted.to_numpy()  # emitted in, pulled by
    assert (tons <= emitted.to_numpy()[:, None] * (1.0 + 1e-9)).all()
    np.testing.assert_allclose(np.diag(pull), 1.0)


def test_pull_between_industries_of_regions() -> None:
    dataset = tiny_dataset(5, REGIONS)
    names = input_output(dataset.sam).activities.get_level_values("account").unique()
    groups = {name: "energy" if name in ("COL", "GAS", "ELE") else "other" for name in names}
    pull = production_pull(dataset, groups)
    assert pull.shape == (6, 6)
    assert pull.index.names == ["emitted in", "group"]
    whole = production_pull(dataset, dict.fromkeys(names, "all")).droplevel("group")
    whole = whole.droplevel("group", axis=1)
    np.testing.assert_allclose(whole, production_pull(dataset))
    with pytest.raises(DatasetError, match="have no group"):
        production_pull(dataset, {})


def test_pymrio_finds_the_same_footprints(yrd: Dataset) -> None:
    pymrio = pytest.importorskip("pymrio")
    system = input_output(yrd.sam)
    full = pd.MultiIndex.from_product(
        [yrd.regions, yrd.sectors["code"]], names=["region", "sector"]
    )
    labels = system.activities.set_names(["region", "sector"])
    inverse = pd.DataFrame(system.inverse, index=labels, columns=labels)
    inverse = inverse.reindex(index=full, columns=full, fill_value=0.0)
    intensity = emissions(yrd, system).activities / system.output
    burnt = pd.DataFrame([intensity], columns=labels, index=["co2"])
    at_home = ~system.finals.get_level_values("kind").isin(["row"])
    buyers = pd.Index(system.finals[at_home].get_level_values("region"), name="region")
    bought = pd.DataFrame(system.final_output[:, at_home], index=labels, columns=buyers)
    bought = bought.T.groupby(level=0, sort=False).sum().T.reindex(full, fill_value=0.0)
    bought = bought[list(yrd.regions)]
    account = burnt.reindex(columns=full, fill_value=0.0)
    cba, *_ = pymrio.calc_accounts(account, inverse, bought)
    found = footprint(yrd)
    theirs = cba.T.groupby(level=0, sort=False).sum()["co2"]
    np.testing.assert_allclose(
        theirs[list(yrd.regions)], found.consumption - found.final_users, rtol=1e-9
    )


def test_the_report_stands_beside_what_the_dataset_gives(yrd: Dataset) -> None:
    table = compare_with_report(yrd)
    assert list(table.columns) == list(COLUMNS)
    assert table["source"].str.len().gt(5).all()
    found = footprint(yrd)
    pull = table[(table["item"] == "pull") & (table["definition"] == "final demand")]
    parts = pull[pull["partner"] != ""]
    whole = pull.loc[pull["partner"] == "", "ours"].item()
    assert parts["ours"].sum() == pytest.approx(whole)
    assert parts["report"].sum() == pytest.approx(3.0)  # the report's own numbers add up
    share = table[(table["item"] == "elsewhere") & (table["definition"] == "all final demand")]
    np.testing.assert_allclose(share["ours"], found.elsewhere[:4][[0, 1, 2, 3]])
    assert whole / (1.0 + whole) == pytest.approx(share["ours"].iloc[0])


def test_the_narrower_the_base_the_nearer_the_share_is_to_the_report(yrd: Dataset) -> None:
    """What is built draws on steel and machines from afar, what people use on services at home."""
    table = compare_with_report(yrd)
    share = table[(table["item"] == "elsewhere") & (table["region"] == "SH")]
    ours, printed = share.set_index("definition")["ours"], share["report"].iloc[0]
    narrow = "households and government, the report's end uses"
    assert ours.idxmin() == (ours - printed).abs().idxmin() == narrow
    assert ours.idxmax() == "all final demand"


def test_shanghai_lives_on_others_more_than_its_neighbours(yrd: Dataset) -> None:
    """The report's order: Shanghai consumes, the others produce."""
    found = footprint(yrd)
    net = dict(zip(found.regions, found.consumption - found.production, strict=True))
    share = dict(zip(found.regions, found.elsewhere, strict=True))
    assert max(share, key=lambda region: share[region]) == "SH"
    assert net["SH"] > 0.0 > net["AH"]
    assert share["JS"] < share["ZJ"] < share["SH"]


def test_other_regions_are_refused() -> None:
    with pytest.raises(
        DatasetError, match=r"regions \['AH', 'JS', 'RCN', 'SH', 'ZJ'\] are missing"
    ):
        compare_with_report(tiny_dataset(0))
