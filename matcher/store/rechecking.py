"""
What is left of the hard limits when a plan is published.

While a plan was made, people decided: proposals of the last plan were accepted or held, a coach
chose, somebody's work began. What that used of a limit the plan did not know. Openings are counted
in SQL; what a limit has left is counted here, with the locks of the publication held.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl
from sqlalchemy import text
from sqlmodel import Session

from matcher.domain.plan import Plan
from matcher.domain.policy import Policy
from matcher.store.reading import read_placements
from matcher.store.resources import left_of_ceilings, read_resources
from matcher.store.runs import Claim

Group = tuple[str, str]


@dataclass(frozen=True)
class Recheck:
    """
    What it takes to look again, read before any lock.

    Parameters
    ----------
    policy
        The one in force now: which limits are hard.
    placements
        What its ceilings are about; empty where it has none.
    """

    claim: Claim
    plan: Plan
    policy: Policy
    placements: pl.DataFrame

    def drop(self, db: Session) -> dict[str, int]:
        """
        Take out of ``kept`` what no longer fits, and return how many people by limit.

        They are let in as the plan values them: pinned, then by tier, then by points; a bundle
        with its first, whole or not at all. The locks of a publication are held.
        """
        asked = self.plan.uses.group_by("limit", "group").agg(asked=pl.col("amount").sum())
        left = self._left(db)
        short = asked.join(left, on=["limit", "group"]).filter(pl.col("asked") > pl.col("left"))
        if short.is_empty():
            return {}
        uses = self.plan.uses.join(short, on=["limit", "group"], how="semi")
        units = self._units(db, uses["candidate.id"].unique().to_list())
        uses = uses.join(units, on="candidate.id").join(self._turns(), on="candidate.id")
        in_turn = uses.group_by("unit").agg(
            pl.col("turn").min(), claims=pl.struct("limit", "group", "amount")
        )
        out = beyond(
            (
                (unit, [((one["limit"], one["group"]), one["amount"]) for one in claims])
                for unit, claims in in_turn.sort("turn").select("unit", "claims").iter_rows()
            ),
            {(limit, group): most for limit, group, _, most in short.iter_rows()},
        )
        dropped = db.execute(text(_DROP), {"units": list(out)}).scalars()
        return dict(Counter(out[unit] for unit in dropped))

    def _left(self, db: Session) -> pl.DataFrame:
        today = self.claim.today
        found = [
            read_resources(db, self.claim.pool_id, today, self.policy),
            left_of_ceilings(db, self.placements, today, self.policy),
        ]
        # what is overbooked already has nothing left, and a plan asks nothing of it
        return pl.concat(found).select("limit", "group", left=pl.col("capacity").clip(0))

    def _units(self, db: Session, people: list[str]) -> pl.DataFrame:
        """Return ``candidate.id, unit`` of those still kept: who only go together are one."""
        rows = db.execute(text(_UNITS), {"people": people}).all()
        return pl.DataFrame(
            [tuple(row) for row in rows],
            schema={"candidate.id": pl.String, "unit": pl.String},
            orient="row",
        )

    def _turns(self) -> pl.DataFrame:
        """Return ``candidate.id, turn``: in what order people are let in."""
        tiers = {code: at for at, code in enumerate(self.plan.totals.tiers)}
        return (
            self.plan.proposals.select(
                "candidate.id",
                ~pl.col("pinned"),
                pl.col("tier").replace_strict(tiers, default=len(tiers), return_dtype=pl.Int64),
                -pl.col("points"),
            )
            .sort("pinned", "tier", "points", "candidate.id")
            .with_row_index("turn")
            .select("candidate.id", "turn")
        )


def recheck_of(db: Session, claim: Claim, plan: Plan, policy: Policy) -> Recheck:
    """Return what it takes to look again at the limits of a plan; reads, and takes no lock."""
    ceilings = any(each.hard and each.in_force(claim.today) for each in policy.ceilings)
    placements = read_placements(db, claim.pool_id, claim.today) if ceilings else pl.DataFrame()
    return Recheck(claim, plan, policy, placements)


def beyond(
    in_turn: Iterable[tuple[str, list[tuple[Group, int]]]], left: Mapping[Group, int]
) -> dict[str, str]:
    """
    Return who does not fit, each with the first limit that has too little left.

    Parameters
    ----------
    in_turn
        Who asks, in the order of being let in, and what of which groups.
    left
        What each of these groups has left, from 0.
    """
    rest = dict(left)
    out = {}
    for who, claims in in_turn:
        asked: Counter[Group] = Counter()
        for group, amount in claims:
            asked[group] += amount
        lacking = [group for group, amount in asked.items() if amount > rest[group]]
        if lacking:
            out[who] = min(lacking)[0]
        else:
            rest.update({group: rest[group] - amount for group, amount in asked.items()})
    return out


_UNITS = """
    select candidate_id::text, coalesce(bundle, candidate_id::text) from kept
    where candidate_id = any(cast(:people as uuid[]))
"""
_DROP = """
    delete from kept where coalesce(bundle, candidate_id::text) = any(:units)
    returning coalesce(bundle, candidate_id::text)
"""
