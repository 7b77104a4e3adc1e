"""Figures: panels with letters and units, legends off the data, files that are the same again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from typer.testing import CliRunner

from cge.cli import app
from cge.path import Pathway
from cge.results import write_results
from cge.results.colours import TECHNOLOGIES
from cge.results.names import names_of
from cge.results.plots import FIGURES, FigureError, content, drawn, figure, save
from cge.results.plots.panels import _chinese
from cge.results.report.exhibits import Exhibit, Series, same
from tests.results.made_up import baseline_and_policy

KNOWN = ("emissions", "price", "electricity", "growth", "provinces", "welfare", "comparison")
"""Figures that made-up paths have the reports for."""


@pytest.fixture(scope="module")
def paths() -> list[Pathway]:
    return baseline_and_policy()


def overlaps(figure: Figure) -> list[str]:
    """Legends that lie over the data of a panel."""
    FigureCanvasAgg(figure).draw()
    seen = [axes for axes in figure.axes if axes.get_visible()]
    legends = [*figure.legends, *(axes.get_legend() for axes in seen if axes.get_legend())]
    return [
        axes.get_title("left")
        for axes in seen
        for legend in legends
        if legend.get_window_extent().shrunk(0.98, 0.98).overlaps(axes.bbox)
    ]


@pytest.mark.parametrize("name", KNOWN)
def test_panels_have_letters_titles_and_units(name: str, paths: list[Pathway]) -> None:
    made = figure(name, paths)
    seen = [axes for axes in made.axes if axes.get_visible()]
    assert seen
    assert all(axes.get_title("left") for axes in seen)
    assert all(axes.get_ylabel() or axes.get_xlabel() for axes in seen)
    letters = [text.get_text() for axes in seen for text in axes.texts if len(text.get_text()) == 1]
    assert letters == (list("abcdefghij"[: len(seen)]) if len(seen) > 1 else [])
    assert "CO2" not in "".join(axes.get_title("left") + axes.get_ylabel() for axes in seen)


@pytest.mark.parametrize("name", ["emissions", "electricity", "welfare", "provinces"])
def test_legends_are_off_the_data(name: str, paths: list[Pathway]) -> None:
    assert not overlaps(figure(name, paths))


def test_a_stack_is_what_it_is_made_of(paths: list[Pathway]) -> None:
    """The top of generation of the last panel of its kind is all that is generated."""
    axes = figure("electricity", paths).axes[1]
    top = max(path.vertices[:, 1].max() for each in axes.collections for path in each.get_paths())
    made = paths[-1].data["generation_twh"].sum(["region", "technology"]) / 1e3
    assert top == pytest.approx(float(made.max()), rel=1e-6)


def test_equal_paths_give_equal_files(paths: list[Pathway]) -> None:
    for form, begins in {"pdf": b"%PDF", "svg": b"<?xml", "png": b"\x89PNG"}.items():
        first, again = (content(figure("price", paths), form, "run 1") for _ in range(2))
        assert first == again
        assert first.startswith(begins)


def test_text_stays_text(paths: list[Pathway]) -> None:
    assert "Price of a permit" in content(figure("price", paths), "svg").decode()


def test_what_is_not_there_is_named(paths: list[Pathway], tmp_path: Path) -> None:
    with pytest.raises(FigureError, match=r"no figure 'emision'; did you mean 'emissions'\?"):
        figure("emision", paths)
    with pytest.raises(FigureError, match=r"nothing to draw in it; it shows primary energy"):
        figure("energy", paths)
    with pytest.raises(FigureError, match=r"x\.jpg: name a file that ends with pdf, svg, png"):
        save(figure("price", paths), tmp_path / "x.jpg")


def test_a_gap_stays_a_gap() -> None:
    series = Series(same("cap"), [2020, 2021, 2022], [None, 1.0, 2.0], "#000000")
    panel = Exhibit("x", same("title"), same("Mt"), "lines", [series])
    (line,) = drawn([panel]).axes[0].get_lines()
    assert np.isnan(line.get_ydata()[0])


@pytest.mark.skipif(_chinese() is None, reason="no font for Chinese (fonts-noto-cjk)")
def test_figures_speak_chinese(paths: list[Pathway]) -> None:
    made = figure("price", paths, "zh")
    assert made.axes[0].get_title("left") == "碳配额价格"
    assert content(made, "pdf")  # a glyph that is missing would warn


def test_every_label_of_the_model_has_a_name_in_both_languages() -> None:
    """Whoever adds a technology, an option or an area learns here that it wants a name."""
    from calibration.abatement import OPTIONS
    from cge.setting import AREAS, PRIMARY
    from sam import load_dataset

    data = load_dataset("yrd2020")
    names = names_of(data.geography, "yrd2020")
    told = {
        "region": [*data.geography.names, *data.geography.groups, data.geography.nation],
        "sector": data.sectors["code"],
        "household": ["RUR", "URB"],
        "fuel": [*data.roles.fuels, data.roles.electricity],
        "technology": [*data.generation["technology"].unique(), *TECHNOLOGIES],
        "option": OPTIONS,
        "area": AREAS,
        "source": PRIMARY,
    }
    for dimension, labels in told.items():
        english, chinese = (names.every(dimension, labels, each) for each in ("en", "zh"))
        assert all(any("一" <= sign <= "鿿" for sign in name) for name in chinese), chinese
        assert len(set(english)) == len(set(labels)) == len(set(chinese))


def test_the_command_draws_what_a_run_has_left(paths: list[Pathway], tmp_path: Path) -> None:
    write_results(tmp_path / "run", paths, plots=False)
    words = ["plot", "price", "emissions", "--from", str(tmp_path / "run"), "--format", "svg"]
    result = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "figures")])
    assert result.exit_code == 0, result.output
    written = sorted(file.name for file in (tmp_path / "figures").iterdir())
    assert written == ["emissions.svg", "price.svg"]
    listing = CliRunner().invoke(app, ["plot"])
    assert all(name in listing.stdout for name in FIGURES)
    missing = CliRunner().invoke(app, ["plot", "price", "--from", str(tmp_path / "nowhere")])
    assert missing.exit_code == 2
    assert "nowhere" in missing.stderr
