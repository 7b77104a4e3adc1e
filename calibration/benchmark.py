"""The benchmark: everything that M3C takes from the base year, as labelled arrays.

Prices of the base year are one, so flows in 1e8 CNY are quantities too. The benchmark is an
equilibrium of the model by construction; ``replication_report`` shows how exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pandas as pd

from calibration.errors import CalibrationError
from calibration.polish import Polish

Array = npt.NDArray[np.float64]

_R, _I, _J, _H, _F, _T, _N = (
    "region",
    "commodity",
    "activity",
    "household",
    "fuel",
    "technology",
    "resource",
)

DIMENSIONS: Mapping[str, tuple[str, ...]] = {
    "output_domestic": (_R, _J),
    "output_export": (_R, _J),
    "output_tax": (_R, _J),
    "material": (_R, _I, _J),
    "fuel": (_R, _F, _J),
    "electricity": (_R, _J),
    "labour": (_R, _J),
    "capital": (_R, _J),
    "resource": (_R, _N, _J),
    "generation": (_R, _J),
    "technology_output": (_R, _T),
    "technology_material": (_R, _I, _T),
    "technology_fuel": (_R, _F, _T),
    "technology_labour": (_R, _T),
    "technology_capital": (_R, _T),
    "technology_fixed": (_R, _T),
    "technology_twh": (_R, _T),
    "co2_fuel": (_R, _F, _J),
    "co2_technology": (_R, _F, _T),
    "co2_household": (_R, _H, _F),
    "co2_process": (_R, _J),
    "armington_import": (_R, _I),
    "tariff": (_R, _I),
    "armington_local": (_R, _I),
    "armington_inflow": ("origin", _R, _I),
    "consumption": (_R, _H, _I),
    "government": (_R, _I),
    "investment": (_R, _I),
    "labour_income": (_R, _H),
    "capital_income": (_R,),
    "enterprise_to_household": (_R, _H),
    "enterprise_tax": (_R,),
    "enterprise_saving": (_R,),
    "income_tax": (_R, _H),
    "household_saving": (_R, _H),
    "government_saving": (_R,),
    "production_tax_central_share": (_R,),
    "central_transfer": (_R,),
    "foreign_saving": (_R,),
    "interregional_saving": (_R,),
    "subsistence": (_R, _H, _I),
}
"""Dimensions of every array of a benchmark."""

ELASTICITY_DIMENSIONS: Mapping[str, tuple[str, ...]] = {
    "top": (_R, _J),
    "kle": (_R, _J),
    "value_added": (_R, _J),
    "energy": (_R, _J),
    "fossil": (_R, _J),
    "resource": (_R, _J),
    "generation": (_R,),
    "technology_fixed": (_R, _T),
    "foreign": (_I,),
    "local": (_I,),
    "origin": (_I,),
    "transformation": (_J,),
    "export_demand": (_I,),
    "income": (_R, _H, _I),
    "frisch": (_R, _H),
}
"""Dimensions of every array of elasticities."""


@dataclass(frozen=True, eq=False, repr=False)
class Benchmark:
    """Calibrated base year of M3C. Flows in 1e8 CNY at base-year prices, CO2 in Mt.

    Dimensions: r region, q region of origin, i commodity, j activity (both are sectors),
    h household, f fuel, t generation technology, n natural resource (a sector).

    Attributes:
        name: name of the dataset.
        version: version of the dataset.
        base_year: calendar year.
        regions: full regions.
        sectors: sector codes.
        households: households of each region.
        fuels: commodities that may be burnt.
        technologies: generation technologies.
        resource_sectors: sectors that own a natural resource.
        output_domestic: sales within the country, gross of production tax [r,j].
        output_export: sales to the world, gross of production tax [r,j].
        output_tax: production tax as a share of gross revenue, may be negative [r,j].
        material: goods and services, feedstock fuels included, electricity not [r,i,j].
        fuel: fuel burnt [r,f,j].
        electricity: electricity used [r,j].
        labour: labour [r,j].
        capital: capital without natural resources and generation [r,j].
        resource: natural resources, on n = j [r,n,j].
        generation: purchase of the generation composite, electricity sector only [r,j].
        technology_output: value of generation [r,t].
        technology_material: materials of a technology [r,i,t].
        technology_fuel: fuel burnt by a technology [r,f,t].
        technology_labour: labour of a technology [r,t].
        technology_capital: capital of a technology [r,t].
        technology_fixed: fixed factor of a technology [r,t].
        technology_twh: electricity made, TWh [r,t].
        co2_fuel: CO2 of fuel burnt by activities, Mt [r,f,j].
        co2_technology: CO2 of fuel burnt by technologies, Mt [r,f,t].
        co2_household: CO2 of fuel burnt by households, Mt [r,h,f].
        co2_process: CO2 of processes, Mt [r,j].
        armington_import: imports, c.i.f. [r,i].
        tariff: duty as a rate on c.i.f. [r,i].
        armington_local: purchases from the region itself [r,i].
        armington_inflow: purchases of r from q, zero for q = r [q,r,i].
        consumption: household consumption [r,h,i].
        government: consumption of provincial government [r,i].
        investment: capital formation with inventories [r,i].
        labour_income: labour income [r,h].
        capital_income: capital income and all rents, received by enterprises [r].
        enterprise_to_household: distributed income [r,h].
        enterprise_tax: company tax [r].
        enterprise_saving: retained income [r].
        income_tax: income tax [r,h].
        household_saving: household saving [r,h].
        government_saving: saving of provincial government [r].
        production_tax_central_share: share of production tax that goes to the centre [r].
        central_transfer: net transfer from the centre to the province [r].
        foreign_saving: net capital from the world [r].
        interregional_saving: net capital from other regions, sums to zero [r].
        subsistence: committed consumption of the linear expenditure system [r,h,i].
        elasticities: elasticities by name, with the dimensions of ``ELASTICITY_DIMENSIONS``.
        polish: how far balancing to machine precision moved the SAM.
    """

    name: str
    version: str
    base_year: int
    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    households: tuple[str, ...]
    fuels: tuple[str, ...]
    technologies: tuple[str, ...]
    resource_sectors: tuple[str, ...]
    output_domestic: Array
    output_export: Array
    output_tax: Array
    material: Array
    fuel: Array
    electricity: Array
    labour: Array
    capital: Array
    resource: Array
    generation: Array
    technology_output: Array
    technology_material: Array
    technology_fuel: Array
    technology_labour: Array
    technology_capital: Array
    technology_fixed: Array
    technology_twh: Array
    co2_fuel: Array
    co2_technology: Array
    co2_household: Array
    co2_process: Array
    armington_import: Array
    tariff: Array
    armington_local: Array
    armington_inflow: Array
    consumption: Array
    government: Array
    investment: Array
    labour_income: Array
    capital_income: Array
    enterprise_to_household: Array
    enterprise_tax: Array
    enterprise_saving: Array
    income_tax: Array
    household_saving: Array
    government_saving: Array
    production_tax_central_share: Array
    central_transfer: Array
    foreign_saving: Array
    interregional_saving: Array
    subsistence: Array
    elasticities: dict[str, Array]
    polish: Polish

    def __post_init__(self) -> None:
        for name, array in self._arrays():
            shape = tuple(len(self.labels(dimension)) for dimension in self.dimensions(name))
            if array.shape != shape:
                raise CalibrationError(
                    f"benchmark {self.name}: {name} has shape {array.shape}, its dimensions "
                    f"{self.dimensions(name)} have {shape}"
                )
            if not np.isfinite(array).all():
                place = np.argwhere(~np.isfinite(array))[0]
                where = [
                    self.labels(dimension)[k]
                    for dimension, k in zip(self.dimensions(name), place, strict=True)
                ]
                raise CalibrationError(
                    f"benchmark {self.name}: {name} is not finite for {' '.join(where)}"
                )

    @staticmethod
    def dimensions(name: str) -> tuple[str, ...]:
        """Dimensions of an array; elasticities by ``elasticity.<name>``.

        Raises:
            CalibrationError: there is no such array.
        """
        kind, _, short = name.rpartition(".")
        table = ELASTICITY_DIMENSIONS if kind == "elasticity" else DIMENSIONS
        if short not in table or kind not in ("", "elasticity"):
            known = [*DIMENSIONS, *(f"elasticity.{key}" for key in ELASTICITY_DIMENSIONS)]
            raise CalibrationError(f"benchmark: no array {name!r}; known: {', '.join(known)}")
        return table[short]

    def labels(self, dimension: str) -> tuple[str, ...]:
        """Labels of a dimension, such as ``region`` or ``technology``."""
        return {
            "region": self.regions,
            "origin": self.regions,
            "commodity": self.sectors,
            "activity": self.sectors,
            "household": self.households,
            "fuel": self.fuels,
            "technology": self.technologies,
            "resource": self.resource_sectors,
        }[dimension]

    def to_series(self, name: str) -> pd.Series[float]:
        """An array as a labelled series; elasticities by ``elasticity.<name>``.

        Raises:
            CalibrationError: there is no such array.
        """
        dimensions = self.dimensions(name)
        kind, _, short = name.rpartition(".")
        array: Array = self.elasticities[short] if kind else getattr(self, short)
        labels = [self.labels(dimension) for dimension in dimensions]
        index = pd.MultiIndex.from_product(labels, names=list(dimensions))
        return pd.Series(array.ravel(), index=index, name=name, dtype=float)

    def position(self, sector: str) -> int:
        """Place of a sector in the arrays.

        Raises:
            CalibrationError: there is no such sector.
        """
        if sector not in self.sectors:
            raise CalibrationError(
                f"benchmark {self.name}: no sector {sector!r}; known: {', '.join(self.sectors)}"
            )
        return self.sectors.index(sector)

    @property
    def output(self) -> Array:
        """Gross output, production tax included [r,j]."""
        return self.output_domestic + self.output_export

    @property
    def absorption(self) -> Array:
        """Use of the composite commodity at the price after duty [r,i]."""
        imports = self.armington_import * (1.0 + self.tariff)
        total: Array = imports + self.armington_local + self.armington_inflow.sum(axis=0)
        return total

    def describe(self) -> str:
        """A readable summary: sizes, macroeconomic totals, emissions, exactness."""
        from calibration.report import describe

        return describe(self)

    def __repr__(self) -> str:
        sizes = f"{len(self.regions)} regions, {len(self.sectors)} sectors"
        return f"Benchmark({self.name!r}, {self.base_year}, version={self.version!r}, {sizes})"

    def _arrays(self) -> Iterator[tuple[str, Array]]:
        for field in fields(self):
            if field.name in DIMENSIONS:
                yield field.name, getattr(self, field.name)
        for name, array in self.elasticities.items():
            yield f"elasticity.{name}", array
