"""The table of reasons to decline, as data that holds together."""

import re

from matcher.domain.reasons import REASON_OF, REASONS, REFUSED_GROUNDS, is_refused, reasons_of


def test_every_reason_has_its_texts_and_somebody_who_gives_it() -> None:
    assert len(REASON_OF) == len(REASONS) == 20
    for reason in REASONS:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", reason.code)
        assert reason.dutch
        assert reason.english
        assert reason.dutch != reason.english
        assert reason.used_by


def test_what_a_reason_does_has_an_end() -> None:
    for reason in REASONS:
        effect = reason.effect
        ends = [effect.days is not None, effect.asks_until, bool(effect.lifted)]
        assert sum(ends) == (effect.what != "nothing"), reason.code
        assert (effect.times > 1) == (effect.within_days is not None)


def test_a_person_is_left_out_only_when_they_ask_or_cannot_be_reached() -> None:
    whole = {reason.code for reason in REASONS if reason.effect.what == "park_person"}
    assert whole == {"not_now", "no_contact"}


def test_who_may_give_which() -> None:
    assert set(reasons_of("candidate")) < set(reasons_of("coach"))
    assert set(reasons_of("employer")) == set(reasons_of("account_manager"))
    assert set(reasons_of("employer")).isdisjoint(reasons_of("coach"))
    assert reasons_of("pool_manager") == ()


def test_protected_grounds_are_no_reasons() -> None:
    assert REFUSED_GROUNDS.keys().isdisjoint(REASON_OF)
    for english, dutch in REFUSED_GROUNDS.items():
        assert is_refused(english)
        assert is_refused(dutch)
        assert is_refused(f" {dutch.title()} ")
    assert is_refused("chronische-ziekte")
    assert not any(map(is_refused, REASON_OF))
