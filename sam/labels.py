"""What the labels of a dataset mean: names and groups of its regions, roles of its sectors.

A model knows regions and sectors as codes. The dataset says what they are called, which regions are
shown together, and which sectors are more than goods: electricity, fuels, makers with large plants.
Both stand in ``metadata.json``::

    "geography": {
      "names": {"SH": "Shanghai", "RCN": "Rest of China"},
      "groups": {"Yangtze River Delta": ["SH"]},
      "nation": "China"
    },
    "roles": {"electricity": "ELE", "fuels": ["COL", "GAS"], "large_plants": ["FER"]}
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sam.errors import DatasetError

EVERYWHERE = "All regions"
"""Name of all regions together where the dataset gives none."""


@dataclass(frozen=True)
class Geography:
    """What regions are called, and which are shown together.

    Attributes:
        names: full name by code of a region, in model order.
        groups: codes of the regions of each total that is shown, by its name; regions may be in
            several groups or in none.
        nation: name of all regions together.
    """

    names: Mapping[str, str]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nation: str = EVERYWHERE

    def title(self, region: str) -> str:
        """A region for people: its name, with the code where that differs.

        Raises:
            DatasetError: there is no such region.
        """
        if region not in self.names:
            raise DatasetError(f"no region {region!r}; regions are {', '.join(self.names)}")
        name = self.names[region]
        return name if name == region else f"{name} ({region})"

    def check(self, regions: Sequence[str]) -> None:
        """Every region has a name, groups are of known regions, and no name stands for two.

        Arguments:
            regions: codes, in model order.

        Raises:
            DatasetError: names what is missing, unknown or ambiguous.
        """
        _check_same("geography.names", self.names, regions)
        for group, members in self.groups.items():
            where = f"geography.groups, {group!r}"
            _check_known(where, members, regions, "region")
            if not members or len(set(members)) < len(members):
                raise DatasetError(
                    f"{where}: has {list(members)}; name one region or more, each once"
                )
        shown = [*self.names.values(), *self.groups, self.nation]
        codes = [code for code, name in self.names.items() if code != name]
        twice = sorted({name for name in shown if [*shown, *codes].count(name) > 1})
        if twice or "" in shown:
            raise DatasetError(
                f"geography: {', '.join(twice) or 'an empty name'} stands for more than one region "
                "or total; give every region, group and the nation a name of its own"
            )

    def record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        groups = {name: list(members) for name, members in self.groups.items()}
        return {"names": dict(self.names), "groups": groups, "nation": self.nation}


@dataclass(frozen=True)
class Roles:
    """Which sectors are more than goods.

    Attributes:
        electricity: the sector that makes electricity from technologies; empty where none does.
        fuels: commodities that may be burnt, in model order.
        large_plants: sectors whose CO2 of fuel and processes comes from plants large enough for
            capture; power stations are, without being named.
    """

    electricity: str = ""
    fuels: tuple[str, ...] = ()
    large_plants: tuple[str, ...] = ()

    @property
    def energy(self) -> tuple[str, ...]:
        """Fuels and electricity: commodities that are counted in physical units."""
        return (*self.fuels, self.electricity) if self.electricity else self.fuels

    def check(self, sectors: Collection[str]) -> None:
        """Every code is that of a sector, once, and electricity is no fuel and no large plant.

        Arguments:
            sectors: codes of the dataset.

        Raises:
            DatasetError: names the role and the code.
        """
        electricity = (self.electricity,) if self.electricity else ()
        _check_known("roles.electricity", electricity, sectors, "sector")
        for role, codes in {"fuels": self.fuels, "large_plants": self.large_plants}.items():
            _check_known(f"roles.{role}", codes, sectors, "sector")
            if len(set(codes)) < len(codes) or self.electricity in codes:
                raise DatasetError(
                    f"roles.{role}: has {list(codes)}; name each sector once, and electricity "
                    f"({self.electricity or 'none'}) not at all"
                )

    def record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "electricity": self.electricity,
            "fuels": list(self.fuels),
            "large_plants": list(self.large_plants),
        }


def read_geography(entry: Any, regions: Sequence[str]) -> Geography:
    """Geography as ``metadata.json`` has it; what it does not say is plain codes and no groups.

    Arguments:
        entry: the value of ``geography``, ``None`` where there is none.
        regions: codes, in model order.

    Raises:
        DatasetError: the entry has another form, or contradicts the regions.
    """
    told = _entries("geography", {} if entry is None else entry, ("names", "groups", "nation"))
    names = told.get("names", {region: region for region in regions})
    groups, nation = told.get("groups", {}), told.get("nation", EVERYWHERE)
    if not (_is_texts(names, dict) and isinstance(nation, str)):
        raise DatasetError(
            "geography: names must map every region to its name and nation be text; found "
            f"{names} and {nation!r}"
        )
    if not (isinstance(groups, dict) and all(_is_texts(g, list) for g in groups.values())):
        raise DatasetError(
            f"geography.groups: must map the name of each group to a list of codes; found {groups}"
        )
    _check_same("geography.names", names, regions)
    members = {name: tuple(group) for name, group in groups.items()}
    geography = Geography({region: names[region] for region in regions}, members, nation)
    geography.check(regions)
    return geography


def read_roles(entry: Any, sectors: Collection[str]) -> Roles:
    """Roles as ``metadata.json`` has them.

    Arguments:
        entry: the value of ``roles``.
        sectors: codes of the dataset.

    Raises:
        DatasetError: the entry has another form, or names a sector that there is not.
    """
    keys = ("electricity", "fuels", "large_plants")
    told = _entries("roles", entry, keys)
    missing = [key for key in keys if key not in told]
    if missing:
        raise DatasetError(
            f'roles: {", ".join(missing)} missing; write "" or [] where no sector has the role'
        )
    lists = (told["fuels"], told["large_plants"])
    if not (isinstance(told["electricity"], str) and all(_is_texts(v, list) for v in lists)):
        raise DatasetError(
            f"roles: electricity must be a code, fuels and large_plants lists of them; found {told}"
        )
    roles = Roles(told["electricity"], tuple(told["fuels"]), tuple(told["large_plants"]))
    roles.check(sectors)
    return roles


def _entries(name: str, entry: Any, known: Sequence[str]) -> dict[str, Any]:
    """An object of JSON with known keys only."""
    unknown = sorted(set(entry) - set(known)) if isinstance(entry, dict) else [entry]
    if unknown:
        raise DatasetError(f"{name}: has {unknown}; write an object with {', '.join(known)}")
    return dict(entry)


def _is_texts(value: Any, kind: type[dict[Any, Any]] | type[list[Any]]) -> bool:
    """A list of text, or an object whose values are text."""
    texts = value.values() if isinstance(value, dict) else value
    return isinstance(value, kind) and all(isinstance(text, str) for text in texts)


def _check_known(where: str, codes: Collection[str], known: Collection[str], what: str) -> None:
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise DatasetError(
            f"{where}: {unknown} is no {what} of the dataset; use its {what}s, {', '.join(known)}"
        )


def _check_same(where: str, names: Mapping[str, str], regions: Sequence[str]) -> None:
    missing = [region for region in regions if region not in names]
    if missing:
        raise DatasetError(f"{where}: {missing} has no name; name every region")
    _check_known(where, names, regions, "region")
