"""Pictures of a SAM show its payments and its worst imbalances."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sam import SAM, SAMError
from sam.matrix import COLUMNS, from_payments
from sam.matrix.plots import PICTURES
from tests.economies import tiny_dataset


def drawn(figure: Figure) -> Axes:
    """The main axes of a figure that can be rendered."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    return figure.axes[0]


@pytest.fixture(scope="module")
def sam() -> SAM:
    return tiny_dataset(0, ("A", "B")).sam


@pytest.mark.parametrize("what", PICTURES)
def test_every_picture_can_be_drawn(sam: SAM, what: str) -> None:
    drawn(sam.plot(what))


def test_the_macro_heatmap_shows_every_payment_between_kinds(sam: SAM) -> None:
    axes = drawn(sam.plot())
    table = sam.macro(totals=False)
    assert [label.get_text() for label in axes.get_yticklabels()][:2] == ["activity", "commodity"]
    shown = axes.collections[0].get_array()
    np.testing.assert_array_equal(np.ma.filled(shown, 0.0).reshape(table.shape), table)
    assert len(axes.texts) == (table.to_numpy() != 0.0).sum()


def test_negative_payments_have_a_colour_of_their_own() -> None:
    frame = pd.DataFrame(
        [
            ("A", "activity", "X", "A", "household", "H", 5.0),
            ("A", "household", "H", "A", "activity", "X", -2.0),
        ],
        columns=list(COLUMNS),
    )
    axes = drawn(SAM(frame, strict=False).plot("accounts"))
    positive, negative = (np.ma.compressed(layer.get_array()) for layer in axes.collections[:2])
    assert positive.tolist() == [5.0]
    assert negative.tolist() == [-2.0]


def test_balance_bars_show_the_worst_accounts_first(sam: SAM) -> None:
    frame = sam.frame.copy()
    frame.loc[0, "value"] *= 1.5
    broken = SAM(frame)
    axes = drawn(broken.plot("balance"))
    worst = broken.imbalance().idxmax()
    assert axes.get_yticklabels()[0].get_text() == "/".join(worst)
    top = max(bar.get_x() + bar.get_width() for bar in axes.patches)
    assert top == pytest.approx(broken.imbalance().max())


def test_a_picture_on_given_axes_and_of_a_sam_that_balances_exactly() -> None:
    figure = Figure()
    sam = from_payments(
        [
            ("A", "activity", "X", "A", "household", "H", 1.0),
            ("A", "household", "H", "A", "activity", "X", 1.0),
        ]
    )
    assert sam.plot("balance", figure.subplots()) is figure
    assert drawn(figure).texts[0].get_text() == "every account balances"


def test_pictures_that_cannot_be_drawn_are_refused(sam: SAM) -> None:
    with pytest.raises(SAMError, match=r"unknown picture 'pie'; choose one of kinds, regions"):
        sam.plot("pie")
    with pytest.raises(SAMError, match="no payments to draw"):
        SAM(sam.frame.assign(value=0.0)).plot()
