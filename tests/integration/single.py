"""One person and one placement in a pool, and the facts that a snapshot has about them."""

from datetime import date, timedelta

import polars as pl
from sqlmodel import Session

from matcher.domain.snapshot import PoolSnapshot
from matcher.store import reading
from matcher.store import tables as t

TODAY = date(2026, 11, 21)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


class World:
    """A pool with one employer, one placement and one candidate, to which a test adds facts."""

    def __init__(self, db: Session) -> None:
        self.db = db
        pool = t.Pool(key="pool", name="Pool")
        db.add(pool)
        db.flush()
        self.pool_id = pool.id
        self.mine = {"pool_id": pool.id}
        self.employer = self.add(t.Employer(**self.mine, key="e", trade_name="Works"))
        self.site = self.add(t.Site(**self.mine, key="s", employer_id=self.employer.id))
        self.placement = self.add_placement("p")
        self.candidate = self.add(t.Candidate(**self.mine, key="c"))
        self.of_candidate = {**self.mine, "candidate_id": self.candidate.id}
        self.of_placement = {**self.mine, "placement_id": self.placement.id}

    def add(self, row):
        self.db.add(row)
        self.db.flush()
        return row

    def add_placement(self, key: str, **values: object) -> t.Placement:
        row = {"title": "Work", "openings": 2, "state": "open", "site_id": self.site.id} | values
        return self.add(t.Placement(**self.mine, key=key, employer_id=self.employer.id, **row))

    def snapshot(self) -> PoolSnapshot:
        self.db.flush()
        return reading.read_snapshot(self.db, self.pool_id, TODAY)

    def asked(self) -> PoolSnapshot:
        """Return the candidate alone with all placements, as for a question."""
        placements = reading.read_placements(self.db, self.pool_id, TODAY)
        ids = [self.candidate.id]
        return reading.read_people(self.db, ids, self.pool_id, TODAY, placements)

    def person(self, column: str) -> object:
        """Return one column of the candidate, the same from the whole pool and from one."""
        whole = self.snapshot().candidates.filter(pl.col("candidate.id") == str(self.candidate.id))
        alone = self.asked().candidates
        assert alone.equals(whole)
        return _value(alone[f"candidate.{column}"])

    def place(self, column: str) -> object:
        """Return one column of the placement, the same from the whole pool and from one."""
        whole = self.snapshot().placements.filter(pl.col("placement.id") == str(self.placement.id))
        alone = reading.read_placement(self.db, self.placement.id, TODAY).placements
        assert alone.equals(whole)
        return _value(alone[f"placement.{column}"])


def _value(series: pl.Series) -> object:
    (value,) = series.to_list()
    return value
