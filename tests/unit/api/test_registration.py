"""The record for the Algoritmeregister keeps the standard, and tells what the product does."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from starlette.testclient import TestClient

from api import registration
from api.main import create_app
from api.texts import Language, texts
from matcher.domain.columns import COLUMNS
from matcher.domain.limits import LIMITS
from matcher.domain.policy import Policy
from matcher.domain.rules import ELIGIBILITY_RULES
from matcher.domain.terms import SCORE_TERMS
from matcher.settings import Settings

SCHEMA = json.loads(Path(__file__).with_name("algoritmeregister.schema.json").read_text())
FOREIGN = "<script>" + "lang " * 200
OWN = """
[short_journey]
points = 777
[quality_mark]
points = 0
[tiers]
order = ["far", "longest_waiting", "everybody"]
[[tiers.own]]
code = "far"
label = "Groot & ver"
column = "candidate.distance_class"
equals = "groot"
citation = "Council decision 2026-14"
"""


def made(policy: Policy | None = None, **given: Any) -> dict[str, Any]:
    found = registration.record(policy or Policy.default(), Settings(**given))
    jsonschema.validate(found, SCHEMA)
    return found


def test_the_schema_refuses_what_is_too_long_or_missing() -> None:
    good = made()
    for name, bad in (
        ("goal", "x" * 2501),
        ("description_short", ""),
        ("status", "Klaar"),
        ("category", ["Werk"] * 2),
        ("contact_email", "nobody"),
        ("unknown", "x"),
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(good | {name: bad}, SCHEMA)
    for name in SCHEMA["required"]:
        rest = {key: value for key, value in good.items() if key != name}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(rest, SCHEMA)


def test_only_the_marks_that_the_standard_allows() -> None:
    for name, value in made(Policy.from_toml(OWN)).items():
        marks = set(re.findall(r"</?([a-zA-Z0-9]+)", str(value)))
        assert marks <= {"div", "br", "p", "ul", "ol", "li"}, name


def test_every_rule_term_and_tier_is_told() -> None:
    told = made()["methods_and_models"]
    dutch = texts(Language.DUTCH)
    for rule in ELIGIBILITY_RULES:
        assert dutch["rules"][rule.code]["question"] in told, rule.code
    for term in SCORE_TERMS:
        assert f"{dutch['terms'][term.code]['label']}: {term.points}" in told, term.code
    for limit in LIMITS:
        assert dutch["limits"][limit.code]["label"] in told, limit.code
    for code in Policy.default().tier_order:
        assert dutch["tiers"][code]["label"] in told, code


def test_a_policy_of_a_pool_tells_its_own() -> None:
    told = made(Policy.from_toml(OWN))["methods_and_models"]
    assert "Korte reis: 777" in told
    assert texts(Language.DUTCH)["terms"]["quality_mark"]["label"] not in told
    assert "Groot &amp; ver" in told
    assert told.index("Groot &amp; ver") < told.index("Langst wachtend")


def test_a_list_that_does_not_fit_is_cut_and_says_so() -> None:
    long = [f"vraag {number}" for number in range(2000)]
    told = registration._cut_to(5000, "", (("Vragen", long),))
    assert len(told) <= 5000
    kept = told.count("<li>vraag")
    assert f"en nog {2000 - kept}" in told


def test_the_organisation_names_itself() -> None:
    assert made()["organization"] == registration.UNNAMED
    found = made(
        organisation="Gemeente Voorbeeld",
        register_contact="https://voorbeeld.example/algoritmes",
        register_status="In gebruik",
        register_category="Impactvolle algoritmes",
    )
    assert found["organization"] == "Gemeente Voorbeeld"
    assert found["contact_email"].startswith("https://")
    assert found["status"] == "In gebruik"
    assert found["publication_category"] == "Impactvolle algoritmes"


def test_all_data_about_people_that_is_read_is_in_a_group() -> None:
    read = registration.data_read(Policy.default())
    groups = registration._written()["data"]
    grouped = [name for group in groups for name in group["columns"]]
    assert len(set(grouped)) == len(grouped)
    assert [name for name in read if name not in grouped] == []
    assert [name for name in grouped if f"candidate.{name}" not in COLUMNS] == []
    told = made()["source_data"]
    for group in groups:
        assert group["label"] in told


def test_over_http_it_needs_no_database() -> None:
    with TestClient(create_app(), base_url="http://127.0.0.1/api/v1") as client:
        answer = client.get("/algorithm-registration")
    assert answer.status_code == 200
    jsonschema.validate(answer.json(), SCHEMA)
