"""
How each column of a snapshot is selected, as SQL.

A column that the table has under the same name needs no entry. Every list is one text with its
elements in order, so that the same facts give the same snapshot; null means none is recorded.
``{today}`` and ``{pool_id}`` are values that the reader fills in.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.store.holding import PINNED

SEPARATOR = "\x1f"
SKILLS = ("oral", "written", "reading", "listening")


def _list(element: str, order: str = "", condition: str = "true") -> str:
    return f"string_agg({element}, E'\\x1f' order by {order or element}) filter (where {condition})"


def _named(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{value} as {name}" for name, value in columns.items())


@dataclass(frozen=True)
class _Facts:
    """
    Facts of candidates from one table, an aggregate per column.

    ``source`` has a table named x with ``pool_id`` and ``candidate_id``.
    """

    alias: str
    source: str
    columns: Mapping[str, str]
    condition: str = "true"

    def joined(self, *, few: bool) -> str:
        """Return the join to candidates c: per person for few, else all in one pass."""
        mine = "{0}.pool_id = c.pool_id and {0}.candidate_id = c.id"
        return f"""
            left join {"lateral" if few else ""} (
                select x.pool_id, x.candidate_id, {_named(self.columns)}
                from {self.source}
                where {self.condition} and {mine.format("x") if few else "true"}
                group by x.pool_id, x.candidate_id
            ) {self.alias} on {"true" if few else mine.format(self.alias)}
        """


# A target is written down as the key of its sender; rules compare ids.
_TO_PLACEMENT = """
    left join placement t on x.target_kind in ('placement', 'pair')
        and t.pool_id = x.pool_id and t.key = x.target
"""
_TO_EMPLOYER = """
    left join employer e on x.target_kind = 'employer'
        and e.pool_id = x.pool_id and e.key = x.target
"""
_SKILLS = "cross join lateral (values {}) s (skill, level)".format(
    ", ".join(f"('{skill}', x.{skill})" for skill in SKILLS)
)
_IN_FORCE = "(x.until is null or x.until >= {today})"
_REFUSED = f"""(
    select x.pool_id, x.candidate_id,
        x.target_kind || ':' || coalesce(t.id::text, x.target) as what
    from candidate_preference x {_TO_PLACEMENT} where x.veto
    union all
    select x.pool_id, x.candidate_id, x.target_kind || ':' || coalesce(e.id::text, x.target)
    from candidate_exclusion x {_TO_EMPLOYER} where {_IN_FORCE}
) x"""

CANDIDATE: Mapping[str, str] = {
    "pool": "c.pool_id",
    "coach": "c.coach_id",
    "home": "left(c.mediation_postcode, 4)",
    "latitude": "a.latitude",
    "longitude": "a.longitude",
    "walks": "c.walking",
    "transport": "transport.modes",
    "vehicle_for_work": "transport.for_work",
    "licences": "licences.list",
    "certificates": "certificates.list",
    "languages": "languages.list",
    "competences": "competences.list",
    "interests": "interests.list",
    "occupations_wished": "occupations.list",
    "sectors_wished": "sectors.list",
    "preferences": "preferences.list",
    "exclusions": "exclusions.list",
    "parkings": "parkings.list",
    "experience_recorded": "experience.pool_id is not null",
    "experience": "experience.list",
    "deployed": "d.candidate_id is not null",
    "deployed_until": "d.until_on",
    "follow_up_planned": "(d.active and d.planned) is true",
    # Filled in afterwards where the postcode gives no place.
    "place": "c.place",
}
_FACTS = (
    _Facts(
        "transport",
        "candidate_transport x",
        {
            # A lone separator is a list without elements: all that is recorded is ruled out.
            "modes": "coalesce("
            + _list("x.mode", condition="x.for_commute is not false")
            + ", E'\\x1f')",
            "for_work": "case when bool_or(x.for_work and x.mode <> 'public_transport')"
            " then true when bool_and(not x.for_work) then false end",
        },
    ),
    _Facts("licences", "candidate_licence x", {"list": _list("x.licence")}),
    _Facts(
        "certificates",
        "candidate_course x",
        {"list": _list("x.name")},
        "(x.expires_on is null or x.expires_on >= {today})",
    ),
    _Facts(
        "languages",
        f"candidate_language x {_SKILLS}",
        {"list": _list("x.language || ':' || s.skill || ':' || s.level")},
        "s.level between 1 and 4",
    ),
    _Facts("competences", "candidate_competence x", {"list": _list("x.uri")}),
    _Facts("interests", "candidate_interest x", {"list": _list("x.tag")}),
    _Facts(
        "occupations",
        "candidate_occupation x",
        {"list": _list("x.occupation", "x.rank, x.occupation")},
    ),
    _Facts("sectors", "candidate_sector x", {"list": _list("x.sbi_code")}),
    _Facts(
        "preferences",
        f"candidate_preference x {_TO_PLACEMENT}",
        {"list": _list("x.target_kind || ':' || coalesce(t.id::text, x.target) || ':' || x.mark")},
        "not x.veto",
    ),
    _Facts("exclusions", _REFUSED, {"list": _list("x.what")}),
    _Facts(
        "parkings",
        f"candidate_parking x {_TO_PLACEMENT}",
        {"list": _list("x.target_kind || ':' || coalesce(t.id::text, x.target, '')")},
        _IN_FORCE,
    ),
    _Facts(
        "experience",
        "candidate_experience x",
        {
            "list": _list(
                "x.employer_id || ':' || coalesce(x.occupation, '')",
                condition="x.employer_id is not null",
            )
        },
    ),
    _Facts(
        "d",
        "deployment x",
        {
            "active": "bool_or(x.state = 'active')",
            "planned": "bool_or(x.state = 'planned')",
            # The present one comes first by its name.
            "until_on": "(array_agg(x.until_on order by x.state, x.from_on))[1]",
        },
        "x.state in ('active', 'planned')",
    ),
)


def candidate_source(*, few: bool) -> str:
    """Return the tables that the columns of candidates come from, for few of them or for a pool."""
    return (
        "candidate c left join postcode_area a on a.pc4 = left(c.mediation_postcode, 4)"
        + "".join(facts.joined(few=few) for facts in _FACTS)
    )


# Whom a run plans for: nobody who has left, asked to be left out, or has an answer under way.
PLANNED_FOR = f"""
    c.state = 'active' and not c.restricted and not exists (
        select from proposal q
        where q.pool_id = c.pool_id and q.candidate_id = c.id and {PINNED.format("q")}
    )
"""

GROUP_FREE = "coalesce(g.max_guided, 4 * g.supervisors) - coalesce(u.people, 0)"
GROUP_USE = """(
    select x.supervisor_group_id, sum(x.taken + coalesce(y.people, 0)) as people
    from placement x
    left join held_openings() y on y.placement_id = x.id
    group by x.supervisor_group_id
)"""
PLACEMENT: Mapping[str, str] = {
    "pool": "p.pool_id",
    "shared": "p.pool_id <> {pool_id}",
    "employer": "p.employer_id",
    "workplace": "p.site_id",
    "supervisor_group": "p.supervisor_group_id",
    "site": "left(s.postcode, 4)",
    "latitude": "a.latitude",
    "longitude": "a.longitude",
    "shuttle_latitude": "b.latitude",
    "shuttle_longitude": "b.longitude",
    # An opening that a held proposal stands for is kept free for it.
    "taken": "least(p.openings, p.taken + coalesce(h.people, 0))",
    "group_free": GROUP_FREE,
    "season_months": "nullif(array_to_string(p.season_months, E'\\x1f'), '')",
    "minimum_wage": """(
        select x.hourly from minimum_wage x
        where x.valid_from <= greatest(p.start_earliest, {today})
        order by x.valid_from desc limit 1
    )""",
    "licences_required": "required.licences",
    "certificates_required": "required.certificates",
    "languages_required": "required.languages",
    "safety_languages_required": "required.safety_languages",
    "level_required": "case when required.level then coalesce(required.at_least, p.level_min) end",
    "competences_wished": "required.competences",
    "essentials_without_reason": "coalesce(required.without_reason, 0)",
    "sector": "coalesce(p.sector, e.sbi_code)",
    "tags": "tags.list",
    "supervisors": "g.supervisors",
    "training_recognised": """(
        e.training_firm and p.training_crebo is not null
        and (cardinality(e.crebo) = 0 or p.training_crebo = any(e.crebo))
    )""",
    "no_displacement_on": "e.no_displacement_on",
    "pso_level": "case when e.pso_until < {today} then 'none' else e.pso_level end",
    "code_in_force": "coalesce(e.code_until >= {today}, false)",
    "coaches": "serving.coaches",
    "place": "s.place",
    "shuttle_place": "p.shuttle_place",
}
_SKILL_ASKED = "x.value || ':' || coalesce(x.level, 2)"
_REQUIRED = {
    "licences": _list("x.value", condition="x.essential and x.field = 'licence'"),
    "certificates": _list("x.value", condition="x.essential and x.field = 'certificate'"),
    "languages": _list(
        _SKILL_ASKED, condition="x.essential and not x.safety and x.field = 'language'"
    ),
    "safety_languages": _list(
        _SKILL_ASKED, condition="x.essential and x.safety and x.field = 'language'"
    ),
    "level": "bool_or(x.essential and x.field = 'level')",
    "at_least": "max(x.level) filter (where x.essential and x.field = 'level')",
    "competences": _list("x.value", condition="x.field = 'competence'"),
    "without_reason": "count(*) filter (where x.essential and coalesce(trim(x.reason), '') = '')",
}
PLACEMENT_SOURCE = f"""
    placement p
    join employer e on e.id = p.employer_id
    left join site s on s.id = p.site_id
    left join postcode_area a on a.pc4 = left(s.postcode, 4)
    left join postcode_area b on b.pc4 = left(p.shuttle_postcode, 4)
    left join supervisor_group g on g.id = p.supervisor_group_id
    left join held_openings() h on h.placement_id = p.id
    left join {GROUP_USE} u on u.supervisor_group_id = g.id
    left join (
        select x.placement_id, {_named(_REQUIRED)}
        from placement_requirement x group by x.placement_id
    ) required on required.placement_id = p.id
    left join (
        select x.placement_id, {_list("x.tag")} as list from placement_tag x
        group by x.placement_id
    ) tags on tags.placement_id = p.id
    left join (
        select x.site_id, {_list("x.coach_id::text")} as coaches from coach_site x
        group by x.site_id
    ) serving on serving.site_id = s.id
"""
OWN_OR_SHARED = """(
    p.pool_id = {pool_id} or p.pool_id in (
        select x.pool_id from sharing_agreement x
        where x.other_pool_id = {pool_id}
            and coalesce(x.from_on <= {today}, true) and coalesce(x.until_on >= {today}, true)
            and (cardinality(x.kinds) = 0 or p.kind = any(x.kinds))
    )
)"""
