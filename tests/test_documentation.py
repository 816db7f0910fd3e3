"""What is defined is documented, and what the README says is true."""

import re
from pathlib import Path

import pytest
import typer.main

from api.cli import app
from tests import papers
from tests.documentation import README, replaced

TEXT = README.read_text()
ROOT = README.parent


def test_the_made_sections_are_up_to_date() -> None:
    assert replaced(TEXT) == TEXT, "run: python -m tests.documentation"


def test_the_made_parts_of_the_dpia_are_up_to_date() -> None:
    page = papers.TEMPLATE.read_text()
    assert papers.replaced(page) == page, "run: python -m tests.papers"


@pytest.mark.parametrize(
    "path",
    sorted(set(re.findall(r"`(tests/[\w/.]+)`", (ROOT / "SECURITY.md").read_text()))),
)
def test_every_test_that_the_table_of_controls_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_command_has_help_and_no_word_too_many() -> None:
    group = typer.main.get_command(app)
    names = set(group.commands)  # type: ignore[attr-defined]
    assert names == {
        "demo", "serve", "worker", "beat", "migrate", "pool", "policy", "import", "generate",
        "match", "ask", "explain", "what-if", "advise", "export", "simulate", "audit",
        "vault", "erase", "erasures", "account", "access", "retain", "refusals",
    }  # fmt: skip
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        assert command.help, name


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:matcher|api|tests)/[\w/.]+)`", TEXT)))
)
def test_every_path_that_the_readme_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_command_that_the_readme_names_exists() -> None:
    group = typer.main.get_command(app)
    named = set(re.findall(r"workpool (?!\[)([a-z]+(?:-[a-z]+)*)", TEXT))
    assert named <= set(group.commands) | {"match"}  # type: ignore[attr-defined]


def test_the_changelog_names_the_version() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert version[1] in Path(ROOT / "CHANGELOG.md").read_text()
