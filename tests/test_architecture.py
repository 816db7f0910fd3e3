"""The layers hold, and the tool that says so would notice if they did not."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import matcher

ROOT = Path(__file__).parents[1]
PACKAGES = ("matcher", "api", "workers")

CONTRACTS = (
    "one direction",
    "inside matcher",
    "the core does no I/O",
    "neither web nor queue",
    "only assignment talks to the solver",
    "the child never reaches the database",
    "no circles",
)

# Each line breaks one contract, and perhaps others with it.
TRESPASSES = {
    "one direction": ("matcher/errors.py", "import workers"),
    "inside matcher": ("matcher/utils.py", ""),
    "the core does no I/O": ("matcher/domain/rules.py", "import sqlalchemy"),
    "neither web nor queue": ("matcher/store/database.py", "import fastapi"),
    "only assignment talks to the solver": ("matcher/domain/terms.py", "import ortools"),
    "the child never reaches the database": ("workers/child.py", "import redis"),
    "no circles": ("api/launcher/account.py", "import api.launcher.guard"),
}


def lint_imports(folder: Path) -> str:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_the_import_contracts_are_kept() -> None:
    told = lint_imports(ROOT)
    for name in CONTRACTS:
        assert f"{name} KEPT" in told, told
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in told, told


def test_a_trespass_of_every_contract_is_noticed(tmp_path: Path) -> None:
    assert set(TRESPASSES) == set(CONTRACTS)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    for place, line in TRESPASSES.values():
        with (tmp_path / place).open("a") as file:
            file.write(f"\n{line}\n")
    told = lint_imports(tmp_path)
    for name in CONTRACTS:
        assert f"{name} BROKEN" in told, told


def test_the_child_starts_without_the_database() -> None:
    # What the contract reads from the text, seen in a running interpreter. Planning is loaded
    # once the job is there.
    loads = "import sys, workers.child, matcher.optimisation.planning; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", loads],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert "matcher.optimisation.planning" in loaded
    assert not loaded & {"sqlalchemy", "psycopg", "celery", "redis", "pydantic_settings"}


def test_the_package_of_the_workers_is_empty() -> None:
    assert (ROOT / "workers" / "__init__.py").read_text() == ""


def test_matcher_names_only_the_core() -> None:
    core = ("matcher.domain", "matcher.optimisation")
    tree = ast.parse((ROOT / "matcher" / "__init__.py").read_text())
    ours = [
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(PACKAGES)
    ]
    assert all(str(module).startswith(core) for module in ours), ours
    assert set(matcher.__all__) == {"PoolSnapshot", "Policy", "plan", "rank", "explain"}
    for name in matcher.__all__:
        assert getattr(matcher, name).__module__.startswith(core), name


def test_the_guard_of_the_embedded_servers_starts_light() -> None:
    # It stands between a person and the demo, and outlives its owner.
    done = subprocess.run(
        [sys.executable, "-c", "import api.launcher.guard, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not set(done.stdout.split()) & {"polars", "numpy", "pydantic", "sqlalchemy", "celery"}


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_is_an_empty_shell(package: str) -> None:
    empty = [
        str(path.relative_to(ROOT))
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__init__.py" and not ast.parse(path.read_text()).body
    ]
    assert empty == []


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_is_left_for_later(package: str) -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
    left = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in (ROOT / package).rglob("*.py")
        for line in path.read_text().splitlines()
        if any(mark in line for mark in marks)
    ]
    assert left == []
