r"""A spatial model beside the economy: emissions on a 10 km grid, and a limit where they are dense.

The economy knows how much a sector of a province emits, not where. Here the CO2 of every province
and sector is spread over cells of 10 km with weights that sum to one in each province,

.. math:: e_c = \sum_{rj} w_{rjc} E_{rj} , \qquad \sum_c w_{rjc} = 1 ,

so that the totals of the economy are kept. Weights come from towns: a sector sits around them at a
distance typical for it, in proportion to their people, above an even spread over the province,

.. math:: w_{rjc} \propto \frac{\beta_j}{N_r} + (1 - \beta_j) \sum_{k \in r} \frac{n_k}{n_r} \,
          \frac{e^{-d_{ck}^2 / 2 \ell_j^2}}{\sum_{c'} e^{-d_{c'k}^2 / 2 \ell_j^2}} .

Where the density of all emissions exceeds a threshold, the chosen sector must give way: its output
may not exceed what its worst cell bears,

.. math:: \bar X_{rj} = X_{rj} \min_c \frac{(\tau - e_c + w_{rjc} E_{rj})^+}{w_{rjc} E_{rj}} .

The session takes the limit, the economy reacts (the sector's licences get a price, others grow or
shrink, the rest of the country makes up), emissions change, and the two iterate until they agree.
CO2 does no harm where it is emitted; its density stands for that of what comes out of the same
chimneys.

Provinces are bounding boxes, towns are those of the census: proxies that show the seam, not a
spatial inventory. Replace ``territories`` by your own.

Run it: ``python examples/coupling/emission_grid.py``. It takes some minutes, most of it to compile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from cge.coupling import Convergence, Session, couple
from cge.scenario import Scenario, load_scenario
from sam.ranking import worst

Array = npt.NDArray[np.float64]

CELL = 10.0
"""Side of a cell, km."""

KM_PER_DEGREE = 111.2
"""Length of a degree of latitude."""

SPREAD = {"AGR": (1.0, 30.0), "ELE": (0.1, 25.0), "TRD": (0.0, 12.0)}
"""Even part of a sector and its typical distance from towns, km: assumed. Farms are everywhere,
power stations at the rims, shops in town."""

USUAL = (0.2, 15.0)
"""The same for all other sectors."""


@dataclass(frozen=True)
class Town:
    """A town: longitude and latitude in degrees, people in millions."""

    name: str
    east: float
    north: float
    people: float


@dataclass(frozen=True)
class Territory:
    """A province as a box, with its towns.

    Attributes:
        west, east, south, north: degrees.
        towns: where its people and industries are.
    """

    west: float
    east: float
    south: float
    north: float
    towns: tuple[Town, ...]


def territories() -> dict[str, Territory]:
    """The four provinces: bounding boxes rounded to 0.1 degree, and towns of the census of 2020.

    People: Seventh National Population Census, resident population of the prefecture, rounded.
    Coordinates: seats of government, rounded to 0.1 degree.
    """
    return {
        "SH": Territory(120.8, 122.0, 30.7, 31.9, (Town("Shanghai", 121.5, 31.2, 24.9),)),
        "JS": Territory(116.4, 121.9, 30.8, 35.1, (
            Town("Suzhou", 120.6, 31.3, 12.7), Town("Nanjing", 118.8, 32.1, 9.3),
            Town("Xuzhou", 117.2, 34.3, 9.1), Town("Nantong", 120.9, 32.0, 7.7),
            Town("Wuxi", 120.3, 31.6, 7.5), Town("Yancheng", 120.2, 33.3, 6.7),
        )),
        "ZJ": Territory(118.0, 122.8, 27.1, 31.2, (
            Town("Hangzhou", 120.2, 30.3, 11.9), Town("Wenzhou", 120.7, 28.0, 9.6),
            Town("Ningbo", 121.6, 29.9, 9.4), Town("Jinhua", 119.6, 29.1, 7.1),
            Town("Taizhou", 121.4, 28.7, 6.6), Town("Jiaxing", 120.8, 30.8, 5.4),
        )),
        "AH": Territory(114.9, 119.6, 29.4, 34.6, (
            Town("Hefei", 117.3, 31.9, 9.4), Town("Fuyang", 115.8, 32.9, 8.2),
            Town("Anqing", 117.1, 30.5, 4.2), Town("Wuhu", 118.4, 31.4, 3.6),
            Town("Huainan", 117.0, 32.6, 3.0), Town("Ma'anshan", 118.5, 31.7, 2.2),
        )),
    }  # fmt: skip


@dataclass(frozen=True, eq=False)
class Grid:
    """Cells of 10 km in a plane that is true to distance at its middle latitude.

    Attributes:
        x: kilometres east of the western edge, centres of columns.
        y: kilometres north of the southern edge, centres of rows.
        inside: which cells belong to which territory (region, row, column); boxes may overlap.
        regions: regions with a territory.
        weights: share of a region's emissions of a sector in each cell (region, sector, row,
            column), summing to one over the cells.
        sectors: sectors.
    """

    x: Array
    y: Array
    inside: npt.NDArray[np.bool_]
    regions: tuple[str, ...]
    weights: Array
    sectors: tuple[str, ...]

    @classmethod
    def over(cls, places: Mapping[str, Territory], sectors: Sequence[str]) -> Grid:
        """The grid that covers all territories, with the weights of sectors."""
        west, south = (min(getattr(p, k) for p in places.values()) for k in ("west", "south"))
        east, north = (max(getattr(p, k) for p in places.values()) for k in ("east", "north"))
        plane = _Plane(west, south, 0.5 * (south + north))
        x, y = (np.arange(0.5 * CELL, end, CELL) for end in plane.project(east, north))
        inside = np.stack([plane.inside(place, x, y) for place in places.values()])
        weights = np.stack(
            [
                [plane.weights(place, x, y, *SPREAD.get(j, USUAL)) for j in sectors]
                for place in places.values()
            ]
        )
        return cls(x, y, inside, tuple(places), weights, tuple(sectors))

    def spread(self, emissions: xr.DataArray) -> xr.DataArray:
        """Emissions of regions with a territory on the grid, Mt (region, sector, y, x)."""
        mine = emissions.sel(region=list(self.regions), sector=list(self.sectors))
        cells = mine.transpose("region", "sector").to_numpy()[:, :, None, None] * self.weights
        return xr.DataArray(
            cells,
            dims=["region", "sector", "y", "x"],
            coords={"region": list(self.regions), "sector": list(self.sectors),
                    "y": self.y, "x": self.x},
            attrs={"units": "Mt CO2"},
        )  # fmt: skip


@dataclass(frozen=True)
class _Plane:
    west: float
    south: float
    middle: float

    def project(self, east: float, north: float) -> tuple[float, float]:
        """Kilometres from the south-western corner."""
        narrow = float(np.cos(np.radians(self.middle)))
        return (east - self.west) * KM_PER_DEGREE * narrow, (north - self.south) * KM_PER_DEGREE

    def inside(self, place: Territory, x: Array, y: Array) -> npt.NDArray[np.bool_]:
        """Cells whose centre is in the box (row, column)."""
        left, bottom = self.project(place.west, place.south)
        right, top = self.project(place.east, place.north)
        column, row = (x >= left) & (x <= right), (y >= bottom) & (y <= top)
        return row[:, None] & column[None, :]

    def weights(self, place: Territory, x: Array, y: Array, even: float, reach: float) -> Array:
        """Share of each cell (row, column) in the emissions of a sector, the equation above."""
        inside = self.inside(place, x, y)
        total = even * inside / inside.sum()
        people = sum(town.people for town in place.towns)
        for town in place.towns:
            a, b = self.project(town.east, town.north)
            distance = (x[None, :] - a) ** 2 + (y[:, None] - b) ** 2
            near = inside * np.exp(-distance / (2.0 * reach**2))
            total = total + (1.0 - even) * town.people / people * near / near.sum()
        return np.asarray(total / total.sum())


@dataclass(frozen=True, eq=False)
class Zoning:
    """A rule: where emissions are denser than a threshold, a sector's output is limited.

    Attributes:
        grid: cells and weights.
        sector: sector that must give way.
        threshold: largest density, kt of CO2 per square kilometre and year.
    """

    grid: Grid
    sector: str
    threshold: float

    def __call__(self, session: Session) -> dict[str, xr.DataArray]:
        """Limits on output for a solved session: what the worst cell of each region bears."""
        cells = self.grid.spread(session.get("emissions", unit="Mt CO2"))
        output = session.get("output", unit="1e8 CNY")
        limit = session.template("output_limit")
        most = self.threshold * CELL**2 / 1e3  # Mt per cell
        total = cells.sum(["region", "sector"]).to_numpy()
        for region in self.grid.regions:
            own = cells.sel(region=region, sector=self.sector).to_numpy()
            if own.sum() > 0.0:
                room = np.maximum(most - total + own, 0.0)
                share = np.divide(room, own, out=np.full_like(own, np.inf), where=own > 0.0).min()
                here = {"region": region, "sector": self.sector}
                limit.loc[here] = float(output.loc[here]) * max(share, 0.01)
        return {"output_limit": limit.assign_attrs(units="1e8 CNY")}


def densest(cells: xr.DataArray) -> tuple[float, float, float]:
    """Density of the densest cell, kt per square kilometre, and where it is, km east and north."""
    total = cells.sum(["region", "sector"])
    row, column = np.unravel_index(worst(total.to_numpy()), total.shape)
    return float(total.max()) * 1e3 / CELL**2, float(total.x[column]), float(total.y[row])


def run(session: Session, grid: Grid, sector: str, relief: float = 0.9) -> Convergence:
    """Limit a sector where density exceeds ``relief`` times today's largest, and let both settle.

    Raises:
        cge.coupling.NotConverged: economy and grid do not agree.
    """
    session.solve_year()
    before = grid.spread(session.get("emissions", unit="Mt CO2"))
    output = session.get("output", unit="1e8 CNY")
    density, x, y = densest(before)
    print(f"{session.year}: densest cell {density:.3g} kt/km2, {x:.0f} km east, {y:.0f} km north")
    done = couple(session, Zoning(grid, sector, relief * density))
    print(done.report())
    after = grid.spread(session.get("emissions", unit="Mt CO2"))
    change = (session.get("output", unit="1e8 CNY") / output - 1.0).sel(sector=sector)
    price = session.get("output_limit_price").sel(sector=sector)
    print(f"densest cell now {densest(after)[0]:.3g} kt/km2; {sector}:")
    for region in session.labels("region"):
        print(
            f"  {region:4s} output {100 * float(change.sel(region=region)):+6.2f} %, "
            f"licence {100 * float(price.sel(region=region)):5.2f} % of the base-year price"
        )
    return done


def main(scenario: Scenario | None = None, sector: str = "FER") -> Convergence:
    """Zone the iron and steel industry of the Yangtze River Delta in the first year."""
    scenario = scenario or load_scenario("enhanced_carbon_neutrality")
    session = Session(scenario.model_copy(update={"last": scenario.first}))
    return run(session, Grid.over(territories(), session.labels("sector")), sector)


if __name__ == "__main__":
    main()
