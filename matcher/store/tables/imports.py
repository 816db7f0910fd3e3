"""Imports under way: the file waits here for a worker, and goes after a day."""

from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from matcher.store.tables.base import EMPTY_OBJECT, FALSE, JSON, filled, one_of
from matcher.store.tables.work_orders import OPEN, WorkOrder, work_order


class ImportJob(WorkOrder, table=True):
    """One uploaded file: what it is, where it stands, and what came of it, row by row."""

    __tablename__ = "import_job"
    __table_args__ = (
        *work_order(),
        UniqueConstraint("pool_id", "id"),
        ForeignKeyConstraint(["pool_id"], ["pool.id"]),
        # Two imports writing the same rows would wait for one another half-way.
        Index(
            "import_job_one_running_idx",
            "pool_id",
            unique=True,
            postgresql_where=text("state = 'running'"),
        ),
        Index("import_job_open_idx", "created_at", postgresql_where=text(OPEN)),
        one_of("kind", "pool", "sonar", "candidates", "employers", "placements"),
        filled("file_name"),
    )

    kind: str
    file_name: str = Field(max_length=255)
    # Null after 24 hours: the file holds names and addresses, the rows have been taken from it.
    content: bytes | None = Field(default=None, sa_type=LargeBinary)
    digest: str = Field(max_length=64)
    dry_run: bool = Field(default=False, sa_column_kwargs=FALSE)
    skip_bad_rows: bool = Field(default=False, sa_column_kwargs=FALSE)
    report: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSON, sa_column_kwargs=EMPTY_OBJECT
    )
