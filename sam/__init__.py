"""Base-year data: social accounting matrices, concordances, readers, balancing, datasets.

``load_dataset("yrd2020")`` gives the embedded estimate of the Yangtze River Delta (Shanghai,
Jiangsu, Zhejiang, Anhui) and the rest of China in 2020.
"""

from sam.dataset import Dataset, available_datasets, load_dataset
from sam.errors import (
    BalancingError,
    ConcordanceError,
    DatasetError,
    SAMError,
    SourceError,
    SourceWarning,
)
from sam.labels import Geography, Roles
from sam.matrix import SAM

__all__ = [
    "SAM",
    "BalancingError",
    "ConcordanceError",
    "Dataset",
    "DatasetError",
    "Geography",
    "Roles",
    "SAMError",
    "SourceError",
    "SourceWarning",
    "available_datasets",
    "load_dataset",
]
