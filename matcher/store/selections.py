"""
How each column of a snapshot is selected, as SQL.

A column that the table has under the same name needs no entry. Every list is one text with its
elements in order, so that the same facts give the same snapshot; null means none is recorded.
``{today}`` and ``{pool_id}`` are filled in as literals, since COPY takes no parameters.
"""

from collections.abc import Mapping

from matcher.store.writing import HELD, PINNED

SEPARATOR = "\x1f"
SKILLS = ("oral", "written", "reading", "listening")


def _list(element: str, source: str, condition: str, order: str = "") -> str:
    return (
        f"(select string_agg({element}, E'\\x1f' order by {order or element})"
        f" from {source} where {condition})"
    )


def _facts(element: str, source: str, condition: str = "true", order: str = "") -> str:
    """Return the list of a candidate's facts; ``source`` begins with a table, named x."""
    mine = "x.pool_id = c.pool_id and x.candidate_id = c.id"
    return _list(element, source, f"{mine} and {condition}", order)


def _requirements(element: str, condition: str) -> str:
    """Return the list of a placement's requirements of one kind."""
    mine = "x.pool_id = p.pool_id and x.placement_id = p.id"
    return _list(element, "placement_requirement x", f"{mine} and {condition}")


# A target is written down as the key of its sender; rules compare ids.
_TO_PLACEMENT = """
    left join placement t on x.target_kind in ('placement', 'pair')
        and t.pool_id = x.pool_id and t.key = x.target
"""
_TO_EMPLOYER = """
    left join employer e on x.target_kind = 'employer'
        and e.pool_id = x.pool_id and e.key = x.target
"""
_SKILLS_OF_LANGUAGE = "cross join lateral (values {}) s (skill, level)".format(
    ", ".join(f"('{skill}', x.{skill})" for skill in SKILLS)
)
_IN_FORCE = "(x.until is null or x.until >= {today})"
_VETOES = f"""
    select x.target_kind, coalesce(t.id::text, x.target) as target
    from candidate_preference x {_TO_PLACEMENT}
    where x.veto and x.pool_id = c.pool_id and x.candidate_id = c.id
"""
_EXCLUSIONS = f"""
    select x.target_kind, coalesce(e.id::text, x.target)
    from candidate_exclusion x {_TO_EMPLOYER}
    where {_IN_FORCE} and x.pool_id = c.pool_id and x.candidate_id = c.id
"""

CANDIDATE: Mapping[str, str] = {
    "pool": "c.pool_id",
    "coach": "c.coach_id",
    "home": "left(c.mediation_postcode, 4)",
    "latitude": "a.latitude",
    "longitude": "a.longitude",
    "walks": "c.walking",
    # A lone separator is a list without elements: all that is recorded is ruled out.
    "transport": """(
        select case when count(*) > 0 then coalesce(
            string_agg(x.mode, E'\\x1f' order by x.mode) filter (
                where x.for_commute is not false), E'\\x1f') end
        from candidate_transport x where x.pool_id = c.pool_id and x.candidate_id = c.id
    )""",
    "vehicle_for_work": """(
        select case when bool_or(x.for_work) then true when bool_and(not x.for_work) then false end
        from candidate_transport x
        where x.pool_id = c.pool_id and x.candidate_id = c.id and x.mode <> 'public_transport'
    )""",
    "licences": _facts("x.licence", "candidate_licence x"),
    "certificates": _facts(
        "x.name", "candidate_course x", "(x.expires_on is null or x.expires_on >= {today})"
    ),
    "languages": _facts(
        "x.language || ':' || s.skill || ':' || s.level",
        f"candidate_language x {_SKILLS_OF_LANGUAGE}",
        "s.level between 1 and 4",
    ),
    "competences": _facts("x.uri", "candidate_competence x"),
    "interests": _facts("x.tag", "candidate_interest x"),
    "occupations_wished": _facts(
        "x.occupation", "candidate_occupation x", order="x.rank, x.occupation"
    ),
    "sectors_wished": _facts("x.sbi_code", "candidate_sector x"),
    "preferences": _facts(
        "x.target_kind || ':' || coalesce(t.id::text, x.target) || ':' || x.mark",
        f"candidate_preference x {_TO_PLACEMENT}",
        "not x.veto",
    ),
    "exclusions": _list(
        "x.target_kind || ':' || x.target", f"({_VETOES} union {_EXCLUSIONS}) x", "true"
    ),
    "parkings": _facts(
        "x.target_kind || ':' || coalesce(t.id::text, x.target, '')",
        f"candidate_parking x {_TO_PLACEMENT}",
        _IN_FORCE,
    ),
    "experience_recorded": """exists (
        select from candidate_experience x where x.pool_id = c.pool_id and x.candidate_id = c.id
    )""",
    "experience": _facts(
        "x.employer_id || ':' || coalesce(x.occupation, '')",
        "candidate_experience x",
        "x.employer_id is not null",
    ),
    "deployed": "(d.active or d.planned) is true",
    "deployed_until": "d.until_on",
    "follow_up_planned": "(d.active and d.planned) is true",
    # Filled in afterwards where the postcode gives no place.
    "place": "c.place",
}
CANDIDATE_SOURCE = """
    candidate c
    left join postcode_area a on a.pc4 = left(c.mediation_postcode, 4)
    left join lateral (
        select bool_or(x.state = 'active') as active, bool_or(x.state = 'planned') as planned,
            (array_agg(x.until_on order by x.state, x.from_on))[1] as until_on
        from deployment x
        where x.candidate_id = c.id and x.state in ('active', 'planned')
    ) d on true
"""
# Whom a run plans for: nobody who has left, asked to be left out, or has an answer under way.
PLANNED_FOR = f"""
    c.state = 'active' and not c.restricted and not exists (
        select from proposal q where q.candidate_id = c.id and {PINNED.format("q")}
    )
"""

PLACEMENT: Mapping[str, str] = {
    "pool": "p.pool_id",
    "shared": "p.pool_id <> {pool_id}",
    "employer": "p.employer_id",
    "site": "left(s.postcode, 4)",
    "latitude": "a.latitude",
    "longitude": "a.longitude",
    "shuttle_latitude": "b.latitude",
    "shuttle_longitude": "b.longitude",
    # An opening that a held proposal stands for is kept free for it.
    "taken": "least(p.openings, p.taken + coalesce(h.people, 0))",
    "group_free": "coalesce(g.max_guided, 4 * g.supervisors) - coalesce(u.people, 0)",
    "season_months": "nullif(array_to_string(p.season_months, E'\\x1f'), '')",
    "minimum_wage": """(
        select x.hourly from minimum_wage x
        where x.valid_from <= greatest(p.start_earliest, {today})
        order by x.valid_from desc limit 1
    )""",
    "licences_required": _requirements("x.value", "x.essential and x.field = 'licence'"),
    "certificates_required": _requirements("x.value", "x.essential and x.field = 'certificate'"),
    "languages_required": _requirements(
        "x.value || ':' || coalesce(x.level, 2)",
        "x.essential and not x.safety and x.field = 'language'",
    ),
    "safety_languages_required": _requirements(
        "x.value || ':' || coalesce(x.level, 2)",
        "x.essential and x.safety and x.field = 'language'",
    ),
    "level_required": """(
        select max(coalesce(x.level, p.level_min)) from placement_requirement x
        where x.pool_id = p.pool_id and x.placement_id = p.id
            and x.essential and x.field = 'level'
    )""",
    "competences_wished": _requirements("x.value", "x.field = 'competence'"),
    "essentials_without_reason": """(
        select count(*) from placement_requirement x
        where x.pool_id = p.pool_id and x.placement_id = p.id
            and x.essential and coalesce(trim(x.reason), '') = ''
    )""",
    "sector": "coalesce(p.sector, e.sbi_code)",
    "tags": _list("x.tag", "placement_tag x", "x.pool_id = p.pool_id and x.placement_id = p.id"),
    "supervisors": "g.supervisors",
    "training_recognised": """(
        e.training_firm and p.training_crebo is not null
        and (cardinality(e.crebo) = 0 or p.training_crebo = any(e.crebo))
    )""",
    "no_displacement_on": "e.no_displacement_on",
    "pso_level": "case when e.pso_until < {today} then 'none' else e.pso_level end",
    "code_in_force": "coalesce(e.code_until >= {today}, false)",
    "coaches": _list(
        "x.coach_id::text", "coach_site x", "x.pool_id = p.pool_id and x.site_id = p.site_id"
    ),
    "place": "s.place",
    "shuttle_place": "p.shuttle_place",
}
PLACEMENT_SOURCE = f"""
    placement p
    join employer e on e.id = p.employer_id
    left join site s on s.id = p.site_id
    left join postcode_area a on a.pc4 = left(s.postcode, 4)
    left join postcode_area b on b.pc4 = left(p.shuttle_postcode, 4)
    left join (
        select q.placement_id, count(*) as people from proposal q
        where {HELD.format("q")} group by q.placement_id
    ) h on h.placement_id = p.id
    left join supervisor_group g on g.id = p.supervisor_group_id
    left join (
        select x.supervisor_group_id, sum(x.taken) as people from placement x
        group by x.supervisor_group_id
    ) u on u.supervisor_group_id = g.id
"""
OWN_OR_SHARED = """(
    p.pool_id = {pool_id} or p.pool_id in (
        select x.pool_id from sharing_agreement x
        where x.other_pool_id = {pool_id}
            and coalesce(x.from_on <= {today}, true) and coalesce(x.until_on >= {today}, true)
            and (cardinality(x.kinds) = 0 or p.kind = any(x.kinds))
    )
)"""
