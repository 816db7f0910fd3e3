"""Every definition against the cases that policy staff can read and add to."""

import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from matcher.domain.columns import COLUMNS
from matcher.domain.definitions import Limit
from matcher.domain.policy import DEFINITIONS, Policy
from matcher.domain.rules import ELIGIBILITY_RULES

CASES = [
    (file.stem, case)
    for file in sorted((Path(__file__).parents[2] / "cases").glob("*.toml"))
    for case in tomllib.loads(file.read_text())["case"]
]
KINDS = ("rule", "term", "tier", "gate", "limit")


def code_of(case: dict[str, Any]) -> str:
    return next(case[kind] for kind in KINDS if kind in case)


def policy_of(tables: dict[str, dict[str, Any]]) -> Policy:
    lines = [
        f"[{table}]\n" + "\n".join(f"{name} = {value!r}" for name, value in values.items())
        for table, values in tables.items()
    ]
    return Policy.from_toml("\n".join(lines))


def one_row(facts: dict[str, Any]) -> pl.DataFrame:
    """A pair of which only the given facts are recorded."""
    assert set(facts) <= set(COLUMNS), f"not declared: {set(facts) - set(COLUMNS)}"
    return pl.DataFrame(
        {name: [facts.get(name)] for name in COLUMNS},
        schema={name: column.dtype for name, column in COLUMNS.items()},
    )


@pytest.mark.parametrize(("file", "case"), CASES, ids=lambda part: str(part)[:60])
def test_case(file: str, case: dict[str, Any]) -> None:
    policy = policy_of(case.get("policy", {}))
    code = code_of(case)
    frame = one_row(case["facts"])
    if "term" in case:
        value = frame.select(policy.term_expressions()[code][2]).item()
        expected = None if case["share"] == "unknown" else pytest.approx(case["share"])
        assert value == expected
        return
    definition = DEFINITIONS[code]
    value = frame.select(policy.expression(definition)).item()
    if isinstance(definition, Limit):
        assert value == case["amount"]
        assert frame.select(definition.per).item() == case.get("group")
        return
    if "rule" in case:
        assert {True: "passed", False: "failed", None: "unknown"}[value] == case["outcome"]
    else:
        # a gate and a tier take unknown for no
        assert ("passed" if value else "failed") == case["outcome"]


def test_every_definition_has_its_cases() -> None:
    seen: dict[str, set[str]] = defaultdict(set)
    for _, case in CASES:
        seen[code_of(case)].add(str(case.get("outcome", case.get("share"))))
    missing = [code for code in DEFINITIONS if code not in seen]
    assert missing == []
    for rule in ELIGIBILITY_RULES:
        # home_known can only be unknown: without a postcode there is nothing to fail
        wanted = {"passed"} if rule.code == "home_known" else {"passed", "failed"}
        assert wanted <= seen[rule.code], rule.code
