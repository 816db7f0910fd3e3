"""The files around the code: locks, image, stack, build server, papers."""

import json
import os
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text

from matcher.settings import PREFIX, Settings
from matcher.store.database import transaction

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def read(name: str) -> str:
    return (ROOT / name).read_text()


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads(read("pyproject.toml"))


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(read("docker-compose.yml"))
    return loaded


# --- locks -------------------------------------------------------------------------------------


def pins(lock: str) -> dict[tuple[str, str], str]:
    """Return version by (name, marker); a name may stand there once per marker."""
    found = re.findall(r"^([a-z0-9._-]+)==([^ \\;]+)(?: ; ([^\\]+?))? \\$", read(lock), re.M)
    return {(name, marker): version for name, version, marker in found}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_no_address(lock: str) -> None:
    assert "://" not in read(lock)
    assert "--index" not in read(lock)
    assert "--find-links" not in read(lock)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_with_its_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", read(lock).strip())
    assert len(entries) > 70
    assert len(pins(lock)) == len(entries)
    for entry in entries:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


def test_the_locks_agree() -> None:
    run_time, with_tools = (pins(lock) for lock in LOCKS)
    assert run_time.items() <= with_tools.items()
    assert "pytest" in {name for name, _ in with_tools} - {name for name, _ in run_time}


def test_what_the_project_names_is_locked(project: dict[str, Any]) -> None:
    groups = project["dependency-groups"]
    for lock, wanted in (
        (LOCKS[0], project["project"]["dependencies"] + groups["build"]),
        (LOCKS[1], groups["dev"]),
    ):
        locked = {name for name, _ in pins(lock)}
        for requirement in wanted:
            match = re.match(r"[A-Za-z0-9._-]+", requirement)
            assert match
            assert match[0].lower() in locked, f"{requirement} is not in {lock}"
            if exact := re.search(r"==([^ ;]+)", requirement):
                versions = {v for (name, _), v in pins(lock).items() if name == match[0].lower()}
                assert versions == {exact[1]}, f"{requirement} is not what {lock} has"


# --- words -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word", ["setup", "demo", "test", "fire", "bench", "lint", "supply", "sbom"]
)
def test_the_makefile_knows_the_word(word: str) -> None:
    done = subprocess.run(
        ["make", "--dry-run", word], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert word in subprocess.check_output(["make", "help"], cwd=ROOT, text=True)


@pytest.mark.parametrize(
    ("once", "option"), [("ONCE=1", True), ("ONCE=0", False), ("ONCE=", False)]
)
def test_once_ends_the_demo_after_its_last_screen(once: str, option: bool) -> None:
    told = subprocess.check_output(["make", "--dry-run", "demo", once], cwd=ROOT, text=True)
    assert "workpool demo" in told
    assert ("--once" in told) == option


def test_every_setting_stands_in_the_readme() -> None:
    readme = read("README.md")
    assert [name for name in Settings.model_fields if f"{PREFIX}{name.upper()}" not in readme] == []


# --- image and stack ---------------------------------------------------------------------------


def check_compose(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema",
         "vendor.compose-spec", path],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip


def test_the_stack_is_a_valid_compose_file(tmp_path: Path) -> None:
    checked = check_compose(ROOT / "docker-compose.yml")
    assert checked.returncode == 0, checked.stdout
    misspelt = tmp_path / "docker-compose.yml"
    misspelt.write_text(read("docker-compose.yml").replace("depends_on:", "depend_on:"))
    assert check_compose(misspelt).returncode == 1


def test_the_stack_has_all_its_parts(stack: dict[str, Any]) -> None:
    services = stack["services"]
    assert set(services) == {
        "postgres", "redis", "migrate", "api", "worker", "control", "beat",
    }  # fmt: skip
    assert services["postgres"]["image"] == "postgres:18"
    assert "--appendonly yes" in services["redis"]["command"][-1]
    assert "noeviction" in services["redis"]["command"][-1]
    for name in ("postgres", "redis", "api", "worker", "control"):
        assert services[name]["healthcheck"]["test"], name
    for name in ("api", "worker", "control", "beat"):
        waits = {service: how["condition"] for service, how in services[name]["depends_on"].items()}
        assert waits == {
            "migrate": "service_completed_successfully",
            "postgres": "service_healthy",
            "redis": "service_healthy",
        }


def test_the_stack_starts_what_exists(stack: dict[str, Any]) -> None:
    from typer.main import get_command

    from api.cli import app

    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    for name in ("migrate", "worker", "control", "beat"):
        assert stack["services"][name]["command"][0] in known
    target = stack["services"]["api"]["entrypoint"][-1]
    module, _, factory = target.partition(":")
    assert callable(getattr(import_module(module), factory))


def test_the_stack_names_only_known_settings(stack: dict[str, Any]) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    named = set(stack["x-workpool"]["environment"])
    assert named <= known
    assert {"WORKPOOL_DATABASE_URL", "WORKPOOL_REDIS_URL"} <= named


def test_no_secret_is_written_down(stack: dict[str, Any]) -> None:
    for name, service in stack["services"].items():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET", key):
                assert re.fullmatch(r"\$\{[A-Z_]+(:\?[^}]+|:-)\}", value), (name, key)
            assert not re.search(r"://[^$/]*:[^$/@]+@", value), (name, key)


def test_the_api_of_the_stack_is_for_this_machine_alone(stack: dict[str, Any]) -> None:
    published = [
        port for service in stack["services"].values() for port in service.get("ports", [])
    ]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_image_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\S+)$", read("Dockerfile"), re.M)
    assert users
    assert users[-1] == "10001:10001"
    assert "--require-hashes" in read("Dockerfile")


def test_the_image_gets_what_it_copies() -> None:
    allowed = set(re.findall(r"^!(\S+)$", read(".dockerignore"), re.M))
    copied = {
        name
        for names in re.findall(r"^COPY (?!--from)(.+) \S+$", read("Dockerfile"), re.M)
        for name in names.split()
    }
    assert copied == allowed
    assert all((ROOT / name).exists() for name in copied)


# --- database ----------------------------------------------------------------------------------


def test_no_migration_makes_an_extension(database: str) -> None:
    with transaction() as db:
        names = db.execute(text("select extname from pg_extension")).scalars().all()
    assert names == ["plpgsql"]


# --- build server ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tests", "lint", "last", "status"),
    [
        (0, 0, "===== 3 passed, 1 warning in 61.20s (0:01:01) =====", 0),
        (2, 0, "===== 1 failed, 2 passed in 3.10s =====", 2),
        (0, 2, "===== 3 passed in 3.10s =====", 2),
    ],
)
def test_the_build_server_ends_with_the_closing_line(
    tmp_path: Path, tests: int, lint: int, last: str, status: int
) -> None:
    make = tmp_path / "make"
    make.write_text(
        f'#!/bin/sh\necho "$1" >> {tmp_path}/words\n'
        f'if [ "$1" = test ]; then echo "{last}"; exit {tests}; fi\n'
        f"echo checked by $1; exit {lint}\n"
    )
    make.chmod(0o755)
    done = subprocess.run(
        [ROOT / ".ci" / "run"],
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines()[-1] == last
    assert "checked by lint" in done.stdout
    assert done.returncode == status
    assert (tmp_path / "words").read_text().split() == ["test", "lint", "supply"]


def test_the_build_server_fails_when_pytest_does_not_end(tmp_path: Path) -> None:
    make = tmp_path / "make"
    make.write_text("#!/bin/sh\necho all is well\n")
    make.chmod(0o755)
    done = subprocess.run(
        [ROOT / ".ci" / "run"],
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "did not come to its end" in done.stderr


def test_hooks_before_a_commit_are_local() -> None:
    hooks = yaml.safe_load(read(".pre-commit-config.yaml"))
    assert [repository["repo"] for repository in hooks["repos"]] == ["local"]


# --- supply -----------------------------------------------------------------------------------


def tool(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name(name), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_search_for_secrets_finds_one(tmp_path: Path) -> None:
    leak = tmp_path / "leak.py"
    leak.write_text("KEY = 'AKIA" + "Q" * 16 + "'\n")
    assert tool("detect-secrets-hook", leak).returncode == 1
    leak.write_text("KEY = 'named elsewhere'\n")
    assert tool("detect-secrets-hook", "--disable-plugin", "KeywordDetector", leak).returncode == 0


def test_the_search_for_unsafe_code_finds_some(tmp_path: Path) -> None:
    unsafe = tmp_path / "unsafe.py"
    unsafe.write_text("import subprocess\nsubprocess.run('ls ' + name, shell=True)\n")
    words = ("-q", "-ii", "-c", "pyproject.toml")
    assert tool("bandit", *words, unsafe).returncode == 1
    unsafe.write_text("import subprocess\nsubprocess.run([LIST, name])\n")
    assert tool("bandit", *words, unsafe).returncode == 0


def test_the_bill_of_materials_names_every_locked_package(tmp_path: Path) -> None:
    out = tmp_path / "sbom.cdx.json"
    made = tool(
        "cyclonedx-py", "requirements", "requirements.lock", "--pyproject", "pyproject.toml",
        "--output-reproducible", "--spec-version", "1.6", "-o", str(out),
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    told = json.loads(out.read_text())
    assert told["metadata"]["component"]["name"] == "workpool"
    named = {(each["name"], each["version"]) for each in told["components"]}
    assert named == {(name, version) for (name, _), version in pins(LOCKS[0]).items()}


# --- papers ------------------------------------------------------------------------------------


def test_the_licence_is_whole() -> None:
    licence = read("LICENSE")
    assert licence.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    for article in range(1, 16):
        assert re.search(rf"^{article}\. ?\S", licence, re.M), article
    assert "Appendix" in licence
    assert licence.rstrip().endswith("require the production of a new EUPL version.")


def test_the_description_for_catalogues_follows_its_standard(project: dict[str, Any]) -> None:
    told = yaml.safe_load(read("publiccode.yml"))
    assert told["publiccodeYmlVersion"] == "0.7"
    assert told["softwareVersion"] == project["project"]["version"]
    assert told["legal"]["license"] == project["project"]["license"] == "EUPL-1.2"
    assert told["softwareType"] == "standalone/backend"
    assert told["developmentStatus"] in {"concept", "development", "beta", "stable", "obsolete"}
    assert told["url"].startswith("https://")
    assert told["platforms"]
    assert (
        set(told["description"]) == {"en", "nl"} == set(told["localisation"]["availableLanguages"])
    )
    for language in told["description"].values():
        assert len(language["shortDescription"]) <= 150
        assert 150 <= len(language["longDescription"]) <= 10_000
        assert language["features"]
    assert told["maintenance"]["type"] in {"internal", "community"}
    assert told["maintenance"]["contacts"][0]["name"]
    deprecated = {"inputTypes", "outputTypes", "monochromeLogo"}
    assert not deprecated & set(told)


def test_the_changelog_begins_with_this_version(project: dict[str, Any]) -> None:
    version, state = re.findall(r"^## \[(.+?)\] - (.+)$", read("CHANGELOG.md"), re.M)[0]
    assert version == project["project"]["version"]
    assert state == "unreleased" or re.fullmatch(r"\d{4}-\d\d-\d\d", state)
