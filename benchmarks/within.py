r"""Which parameters move the carbon price of a year most: the exact gradient of its equilibrium.

``python -m benchmarks.within [YEAR]`` solves ``enhanced_carbon_neutrality`` to the year (2060) and
differentiates the price p of the rest of China's permits in all parameters at once, by the implicit
function theorem (``cge.sensitivity.gradients``). Members of a family are scaled together,

.. math:: \epsilon_\theta = \sum_m \frac{\theta_m}{p} \frac{\partial p}{\partial \theta_m} ,

which is exact and of the year alone: what stands, and what is known from the years before, is given
(``benchmarks.variations --elasticities`` has what stocks carry). Writes ``docs/within.csv``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cge.m3c.model import Economy
from cge.path import Run, accept, begin, finish, opened, prepare, run, solve
from cge.scenario import load_scenario
from cge.sensitivity import Gradients, gradients

FILE = Path(__file__).parents[1] / "docs" / "within.csv"
SCENARIO = "enhanced_carbon_neutrality"
POOL = "Rest of China"

FAMILIES: Mapping[str, tuple[str, str]] = {
    "cap": ("cap", ""),
    "productivity": ("productivity of labour and capital", ""),
    "Y.electricity.base": ("electricity per unit of output", ""),
    "Y.fuel.base": ("fuel per unit of output", ""),
    "HH.fuel.minimum": ("fuel that households need at least", ""),
    "Y.material.quantity": ("materials per unit of output", ""),
    "Y.output.co2": ("process CO2 per unit of output", ""),
    "Y.fuel.co2": ("CO2 of fuel of sectors", ""),
    "T.fuel.co2": ("CO2 of fuel of plants", ""),
    "T.fuel.quantity": ("fuel of plants per kWh", "t"),
    "T.material.quantity": ("goods to run and integrate plants", "t"),
    "T.removed": ("tons removed per kWh", "t"),
    "plants": ("plants that stand", "t"),
    "RM.labour.quantity": ("labour per ton captured or removed", "n"),
    "RM.material.quantity": ("goods and energy per ton captured or removed", "n"),
    "removal_limit": ("limit of capture and removal", "n"),
    "injection_limit": ("room in basins", ""),
    "co2_carriage": ("cost of transport of CO2", ""),
    "sigma_energy": ("elasticity of electricity against fuel", ""),
    "sigma_fossil": ("elasticity among fuels", ""),
    "sigma_kle": ("elasticity of energy against capital and labour", ""),
    "sigma_value_added": ("elasticity of capital against labour", ""),
    "sigma_top": ("elasticity of materials", ""),
    "sigma_generation": ("substitution in generation", ""),
    "sigma_plants": ("bound on hours of plants", "t"),
    "sigma_foreign": ("elasticity of imports", ""),
    "sigma_local": ("elasticity of own against other provinces' goods", ""),
    "sigma_origin": ("elasticity among origins", ""),
    "sigma_resource": ("elasticity of resources", ""),
    "sigma_transformation": ("transformation to exports", ""),
    "ROW.PX.elasticity": ("elasticity of world demand", ""),
    "world_income": ("world demand", ""),
    "resources": ("natural resources", ""),
    "capital_supply": ("capital of sectors", ""),
    "labour_supply": ("labour", ""),
    "saving_rate": ("saving of households", ""),
    "retained_share": ("saving of enterprises", ""),
    "INV.goods.quantity": ("what investment buys", ""),
    "support": ("support and taxes per kWh", "t"),
    "lines": ("lines between regions", ""),
}  # fmt: skip
"""Parameters that are assumptions: in words, and the letter by whose labels they are told apart."""


def at(year: int) -> Run:
    """The policy solved to a year, that year being the last."""
    scenario = load_scenario(SCENARIO).model_copy(update={"last": year})
    current = begin(prepare(scenario, baseline=run(scenario.baseline())))
    for each in current.setting.years:
        one = opened(current, each)
        accept(current, one, solve(current, one))
    return current


def slopes(current: Run) -> Gradients:
    """Derivatives of the price in all parameters, at the last year of a run."""
    economy: Economy = current.compiled.economy
    place = [pool.name for pool in current.setting.scenario.pools].index(POOL)

    def price(state: Any) -> Any:
        """Worth of a permit at consumer prices, up to a constant."""
        return state.price(economy.carbon.permits.market)[place] / economy.prices.index(state)

    return gradients(current.compiled.solver, {"price": price}, current.progress.solved)


def families(found: Gradients) -> Iterator[tuple[str, str, float]]:
    """Elasticity of the price by family and label, members scaled together."""
    model = found.equilibrium.model
    level = float(found.outputs["price"])
    for name, (words, letter) in FAMILIES.items():
        theta = np.asarray(found.equilibrium.values[name], float)
        each = found.of("price", name).to_numpy() * theta / level
        letters = list(model.parameters[name].letters)
        if not letter:
            yield words, "", float(np.nansum(each))
            continue
        place = letters.index(letter)
        others = tuple(k for k in range(each.ndim) if k != place)
        for label, value in zip(
            model.dims[letter].labels, np.nansum(each, axis=others), strict=True
        ):
            yield words, str(label), float(value)


def main(arguments: Sequence[str]) -> int:
    """See the module."""
    year = int(arguments[0]) if arguments else 2060
    current = at(year)
    table = pd.DataFrame(list(families(slopes(current))), columns=["family", "label", "elasticity"])
    table = table.sort_values("elasticity", key=abs, ascending=False)
    table.insert(0, "year", year)
    table.to_csv(FILE, index=False, float_format="%.4g", lineterminator="\n")
    level = finish(current).data["carbon_price"].sel(year=year, region="RCN")
    print(f"{year}: {float(level):,.0f} yuan/t")
    print(table.head(10).to_string(index=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
