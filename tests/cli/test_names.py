"""Everyday names of the package."""

from __future__ import annotations

from importlib import import_module

import pytest

import cge


@pytest.mark.parametrize("name", cge._HOMES)
def test_everyday_names_are_those_of_their_homes(name: str) -> None:
    assert getattr(cge, name) is getattr(import_module(cge._HOMES[name]), name)


@pytest.mark.parametrize("name", cge._PACKAGES)
def test_everyday_packages_are_there_without_an_import(name: str) -> None:
    assert getattr(cge, name) is import_module(f"cge.{name}")


def test_everyday_names_are_listed() -> None:
    assert set(cge.__all__) == {*cge._HOMES, *cge._PACKAGES}
    assert set(cge.__all__) <= set(dir(cge))


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="'cge' has no attribute 'Modell'"):
        _ = cge.Modell
