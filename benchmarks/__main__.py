"""``python -m benchmarks [CASE ...]``: measure and print ratios."""

from __future__ import annotations

import os
import sys

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

from benchmarks.cases import CASES  # noqa: E402


def main(names: list[str]) -> int:
    """Run the named cases, all if none; return 0 if every ratio is as wanted."""
    unknown = [name for name in names if name not in CASES]
    if unknown:
        print(f"unknown case {unknown[0]!r}; known are {', '.join(CASES)}")
        return 2
    missed = 0
    for name in names or CASES:
        print(f"{name}: {CASES[name].__doc__}")
        for ratio in CASES[name]():
            print(f"     {ratio}", flush=True)
            missed += str(ratio).startswith("MISS")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
