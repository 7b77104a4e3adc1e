"""Everyday names of the package."""

from __future__ import annotations

from importlib import import_module

import pytest

import cge


@pytest.mark.parametrize("name", cge.__all__)
def test_everyday_names_are_those_of_their_homes(name: str) -> None:
    assert getattr(cge, name) is getattr(import_module(cge._HOMES[name]), name)


def test_everyday_names_are_listed() -> None:
    assert set(cge.__all__) == set(cge._HOMES)
    assert set(cge.__all__) <= set(dir(cge))


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="'cge' has no attribute 'Modell'"):
        _ = cge.Modell
