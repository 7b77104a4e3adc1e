"""What a model reads of a SAM: patterns of payments, and the money that none of them reads."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.payments import READS, read_payments
from sam import SAM, SAMError
from sam.accounts import HOUSEHOLDS
from sam.coverage import Flow, unread
from tests.economies import SECTORS, tiny_dataset

LABELS = {"region": ("A", "B"), "sector": SECTORS, "household": HOUSEHOLDS}


@pytest.fixture(scope="module")
def sam() -> SAM:
    return tiny_dataset().sam


def test_a_flow_stays_within_its_region_unless_it_names_both(sam: SAM) -> None:
    kinds = {"row_kind": "activity", "col_kind": "commodity"}
    local = Flow("local", {"row_region": "region", "row": "sector"}, kinds)
    mask = local.matches(sam.frame, LABELS)
    part = sam.frame[mask]
    assert (part["row_region"] == part["col_region"]).all()
    assert (part["row"] == part["col"]).all()
    both = Flow("all", {"row_region": "region", "col_region": "region", "row": "sector"}, kinds)
    every = sam.frame[both.matches(sam.frame, LABELS)]
    sold = sam.frame[sam.frame["row_kind"].eq("activity") & sam.frame["col_kind"].eq("commodity")]
    assert every["value"].sum() == pytest.approx(sold["value"].sum())


def test_opposite_payments_are_the_same_flow_with_the_sides_exchanged() -> None:
    saving = Flow(
        "saving",
        {"col_region": "region", "col": "household"},
        {"row_kind": "investment", "col_kind": "household"},
        either_way=True,
    )
    (forth, plus), (back, minus) = saving.directions()
    assert (plus, minus) == (1.0, -1.0)
    assert forth is saving
    assert back.axes == {"row_region": "region", "row": "household"}
    assert back.match == {"col_kind": "investment", "row_kind": "household"}
    assert not back.either_way


@pytest.mark.parametrize("seed", range(3))
def test_m3c_reads_all_of_a_sound_economy(seed: int) -> None:
    sam = tiny_dataset(seed).sam
    assert not unread(sam.frame, READS, LABELS).any()


def test_unread_is_what_calibration_refuses(sam: SAM) -> None:
    """Drop one pattern after the other: the payments that are lost are those it read alone."""
    for k, flow in enumerate(READS):
        rest = (*READS[:k], *READS[k + 1 :])
        lost = sam.frame[unread(sam.frame, rest, LABELS)]
        alone = [direction.matches(lost, LABELS) for direction, _ in flow.directions()]
        assert np.any(alone, axis=0).all(), flow.name


def test_a_label_that_the_model_lacks_is_unread(sam: SAM) -> None:
    fewer = {**LABELS, "sector": SECTORS[1:]}
    lost = sam.frame[unread(sam.frame, READS, fewer)]
    assert len(lost)
    assert (lost[["row", "col"]] == SECTORS[0]).any(axis=1).all()
    with pytest.raises(SAMError, match=f"{len(lost)} payments have no place"):
        read_payments(sam, ("A", "B"), SECTORS[1:], HOUSEHOLDS)
