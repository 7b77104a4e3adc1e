"""A program that writes results where it is killed or the disk is full, and says what is left.

    hostile.py PATHS FOLDER kill TIMES limit SIZES mount SIZES

``kill`` ends the command at random instants while it writes; ``limit`` lets no file be larger than
some size (RLIMIT_FSIZE); ``mount`` writes into a file system of some size (root only).

PATHS holds pickled paths, of which the first alone makes the earlier set of results. Each attempt
is a fork of this process, which has no threads, so that what is imported and computed is so once. A
line of JSON tells for each attempt how it ended and what was found then.
"""

from __future__ import annotations

import json
import os
import pickle
import random
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cge.cli.run
import cge.path
import cge.scenario
from cge.cli import main
from cge.results import FILES, OutputError, check_results, folder, write_results
from sam import writing

PATHS = pickle.loads(Path(sys.argv[1]).read_bytes())
PLACE = Path(sys.argv[2])
OUT = PLACE / "out"
CONTENTS = {len(paths): folder._contents(paths, "", True) for paths in (PATHS[:1], PATHS)}


def fake() -> None:
    """Only writing is tried here: what comes before it is done once, what comes after it never."""
    folder._contents = lambda paths, prefix, plots: CONTENTS[len(paths)]
    cge.path.run = lambda scenario, **_: PATHS[bool(scenario.pools)]
    cge.scenario.load_scenario = lambda name: PATHS[-1].scenario
    cge.cli.run._print = lambda paths, files: None


def forked(work: Callable[[], None]) -> int:
    """Start a piece of work in a process of its own."""
    process = os.fork()
    if process:
        return process
    try:
        work()
    except SystemExit as end:
        os._exit(end.code or 0)
    except BaseException:
        traceback.print_exc()
        os._exit(99)
    os._exit(0)


def command() -> None:
    """The command that writes the whole set."""
    sys.argv = ["cge", "run", "--out", str(OUT)]
    main()


def state() -> dict[str, Any]:
    """What a user finds in the folder."""
    names = sorted(path.name for path in OUT.iterdir()) if OUT.is_dir() else []
    try:
        run = check_results(OUT)
    except OutputError:
        run = None
    changed = [
        name
        for name in FILES
        if name in names
        and (OUT / name).read_bytes() not in (bytes(CONTENTS[1][name]), bytes(CONTENTS[2][name]))
    ]
    return {"names": names, "run": run, "changed": changed}


def emptied(*, earlier: bool) -> None:
    """Begin with an earlier set of results, or with nothing."""
    subprocess.run(["rm", "-rf", OUT], check=True)
    if earlier:
        write_results(OUT, PATHS[:1])


def kill(times: int) -> None:
    rng = random.Random(7)
    begun = time.perf_counter()
    write_results(OUT, PATHS)
    long = time.perf_counter() - begun
    for number in range(times):
        emptied(earlier=number % 2 == 1)
        read, write = os.pipe()

        def work(ready: int = write) -> None:
            def write_set(*arguments: Any, **named: Any) -> list[Path]:
                os.write(ready, b"x")
                return writing.write_set(*arguments, **named)

            folder.write_set = write_set
            command()

        process = forked(work)
        os.read(read, 1)
        time.sleep(rng.uniform(0.0, 1.5 * long))
        os.kill(process, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        found = state()
        write_results(OUT, PATHS[:1])
        print(
            json.dumps(
                {"what": "kill", "earlier": number % 2 == 1, "code": code, **found, "next": state()}
            )
        )
        os.close(read)
        os.close(write)


def limit(sizes: int) -> None:
    largest = max(len(content) for content in CONTENTS[2].values())
    for number in range(sizes):
        size = int(1.1 * largest * number / (sizes - 1))

        def work(size: int = size) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            command()

        emptied(earlier=number % 2 == 1)
        report("limit", work, size, enough=size >= largest)


def mount(sizes: int) -> None:
    total = sum(len(content) for content in CONTENTS[2].values())
    for number in range(sizes):
        size = 4096 + int(2.5 * total * number / (sizes - 1))
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", PLACE], check=True)
        try:
            earlier = number % 2 == 1 and size > 1.2 * total
            emptied(earlier=earlier)
            report("mount", command, size, enough=size > 2.3 * total)
        finally:
            subprocess.run(["umount", PLACE], check=True)


def report(what: str, work: Callable[[], None], size: int, *, enough: bool) -> None:
    """Do a piece of work, and tell what it said and left."""
    before = state()
    read, write = os.pipe()

    def heard() -> None:
        os.dup2(write, sys.stderr.fileno())  # a file would be limited too
        work()

    code = os.waitstatus_to_exitcode(os.waitpid(forked(heard), 0)[1])
    os.close(write)
    with os.fdopen(read) as stream:
        said = stream.read()
    outcome = {"size": size, "enough": enough, "before": before, "code": code, "said": said}
    print(json.dumps({"what": what, **outcome, **state()}))


if __name__ == "__main__":
    fake()
    words = sys.argv[3:]
    for what, times in zip(words[::2], words[1::2], strict=True):
        {"kill": kill, "limit": limit, "mount": mount}[what](int(times))
