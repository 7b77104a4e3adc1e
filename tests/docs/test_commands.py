"""Commands and files on the pages are those that the program knows, where they do not run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer
import yaml

from cge.cli import app
from cge.ensemble import load_ensemble
from cge.scenario import load_scenario
from sam import load_dataset
from tests.docs.pages import PAGES, README, Block, blocks

COMMANDS = [block for page in (*PAGES, README) for block in blocks(page, "sh")]
FILES = [block for page in (*PAGES, README) for block in blocks(page, "yaml")]


def calls(block: Block) -> Iterator[list[str]]:
    """Words of each call of the program in a block."""
    for line in block.text.splitlines():
        words = shlex.split(line, comments=True)
        at = next((k for k, word in enumerate(words) if Path(word).name == "cge"), None)
        if at is not None:
            stops = {"|", "||", "&&", ";", ">", ">>"}
            rest = words[at + 1 :]
            yield rest[: next((k for k, word in enumerate(rest) if word in stops), len(rest))]


@pytest.mark.parametrize("block", COMMANDS, ids=str)
def test_commands_and_their_options_exist(block: Block) -> None:
    for words in calls(block):
        command: click.Command = typer.main.get_command(app)
        left = words
        while isinstance(command, click.Group):
            if left[0].startswith("-"):
                break
            assert left[0] in command.commands, words
            command, left = command.commands[left[0]], left[1:]
        context = click.Context(command, info_name="cge")
        command.make_parser(context).parse_args(list(left))  # raises where an option is unknown


def wanted(page: Path) -> dict[str, Block]:
    """Files that the page names."""
    return {str(block.file): block for block in blocks(page, "yaml") if block.file}


@pytest.mark.parametrize("block", FILES, ids=str)
def test_files_of_a_page_are_read(block: Block, tmp_path: Path) -> None:
    for name, other in wanted(block.page).items():
        (tmp_path / name).write_text(other.text, encoding="utf-8")
    if not (tmp_path / "mine.yaml").exists():
        (tmp_path / "mine.yaml").write_text(
            "name: mine\nextends: enhanced_carbon_neutrality\n", encoding="utf-8"
        )
    file = tmp_path / "read.yaml"
    file.write_text(block.text, encoding="utf-8")
    if "uncertain" in yaml.safe_load(block.text):
        load_ensemble(file)
        return
    if "mydata" in block.text:
        load_dataset("yrd2020").save(tmp_path / "mydata")
    scenario = load_scenario(file)
    file.write_text(scenario.to_yaml(), encoding="utf-8")
    assert load_scenario(file) == scenario


def test_the_readme_names_what_there_is(repository: Path) -> None:
    """Pages and folders that README links to."""
    text = README.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((\w[\w./-]*)", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    assert targets
    assert not [target for target in targets if not (repository / target).exists()]
