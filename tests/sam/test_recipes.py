"""Recipes are found by the entry points of installed packages, whoever wrote them."""

from __future__ import annotations

from pathlib import Path

import pytest

import sam.recipes
from sam import DatasetError
from sam.recipes import available_recipes, built, recipe
from tests.economies import tiny_dataset

MODULE = """
from tests.economies import tiny_dataset

RATE = 0.05

def build(sources):
    return tiny_dataset(7)

def of_any_year(sources, year=2050):
    return tiny_dataset(year)
"""


def install(site: Path, package: str, *registrations: str) -> None:
    """What an installer leaves of a package: its metadata with the entry points."""
    folder = site / f"{package}-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    lines = "\n".join(registrations)
    (folder / "entry_points.txt").write_text(f"[{sam.recipes.GROUP}]\n{lines}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages with a module of a user."""
    (tmp_path / "red_planet.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_the_embedded_dataset_has_a_recipe() -> None:
    assert "yrd2020" in available_recipes()
    assert recipe("yrd2020").__module__ == "recipes.yrd2020.build"


def test_a_recipe_of_another_package_is_found_like_ours(site: Path) -> None:
    assert "mars2050" not in available_recipes()
    install(site, "red-planet", "mars2050 = red_planet:build")
    assert {"mars2050", "yrd2020"} <= set(available_recipes())
    assert recipe("mars2050")(site).name == tiny_dataset(7).name


def test_an_unknown_recipe_says_what_there_is_and_how_to_register() -> None:
    with pytest.raises(DatasetError, match=r"'mars'; recipes: .*yrd2020.*group m3c\.recipes"):
        recipe("mars")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            "blue_planet:build",
            r"of red-planet \(blue_planet:build\) cannot .*No module",
        ),
        ("red_planet:bake", r"of red-planet \(red_planet:bake\) cannot be imported .*'bake'"),
        ("red_planet:RATE", r"of red-planet \(red_planet:RATE\) is no function but float"),
    ],
)
def test_a_broken_registration_is_named(site: Path, target: str, message: str) -> None:
    install(site, "red-planet", f"mars2050 = {target}")
    assert "mars2050" in available_recipes()
    with pytest.raises(DatasetError, match=f"recipe 'mars2050' {message}"):
        recipe("mars2050")


def test_two_recipes_of_one_name_are_named_with_their_packages(site: Path) -> None:
    install(site, "red-planet", "mars2050 = red_planet:build")
    install(site, "copycat", "mars2050 = red_planet:build", "venus2050 = red_planet:build")
    assert available_recipes().count("mars2050") == 1
    with pytest.raises(DatasetError, match=r"2 packages .* of copycat .* of red-planet .* rename"):
        recipe("mars2050")
    assert callable(recipe("venus2050"))


def test_a_recipe_of_several_years_is_told_the_year(site: Path) -> None:
    install(site, "red-planet", "mars2050 = red_planet:of_any_year")
    assert built("mars2050", site).name == "tiny-2050"
    assert built("mars2050", site, 2060).name == "tiny-2060"


def test_a_recipe_of_one_year_takes_no_other(site: Path) -> None:
    install(site, "red-planet", "mars2050 = red_planet:build")
    assert built("mars2050", site).name == "tiny-7"
    with pytest.raises(
        DatasetError, match="recipe 'mars2050' builds one base year only; leave out"
    ):
        built("mars2050", site, 2060)
    with pytest.raises(DatasetError, match="no recipe builds 'venus2050'"):
        built("venus2050", site, 2060)
