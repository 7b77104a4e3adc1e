"""Files that nobody should write: read right, or refused at their line, never anything else."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from calibration import Assumptions, CalibrationError, load_assumptions
from cge.cli import BAD_INPUT, app
from cge.scenario import (
    Closures,
    Pool,
    Removal,
    Scenario,
    ScenarioError,
    document,
    load_scenario,
    reading,
)
from cge.scenario import tables as scenario_tables
from sam import load_dataset
from tests.scenario.test_reading import GOOD

POOL = "name: mine\nlast: 2030\npools:\n  - name: Delta\n    regions: [SH]\n"
"""Five lines before what is wrong."""

REFUSED = {
    "a list in a list in a list": ("name: " + "[" * 5000, 1, "more than 20 levels"),
    "a mapping in a mapping": ("name: " + "{a: " * 5000, 1, "more than 20 levels"),
    "blocks in blocks": (
        "name:\n" + "".join(" " * i + "a:\n" for i in range(1, 300)),
        20,
        "more than 20",
    ),
    "a day that no month has": ("name: m\nlast: 2021-13-45\n", 2, "give a year as a whole number"),
    "5000 digits": ("name: m\nlast: " + "9" * 5000, 2, "give a year as a whole number"),
    "no whole number": ("name: m\nlast: !!int abc\n", 2, "'abc' is no int; remove the tag"),
    "no number": ("name: m\nlast: !!float abc\n", 2, "'abc' is no float; remove the tag"),
    "no truth value": ("name: m\nlast: !!bool abc\n", 2, "'abc' is no bool; remove the tag"),
    "a timestamp": ("name: m\nlast: !!timestamp abc\n", 2, "tag '!!timestamp' has no meaning"),
    "a set": ("name: !!set {a}\n", 1, "has no meaning here"),
    "Python": ("name: !!python/object/apply:os.getcwd []\n", 1, "has no meaning here"),
    "a list as key": ("? [a, b]\n: 1\n", 1, "a key must be a word or a number"),
    "a mapping as key": ("? {a: b}\n: 1\n", 1, "a key must be a word or a number"),
    "a year in brackets": (POOL + "    cap:\n      [2025]: 0.9\n", 7, "such as 2030: 0.8"),
    "no key": ("name: m\n? \n: 1\n", 2, "a key must be a word or a number"),
    "itself": ("name: m\npools: &a [*a]\n", 2, "refers to itself"),
    "no anchor": ("name: *x\n", 1, "is no YAML"),
    "two documents": ("name: m\n...\n---\nname: b\n", 3, "more than one document; keep one"),
    "a tab": ("name: m\n\tlast: 2030\n", 2, "use spaces, not tabs"),
    "a character beyond all": ('name: m\ndescription: "\\U00110000"\n', 2, "is no YAML"),
    "a character far beyond": ('name: m\ndescription: "\\UFFFFFFFF"\n', 2, "is no YAML"),
    "half a character": ('name: m\ndescription: "\\ud800"\n', 2, "holds half a character"),
    "half a character as key": ('name: m\n"\\ud800": 1\n', 2, "holds half a character"),
    "a version without end": (f"%YAML {'9' * 5000}.1\n---\nname: m\n", 1, "is no YAML"),
    "true as key": ("name: m\ntrue: 1\n", 2, "unknown key 'True'; known: name"),
    "a number as key": ("name: m\n5: 1\n", 2, "unknown key '5'; known: name"),
    "a wrong key taken over": ("name: m\n<<: {lsat: 2030}\n", 2, "unknown key 'lsat'; did you"),
    "keys taken over twice": ("name: m\n<<: {last: 2030}\n<<: {last: 2040}\n", 3, "given twice"),
    "per cent": (POOL + "    cap: {2021: 98%}\n", 6, "is '98%'; write 0.98"),
    "a decimal comma": (POOL + "    cap:\n      2021: 0,98\n", 7, "is '0,98'; write 0.98"),
    "a decimal comma and per cent": (POOL + "    cap:\n      2021: 98,5 %\n", 7, "write 0.985"),
    "thousands": (POOL + "    cap:\n      2021: 1,000\n", 7, "give a number in plain decimals"),
    "no per cent of a ton": (POOL + "removal: {cost: 5%}\n", 6, "give a number in plain decimals"),
    "per cent for ratios": (POOL + "    cap: {2021: 98}\n", 6, "98 per cent is 0.98"),
    "levels without a base": (
        POOL + "    cap: {levels: {2021: 196}}\n",
        6,
        "give levels with their",
    ),
    "a region by its name": (POOL.replace("SH", "shanghai"), 5, "is known by its code; write SH"),
    "a name without end": ("name: " + "x" * 5000, 1, "give a name of at most 200 letters"),
    "names that look alike": (
        POOL.replace("Delta", "D") + "  - {name: \uff24, regions: [JS]}\n",
        6,
        "is given twice; rename one",
    ),
    "the name of the baseline": (
        POOL.replace("mine", "ｂaseline"),
        1,
        "names the run without pools",
    ),
    "a NUL": ("name: m\n\0\n", 2, "holds the character '\\x00'"),
    "levels of nothing": (POOL + "    cap: {base: 1, levels: {}}\n", 6, "cap.levels: is {}"),
    "growth of nothing": (POOL + "    cap: {levels: {2020: 1}, growth: {}}\n", 6, "at least one"),
    "an empty cap": (POOL + "    cap: {}\n", 6, "give at least one entry"),
    "a cap without a value": (POOL + "    cap:\n", 6, "has no value; give one, or remove the key"),
    "a cap that is null": (POOL + "    cap: null\n", 6, "has no value; give one, or remove"),
    "an empty entry": ("name: m\npools:\n  -\n", 3, "an entry of the list is empty"),
    "limits of nobody": (POOL + "removal: {limit: {}}\n", 6, "give at least one entry"),
    "limits of no year": (POOL + "removal: {limit: {SH: {}}}\n", 6, "give at least one entry"),
    "2021 with a point": (POOL + "    cap: {2021: 0.9, 2021.0: 0.8}\n", 6, "given twice"),
    "2021 with a sign": (POOL + "    cap: {2021: 0.9, +2021: 0.8}\n", 6, "given twice"),
    "2021 in hexadecimal": (POOL + "    cap: {2021: 0.9, 0x7e5: 0.8}\n", 6, "'0x7e5' is no year"),
    "2021 underscored": (POOL + "    cap: {2021: 0.9, 2_021: 0.8}\n", 6, "'2_021' is no year"),
    "2021 in quotes": (POOL + "    cap: {'2021': 0.9}\n", 6, "'2021' is no year"),
    "half a year": (POOL + "    cap: {2021.5: 0.9}\n", 6, "2021.5 is no year"),
    "2021 in base 60": ("name: m\nlast: 33:41\n", 2, "is '33:41'; give a year"),
    "a cap of yes": (POOL + "    cap: {2021: yes}\n", 6, "is 'yes'; give a number"),
    "a cap of true": (POOL + "    cap: {2021: true}\n", 6, "is True; give a number"),
    "a cap in quotes": (POOL + "    cap: {2021: '0.9'}\n", 6, "is '0.9'; give a number"),
    "a year of true": (POOL + "    cap: {true: 0.9}\n", 6, "True is no year"),
    "a limit of true": (POOL + "removal: {limit: {SH: {2030: true}}}\n", 6, "is True; give a num"),
    "a huge cap": (POOL + "    cap: {2021: " + "9" * 400 + "}\n", 6, "cannot be met"),
    "a ceiling in quotes": (POOL + "removal: {ceiling: '4000'}\n", 6, "or none for no ceiling"),
    "a ceiling of yes": (POOL + "removal: {ceiling: yes}\n", 6, "or none for no ceiling"),
    "sinks of 1": (POOL + "    counts: net\n    sinks: 1\n", 7, "write true or false"),
    "sinks of a gross cap": (POOL + "    sinks: true\n", 6, "counts gross emissions, of which"),
    "a count of neither": (POOL + "    counts: both\n", 6, "choose 'gross' or 'net'"),
    "a cap and a price": (
        POOL + "    cap: {2030: 0.9}\n    price: {2030: 50}\n",
        7,
        "has a cap and a price; give one",
    ),
    "cover of nobody": (
        POOL + "    covers: [ELE, ELECTRIC]\n",
        6,
        "unknown sector or household 'ELECTRIC'",
    ),
    "a frozen baseline": ("name: m\nprogress: frozen\n", 2, "has no pools, so it is a baseline"),
    "a pool that is a word": ("name: m\npools: [SH]\n", 2, "their values: name, regions, cap"),
    "a name that is a number": ("name: 5\n", 1, "put quotes around a number that is a name"),
    "a long key": ("name: m\n? " + "x" * 5000 + "\n: 1\n", 2, "unknown key 'xxx"),
    "a long dataset": ("name: m\ndataset: " + "x" * 5000 + "\n", 2, "unknown dataset"),
    "a long table": ("name: m\nassumptions: {resources: " + "x" * 5000 + "}\n", 2, "name too long"),
    "a folder as table": ("name: m\nassumptions: {resources: .}\n", 2, "is a folder; name the fi"),
    "a device as table": ("name: m\nassumptions: {resources: /dev/zero}\n", 2, "no regular file"),
    "a ceiling without pools": ("name: m\nremoval: {ceiling: 5000}\n", 2, "has no pools, so CO2"),
    "a cost of no removal": (POOL + "removal: {cost: 300}\n", 6, "no region has a limit"),
}


LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp"])
FIXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
Loading = Callable[[bytes], Scenario | None]


@pytest.fixture
def loading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loading:
    """Load a document; None where it is refused as it should be.

    Datasets and the project's tables are read once for all documents.
    """
    datasets = cache(load_dataset)

    @cache
    def tables(sectors: tuple[str, ...]) -> Assumptions:
        return load_assumptions(sectors=sectors)

    def assumptions(files: Any, *, sectors: tuple[str, ...]) -> Assumptions:
        return load_assumptions(files, sectors=sectors) if files else tables(sectors)

    monkeypatch.setattr(reading, "load_dataset", datasets)
    monkeypatch.setattr(scenario_tables, "load_assumptions", assumptions)
    file = tmp_path / "mine.yaml"

    def load(document: bytes) -> Scenario | None:
        file.write_bytes(document)
        try:
            return load_scenario(file)
        except (ScenarioError, CalibrationError) as error:
            said = str(error)
            assert re.search(r"line \d+|holds no mapping|cannot be read", said), said
            assert "\n" not in said
            return None

    return load


@pytest.mark.parametrize("name", REFUSED)
def test_mistakes_of_all_kinds_are_named_at_their_line(name: str, tmp_path: Path) -> None:
    text, line, said = REFUSED[name]
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(file)
    message = str(caught.value)
    assert message.startswith(f"scenario {file}, line {line}")
    assert said in message
    assert len(message) < 6000


@pytest.mark.parametrize(
    ("letter", "name"),
    [("\\0", "x00"), ("\\e", "x1b"), ("\\n", "n"), ("\\x7f", "x7f"), ("\\u2028", "u2028")],
)
@pytest.mark.parametrize("place", ["name", "pool", "description"])
def test_control_characters_are_refused(place: str, letter: str, name: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    text = {"name": "name: X\n", "pool": POOL.replace("Delta", "X"), "description": "name: m\n"}
    text["description"] += "description: X\n"
    file.write_text(text[place].replace("X", f'"a{letter}b"'), encoding="utf-8")
    if (place, letter) == ("description", "\\n"):
        assert load_scenario(file).description == "a\nb"
        return
    with pytest.raises(ScenarioError, match=rf"holds the control character '\\{name}'; remove it"):
        load_scenario(file)


@pytest.mark.parametrize("letter", ["200b", "202e", "feff", "00ad", "e000", "0378"])
def test_characters_that_nobody_sees_are_refused_in_names(letter: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    for text in (f'name: "a\\u{letter}b"\n', POOL.replace("Delta", f'"Delta\\u{letter}"')):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(
            ScenarioError, match=rf"holds the invisible character '\\[ux].*{letter[2:]}'"
        ):
            load_scenario(file)


def test_a_description_joins_letters_but_turns_no_line_around(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text('name: m\ndescription: "a\\u200db"\n', encoding="utf-8")
    assert load_scenario(file).description == "a\u200db"
    file.write_text('name: m\ndescription: "a\\u202eb"\n', encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"line 2, description: holds the invisible character"):
        load_scenario(file)


def test_the_line_of_a_byte_that_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(b"name: m\n" + b"# more\n" * 5000 + b"description: caf\xe9\n")
    with pytest.raises(ScenarioError, match=r"line 5002: is no UTF-8; save the file as UTF-8"):
        load_scenario(file)


def test_a_file_is_walked_once_however_much_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[object] = []
    real = document.scalar
    monkeypatch.setattr(document, "scalar", lambda node: calls.append(node) or real(node))
    file = tmp_path / "mine.yaml"
    file.write_text("name: m\n" + "".join(f"k{i}: 1\n" for i in range(500)), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"line 2, k0: unknown key 'k0'.* \(and 499 more in"):
        load_scenario(file)
    assert len(calls) < 5 * 500  # keys and values, and keys for their lines


def test_mappings_that_take_over_each_other_are_followed(tmp_path: Path) -> None:
    """Each takes over the one before twice: walked naively, this would never end."""
    parts = ["- &a0 {name: p, regions: [SH], wrong: 1}"]
    parts += [f"- &a{k} {{<<: [*a{k - 1}, *a{k - 1}]}}" for k in range(1, 200)]
    file = tmp_path / "mine.yaml"
    file.write_text("name: m\npools:\n" + "\n".join(parts), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"line 3, pools\[0\].wrong: unknown key 'wrong'"):
        load_scenario(file)


@pytest.mark.parametrize("name", ["' '", "'\u3000'", "' Delta'", '"Delta\\t"', "''"])
def test_names_that_look_empty_or_like_another_are_refused(name: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(POOL.replace("Delta", name), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"line 4, pools\[0\].name"):
        load_scenario(file)


@pytest.mark.parametrize("word", ["none", "None", "NONE"])
def test_no_ceiling_in_any_spelling(word: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(f"{POOL}removal: {{ceiling: {word}}}\n", encoding="utf-8")
    assert load_scenario(file).removal.ceiling == "none"


def test_what_yaml_offers_and_a_scenario_can_use_is_read(tmp_path: Path) -> None:
    """Anchors, keys taken over, numbers in the common spellings, and days that are text."""
    file = tmp_path / "mine.yaml"
    file.write_text(
        "name: mine\ndescription: 2021-02-30\nlast: 2030\npools:\n"
        "  - &delta {name: one, regions: [SH], cap: &cap {2020: 1e0, 2030: .8}}\n"
        "  - {<<: *delta, name: two, regions: [JS]}\n"
        "  - {name: three, regions: [ZJ], cap: *cap}\n",
        encoding="utf-8",
    )
    scenario = load_scenario(file)
    assert scenario.description == "2021-02-30"
    assert [pool.cap for pool in scenario.pools] == [{2020: 1.0, 2030: 0.8}] * 3


@given(name=st.text(LETTERS, min_size=1, max_size=9))
@settings(FIXED, max_examples=60)
def test_any_name_is_written_so_that_it_reads_back(name: str, loading: Loading) -> None:
    """Also where it looks like a number, a truth value, a day or nothing."""
    if name == name.strip():
        scenario = Scenario(name=name, description=name, last=2030)
        assert loading(scenario.to_yaml().encode()) == scenario


@pytest.mark.parametrize("name", ["yes", "1e3", "0o7", "null", "~", "2021-02-30", "33:41", "010"])
def test_names_that_look_like_something_else_read_back(name: str, loading: Loading) -> None:
    scenario = Scenario(name=name, description=name)
    assert loading(scenario.to_yaml().encode()) == scenario


# The argument itself ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("nofile.yaml", "scenario nofile.yaml: no such file"),
        ("no/such/baseline", "scenario no/such/baseline: no such file"),
        ("baselin", "unknown scenario 'baselin'; did you mean 'baseline'?"),
        ("/", "scenario /: is a folder; name the file in it"),
        ("/dev/zero", "scenario /dev/zero: is no regular file"),
        ("x" * 5000, "unknown scenario 'xxx"),
        ("x" * 5000 + ".yaml", ": no such file"),
        ("a\0b", "unknown scenario 'a"),
    ],
)
def test_an_argument_that_is_no_scenario(argument: str, said: str) -> None:
    result = CliRunner().invoke(app, ["run", argument])
    assert result.exit_code == BAD_INPUT
    assert said in result.stderr
    assert len(result.stderr) < 1000


def test_a_file_that_is_far_too_long_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "results.yaml"
    file.write_text("# " + "x" * 2_000_000, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"has 2\.0 MB, a scenario has some thousand bytes"):
        load_scenario(file)


# Documents by chance ------------------------------------------------------------------------------

RICH = (
    GOOD
    + """\
description: |
  Of two provinces,
  and the others.
assumptions: {}
"""
).replace("    cap:\n      2020: 1.0", "    cap: &cap\n      2020: 1.0")

TOKENS = re.findall(r"\n *|[ ]+|[\w.]+|.", RICH)

NASTY = (
    "!!int, !!set, !!python/tuple, !x, &a, *a, *cap, <<: *cap, {, }, [, ], ', \", #, %, @, `, |, >"
    ", ~, null, yes, true, .nan, .inf, -1, 1e999, 0x7e5, 2_021, 33:41, 2021-13-45, 2021.0, ---, ..."
    ", /, none, 9999999999999999999999, \0, \x1b, \x85, \u2028, \ufeff, \udcff, ?"
)
SPACED = ["? ", "- ", ": ", ", ", "\n", "\n  ", "\n    ", "\t", "\r"]
BITS = st.sampled_from([*TOKENS, *NASTY.split(", "), *SPACED])


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A scenario file with tokens lost, repeated, exchanged, and put in."""
    tokens = list(TOKENS)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(tokens) - 1))
        kind = draw(st.sampled_from(["lose", "repeat", "exchange", "put", "put", "cut"]))
        if kind == "lose":
            del tokens[at]
        elif kind == "repeat":
            end = at + draw(st.integers(1, 12))
            tokens[at:at] = tokens[at:end]
        elif kind == "exchange":
            other = draw(st.integers(0, len(tokens) - 1))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif kind == "put":
            tokens[at : at + draw(st.integers(0, 1))] = [draw(BITS)]
        else:
            del tokens[at : at + draw(st.integers(1, 12))]
        tokens = tokens or ["\n"]
    return "".join(tokens).encode("utf-8", "surrogateescape")


WORDS = (*Scenario.model_fields, *Pool.model_fields, *Removal.model_fields, *Closures.model_fields)
KEYS = st.sampled_from([*WORDS, "base", "levels", "growth", "resources", "SH", "JS"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-5, 2100)
    | st.floats()
    | st.dates()
    | st.sampled_from(["SH", "JS", "yrd2020", "none", "full_employment", "", " ", "2030", "a\tb"])
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(KEYS | st.integers(2018, 2032), inner, max_size=4)
    ),
    max_leaves=12,
)


def shaped(tree: dict[Any, Any]) -> bytes:
    """A random tree where a scenario would have its pools, written as YAML 1.1."""
    return yaml.safe_dump({"name": "mine", "last": 2030, **tree}, allow_unicode=True).encode()


@given(document=damaged())
@settings(FIXED, max_examples=250)
def test_damaged_files_are_loaded_or_refused_at_a_line(document: bytes, loading: Loading) -> None:
    loading(document)


@given(tree=st.dictionaries(KEYS, TREES, max_size=5))
@settings(FIXED, max_examples=100)
def test_random_trees_are_loaded_or_refused_at_a_line(
    tree: dict[Any, Any], loading: Loading
) -> None:
    loading(shaped(tree))


@given(document=st.binary(max_size=60))
@settings(FIXED, max_examples=60)
def test_random_bytes_are_refused(document: bytes, loading: Loading) -> None:
    assert loading(document) is None


@given(document=damaged())
@settings(FIXED, max_examples=15)
def test_the_command_ends_in_bad_input(document: bytes, loading: Loading, tmp_path: Path) -> None:
    file = tmp_path / "given.yaml"
    if loading(document) is None:
        file.write_bytes(document)
        result = CliRunner().invoke(app, ["run", str(file), "--out", str(tmp_path / "out")])
        assert result.exit_code == BAD_INPUT
        assert result.stderr.startswith("Error: ")
        assert "Traceback" not in result.output
