"""Concordances preserve totals, cover what they must, and say what is wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sam import ConcordanceError
from sam.concordance import Concordance, load_concordance, load_sectors

SHIPPED = (
    "ceads2017_to_model",
    "ceads_fuels_to_model",
    "ceads_to_model",
    "nbs2007_to_model",
    "provinces_to_regions",
)


def concordance(*rows: tuple[str, str, float]) -> Concordance:
    return Concordance("test", pd.DataFrame(rows, columns=["source", "target", "weight"]))


@pytest.mark.parametrize("name", SHIPPED)
def test_what_ships_is_complete(name: str) -> None:
    shipped = load_concordance(name)
    shares = shipped.matrix(shipped.sources, shipped.targets)
    np.testing.assert_allclose(shares.sum(1), 1.0)


def test_the_sectors_of_2007_and_the_inventories_cover_all_model_users() -> None:
    sectors = load_sectors()["code"].tolist()
    assert len(sectors) == 40
    load_concordance("nbs2007_to_model").require(
        load_concordance("nbs2007_to_model").sources, sectors
    )
    load_concordance("ceads_to_model").require(
        load_concordance("ceads_to_model").sources, [*sectors, "RUR", "URB"]
    )
    codes = load_concordance("nbs2007_to_model").table["code_2007"].unique()
    assert codes.tolist() == list(range(1, 43))


@given(st.lists(st.floats(0.0, 1e6), min_size=42, max_size=42))
def test_mapping_preserves_totals(values: list[float]) -> None:
    shipped = load_concordance("nbs2007_to_model")
    mapped = np.array(values) @ shipped.matrix(shipped.sources, shipped.targets)
    assert mapped.sum() == pytest.approx(sum(values))
    assert (mapped >= 0.0).all()


def test_weights_can_be_replaced_where_they_still_sum_to_one() -> None:
    split = concordance(("oil and gas", "OIL", 0.8), ("oil and gas", "GAS", 0.2))
    dry = split.matrix(
        ["oil and gas"], ["OIL", "GAS"], {("oil and gas", "OIL"): 0.0, ("oil and gas", "GAS"): 1.0}
    )
    assert dry.tolist() == [[0.0, 1.0]]
    with pytest.raises(ConcordanceError, match=r"sum to 0\.5"):
        split.matrix(["oil and gas"], ["OIL", "GAS"], {("oil and gas", "OIL"): 0.3})


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("coal", "COL", 0.9)], "'coal' sum to 0.9"),
        ([("coal", "COL", 1.0), ("coal", "COL", 0.0)], "listed twice"),
        ([("coal", "COL", -1.0), ("coal", "COK", 2.0)], "numbers >= 0"),
        ([("coal", "COL", float("nan"))], "numbers >= 0"),
    ],
)
def test_a_wrong_concordance_is_refused(rows: list[tuple[str, str, float]], words: str) -> None:
    with pytest.raises(ConcordanceError, match=words):
        concordance(*rows)


def test_orphans_and_gaps_are_named() -> None:
    small = concordance(("coal", "COL", 1.0), ("steel", "FER", 1.0))
    small.require(["coal", "steel"], ["COL", "FER"])
    with pytest.raises(ConcordanceError, match=r"missing \['tea'\], unknown \['steel'\]"):
        small.require(["coal", "tea"])
    with pytest.raises(ConcordanceError, match="target rows missing"):
        small.require(["coal", "steel"], ["COL"])
    with pytest.raises(ConcordanceError, match="columns"):
        Concordance("test", pd.DataFrame({"source": ["coal"], "target": ["COL"]}))


def test_an_unknown_concordance_says_what_there_is() -> None:
    with pytest.raises(ConcordanceError, match="nbs2007_to_model"):
        load_concordance("nbs2012_to_model")
