"""Pictures of a SAM: heatmaps of its payments on a logarithmic scale, and its worst imbalances."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.accounts import REST_OF_WORLD
from sam.errors import SAMError
from sam.matrix.summary import macro
from sam.ranking import worst_first

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure

    from sam.matrix import SAM

Array = npt.NDArray[np.float64]
Block = tuple[int, int, Any]

PICTURES = ("kinds", "regions", "accounts", "balance")

COLOURS = "YlGnBu"
"""Colours of payments from small to large."""

NEGATIVE, POSITIVE = "#D55E00", "#0072B2"
"""Negative payments and accounts that pay too much; accounts that receive too much (Okabe, Ito)."""

GREY = "#777777"

DECADES = 6
"""Orders of magnitude below the largest payment that colours tell apart."""

WORST = 15
"""Imbalances that are drawn."""

_FONTS = (
    *("DejaVu Sans", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei"),
    *("SimHei", "Microsoft YaHei", "PingFang SC", "Arial Unicode MS"),
)
_SPELT = {REST_OF_WORLD: "rest of world"}
_NUMBERED = 16  # accounts on a side up to which cells show their values
_NAMED = 70  # accounts on a side up to which each is named


def plot(sam: SAM, what: str = "kinds", axes: Axes | None = None) -> Figure:
    """Draw a SAM.

    Arguments:
        sam: any SAM with payments.
        what: ``kinds`` (the macro SAM), ``regions`` (kinds by region) or ``accounts`` (the whole
            matrix): receiving accounts downwards, paying accounts to the right, colours by order of
            magnitude; ``balance``: the accounts that are worst out of balance.
        axes: draw there instead of on a new figure.

    Returns:
        The figure, to show or to save.

    Raises:
        SAMError: unknown picture, or a SAM without payments.
    """
    if what not in PICTURES:
        raise SAMError(f"SAM.plot: unknown picture {what!r}; choose one of {', '.join(PICTURES)}")
    if not sam.frame["value"].any():
        raise SAMError("SAM.plot: there are no payments to draw")
    from matplotlib import rc_context

    with rc_context({"font.family": _fonts()}):
        if what == "balance":
            return _balance(sam, axes)
        table = (
            sam.matrix()
            if what == "accounts"
            else macro(sam, by_region=what == "regions", totals=False)
        )
        return _heatmap(table, f"Payments, {sam.unit}", axes)


def _fonts() -> list[str]:
    """Installed fonts that know Latin and, if there is one, Chinese letters."""
    from matplotlib.font_manager import fontManager

    known = set(fontManager.get_font_names())
    return [name for name in _FONTS if name in known] or ["sans-serif"]


def _heatmap(table: pd.DataFrame, title: str, axes: Axes | None) -> Figure:
    """Cells coloured by the logarithm of what is paid."""
    from matplotlib.colors import LogNorm

    size = len(table)
    inches = float(np.clip(0.62 * size if size <= _NUMBERED else 0.19 * size, 5.0, 11.0))
    axes = _axes(axes, (inches + 2.4, inches + 1.2))
    values = table.to_numpy()
    top = np.abs(values).max()
    least = np.abs(values[values != 0.0]).min()
    scale = LogNorm(max(top * 10.0**-DECADES, least * 0.999), top * 1.001)
    style = {"linewidth": 0.6, "edgecolor": "white"} if size <= _NUMBERED else {"rasterized": True}
    edges = np.arange(size + 1) - 0.5
    shown = np.ma.masked_less_equal(values, 0.0)
    image = axes.pcolormesh(edges, edges, shown, norm=scale, cmap=_colours(), **style)
    _negative(axes, values)
    if size <= _NUMBERED:
        _numbers(axes, values, scale)
    _label(axes, table.index)
    axes.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5), aspect="equal")
    below = "min" if least < scale.vmin else "neither"
    bar = axes.figure.colorbar(image, ax=axes, shrink=0.6, pad=0.02, extend=below)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0, labelsize="small")
    bar.ax.minorticks_off()
    axes.set_title(title, loc="left", fontsize="medium", pad=14)
    axes.xaxis.set_label_position("top")
    axes.set_ylabel("receives", color=GREY, loc="top")
    axes.set_xlabel("pays", color=GREY, loc="right", labelpad=8)
    return _figure(axes)


def _colours() -> Colormap:
    """The colours of payments without their palest, which paper swallows."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    return ListedColormap(colormaps[COLOURS](np.linspace(0.12, 1.0, 256)))


def _negative(axes: Axes, values: Array) -> None:
    """Negative payments as a colour of their own."""
    from matplotlib.colors import ListedColormap

    if (values < 0.0).any():
        edges = np.arange(len(values) + 1) - 0.5
        shown = np.ma.masked_greater_equal(values, 0.0)
        axes.pcolormesh(edges, edges, shown, cmap=ListedColormap([NEGATIVE]), rasterized=True)


def _numbers(axes: Axes, values: Array, scale: Normalize) -> None:
    """Values in their cells, white on dark ones."""
    for i, j in np.argwhere(values != 0.0):
        value = values[i, j]
        dark = value < 0.0 or float(scale(value)) > 0.6
        text = f"{value:,.0f}" if abs(value) >= 100.0 else f"{value:.3g}"
        axes.text(
            j, i, text, ha="center", va="center", fontsize=6.5, color="white" if dark else "#333333"
        )


def _label(axes: Axes, index: pd.Index) -> None:
    """Names of the accounts; for many accounts, names and borders of their blocks."""
    size = len(index)
    labels = [tuple(label) if isinstance(label, tuple) else (label,) for label in index]
    named = [" ".join(_SPELT.get(part, str(part)) for part in label) for label in labels]
    outer = [label[1] if len(label) == 3 else label[0] for label in labels]  # kind, or region
    blocks = _blocks(outer) if len(labels[0]) > 1 else []
    if size <= _NAMED:
        _ticks(axes, range(size), named)
    else:
        large = [block for block in blocks if block[1] - block[0] > 0.015 * size]
        names = [_SPELT.get(name, str(name)) for *_, name in large]
        _ticks(axes, [(start + end - 1) / 2 for start, end, _ in large], names)
    if len(labels[0]) == 3:
        within = _blocks([label[:2] for label in labels])
        _borders(axes, [block for block in within if block[1] - block[0] > 0.015 * size], "#E4E4E4")
    _borders(axes, blocks, "#AAAAAA")


def _borders(axes: Axes, blocks: Sequence[Block], colour: str) -> None:
    for start, *_ in blocks:
        axes.axhline(start - 0.5, color=colour, linewidth=0.6)
        axes.axvline(start - 0.5, color=colour, linewidth=0.6)


def _blocks(names: Sequence[Any]) -> list[Block]:
    """Runs of equal names: first place, place after the last, name."""
    runs = [(name, len(list(group))) for name, group in groupby(names)]
    ends = np.cumsum([count for _, count in runs])
    return [(int(end) - n, int(end), name) for end, (name, n) in zip(ends, runs, strict=True)]


def _ticks(axes: Axes, places: Sequence[float] | range, names: Sequence[str]) -> None:
    few = max(places) < _NUMBERED
    size = "small" if len(names) <= _NUMBERED else 6
    axes.set_yticks(places, names, fontsize=size)
    axes.set_xticks(places, names, fontsize=size, rotation=45 if few else 90)
    if few:
        for label in axes.get_xticklabels():
            label.set(ha="left", rotation_mode="anchor")
    axes.tick_params(length=0, top=False, bottom=False, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)


def _balance(sam: SAM, axes: Axes | None) -> Figure:
    """Bars of the largest imbalances relative to their accounts, with the difference in money."""
    table = sam.balance().assign(relative=sam.imbalance().to_numpy())
    worst = table.iloc[worst_first(table["relative"])[:WORST]]
    worst = worst[worst["relative"] > 0.0]
    axes = _axes(axes, (8.5, 1.4 + 0.3 * max(len(worst), 2)))
    axes.set_title("Largest imbalances, relative to the account", loc="left", fontsize="medium")
    axes.spines[["top", "right", "left"]].set_visible(False)
    if worst.empty:
        axes.set(xticks=[], yticks=[])
        axes.text(0.5, 0.5, "every account balances", ha="center", transform=axes.transAxes)
        return _figure(axes)
    size, gap = worst["relative"].to_numpy(), worst["difference"].to_numpy()
    start = 10.0 ** (np.floor(np.log10(size.min())) - 1.0)
    places = np.arange(len(worst))
    for mask, colour, name in ((gap > 0.0, POSITIVE, "receives"), (gap < 0.0, NEGATIVE, "pays")):
        if mask.any():
            label = f"{name} more than it {'pays' if name == 'receives' else 'receives'}"
            widths = size[mask] - start
            axes.barh(places[mask], widths, 0.7, left=start, color=colour, label=label)
    for place, share, difference in zip(places, size, gap, strict=True):
        axes.annotate(
            f"{difference:+.3g} {sam.unit}",
            (share, place),
            (4, 0),
            textcoords="offset points",
            va="center",
            fontsize="small",
            color=GREY,
        )
    names = ["/".join(line) for line in worst[["region", "kind", "account"]].to_numpy()]
    axes.set_yticks(places, names, fontsize="small")
    axes.tick_params(axis="y", length=0)
    axes.set(xscale="log", xlim=(start, size.max() * 30.0), ylim=(len(worst) - 0.4, -0.6))
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, fontsize="small", loc="lower right")
    return _figure(axes)


def _axes(axes: Axes | None, size: tuple[float, float]) -> Axes:
    """The given axes, or those of a new figure."""
    if axes is not None:
        return axes
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained").subplots()


def _figure(axes: Axes) -> Figure:
    figure = axes.get_figure(root=True)
    assert figure is not None  # axes without a figure cannot be drawn on
    return figure
