"""Base-year data: social accounting matrices, concordances, readers, balancing, datasets.

``load_dataset("yrd2020")`` gives the embedded estimate of the Yangtze River Delta (Shanghai,
Jiangsu, Zhejiang, Anhui) and the rest of China in 2020.
"""

from sam.dataset import Dataset, available_datasets, load_dataset
from sam.errors import (
    BalancingError,
    ConcordanceError,
    DatasetError,
    KindsMissing,
    SAMError,
    SourceError,
    SourceWarning,
)
from sam.kinds import Kinds
from sam.labels import Geography, Roles
from sam.matrix import SAM
from sam.matrix.labelling import suggest_kinds

__all__ = [
    "SAM",
    "BalancingError",
    "ConcordanceError",
    "Dataset",
    "DatasetError",
    "Geography",
    "Kinds",
    "KindsMissing",
    "Roles",
    "SAMError",
    "SourceError",
    "SourceWarning",
    "available_datasets",
    "load_dataset",
    "suggest_kinds",
]
