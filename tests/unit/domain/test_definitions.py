"""What a definition promises by its form, and what is refused at import."""

from typing import Annotated

import polars as pl
import pytest

from matcher.domain.columns import COLUMNS, PROTECTED, base_columns, candidate, pair
from matcher.domain.definitions import Within, eligibility_rule, protected_parts, score_term, tier
from matcher.domain.gates import GATES
from matcher.domain.limits import LIMITS
from matcher.domain.policy import DEFINITIONS, Policy
from matcher.domain.rules import ELIGIBILITY_RULES
from matcher.domain.terms import SCORE_TERMS
from matcher.domain.tiers import TIERS


def test_fit_terms_add_up_to_a_thousand() -> None:
    assert sum(term.points for term in SCORE_TERMS if not term.plan_term) == 1000


def test_codes_are_unique() -> None:
    groups = (GATES, ELIGIBILITY_RULES, SCORE_TERMS, TIERS, LIMITS)
    assert len(DEFINITIONS) == sum(len(group) for group in groups)


def test_nothing_protected_is_read_by_anything() -> None:
    policy = Policy.default()
    expressions = [
        *policy.gate_expressions().values(),
        *policy.rule_expressions().values(),
        *(share for _, _, share in policy.term_expressions().values()),
        *(expression for _, expression in policy.tier_expressions()),
    ]
    read = {name for expression in expressions for name in expression.meta.root_names()}
    assert len(read) > 50
    short_names = {name.partition(".")[2] for name in base_columns(read) | read}
    assert short_names & PROTECTED == set()


def test_no_declared_column_is_protected() -> None:
    assert [name for name in COLUMNS if protected_parts(name)] == []


@pytest.mark.parametrize(
    "name",
    [name for name, column in COLUMNS.items() if column.is_made],
)
def test_a_made_column_names_where_it_comes_from(name: str) -> None:
    assert base_columns([name])
    assert set(COLUMNS[name].made_from) <= set(COLUMNS)


def test_every_text_formats_only_declared_columns() -> None:
    import string

    for definition in (*GATES, *ELIGIBILITY_RULES):
        texts = [definition.refusal, getattr(definition, "remark", "")]
        for text in texts:
            fields = {name for _, name, _, _ in string.Formatter().parse(text) if name}
            assert fields <= set(COLUMNS), definition.code
        assert definition.refusal, definition.code
        assert definition.source, definition.code


def test_a_typing_error_fails_at_once_with_the_nearest_name() -> None:
    with pytest.raises(AttributeError, match=r"no column 'hours_mim'.*hours_min"):
        _ = candidate.hours_mim


def test_a_rule_that_reads_something_protected_is_refused() -> None:
    with pytest.raises(TypeError, match=r"columns\.py does not declare"):

        @eligibility_rule(refusal="no", source="none")
        def young() -> pl.Expr:
            """Is the person young?"""
            return pl.col("candidate.age") < 30


def test_a_scheme_status_needs_its_article() -> None:
    with pytest.raises(TypeError, match="names no article"):

        @eligibility_rule(refusal="no", source="none")
        def sheltered() -> pl.Expr:
            """Is there an advice?"""
            return candidate.sheltered_advice_in_force


def test_a_tier_reads_people_only() -> None:
    with pytest.raises(TypeError, match="may read candidate"):

        @tier(source="none")
        def near() -> pl.Expr:
            """Near"""
            return pair.minutes < 10


def test_a_parameter_states_its_range() -> None:
    with pytest.raises(TypeError, match="needs Annotated"):

        @score_term(points=1, source="none")
        def term(share: float = 0.5) -> pl.Expr:
            """A term"""
            return pair.minutes * share


def test_a_definition_without_words_is_refused() -> None:
    with pytest.raises(TypeError, match="needs a docstring"):

        @score_term(points=1, source="none")
        def silent(share: Annotated[float, Within(0, 1)] = 0.5) -> pl.Expr:
            return pair.minutes * share


def test_a_boolean_share_counts_whole_or_nothing() -> None:
    frame = pl.DataFrame({"pair.coach_serves_site": [True, False, None]})
    _, points, share = Policy.default().term_expressions()["coach_continuity"]
    assert frame.select(share).to_series().to_list() == [1.0, 0.0, None]
    assert points == 20
