"""Nobody real: no number, name or address in a synthetic pool can be somebody's."""

import re
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from matcher.simulation.employers import kvk_numbers
from matcher.simulation.sonar import failing_numbers
from tests.invented import citizen_number_of_nobody
from tests.unit.simulation.folders import Written

NUMBER = re.compile(r"(?<![\d.])\d{8,9}(?!\d)")


def passes_eleven_test(number: str) -> bool:
    """Tell whether a number of eight or nine digits could be a citizen service number."""
    digits = [int(digit) for digit in number.zfill(9)]
    weights = [9, 8, 7, 6, 5, 4, 3, 2, -1]
    total = sum(weight * digit for weight, digit in zip(weights, digits, strict=True))
    return total % 11 == 0 and any(digits)


def numbers_in(folder: Path) -> set[str]:
    """Return every number of eight or nine digits in the files, the workbook's cells included."""
    texts = [path.read_text() for path in folder.glob("*.csv")]
    with zipfile.ZipFile(folder / "sonar.xlsx") as book:
        texts += [book.read(name).decode() for name in book.namelist() if "sheet" in name]
    return {number for text in texts for number in NUMBER.findall(text)}


def test_the_eleven_test_knows_a_number_that_passes() -> None:
    number = citizen_number_of_nobody()
    assert passes_eleven_test(number)
    assert not passes_eleven_test(str(int(number) + 1))


@pytest.mark.parametrize("pool", ["pilot", "dirty", "region"])
def test_no_number_passes_the_eleven_test(pool: str, request: pytest.FixtureRequest) -> None:
    found = numbers_in(request.getfixturevalue(pool).folder)
    assert len(found) >= 300
    assert [number for number in found if passes_eleven_test(number)] == []


def test_invented_numbers_fail_the_test_whatever_the_seed() -> None:
    for seed in range(20):
        numbers = failing_numbers(np.random.default_rng(seed), 500).cast(pl.String)
        assert not any(passes_eleven_test(number) for number in numbers)


def test_company_numbers_are_nobodys() -> None:
    numbers = kvk_numbers(48_000)
    assert len(set(numbers)) == 48_000
    assert all(len(number) == 8 and number.startswith("000") for number in numbers)
    assert not any(passes_eleven_test(number) for number in numbers)


def test_mail_and_telephone_lead_nowhere(pilot: Written) -> None:
    for name in ("identities", "employer_contacts"):
        assert pilot[name]["email"].drop_nulls().str.ends_with("@example.org").all()
        assert pilot[name]["phone"].drop_nulls().str.contains(r"^088-\d{7}$").all()


def test_addresses_of_lists_are_examples(pilot: Written) -> None:
    links = pl.concat(
        [
            pilot["candidate_occupation"]["occupation"],
            pilot["candidate_competence"]["uri"],
            pilot["placements"]["occupation"],
        ]
    )
    assert links.str.starts_with("https://example.org/").all()
