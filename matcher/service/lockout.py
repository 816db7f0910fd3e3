"""
How often somebody may be wrong: from the fifth failure on the account is locked, ever longer.

Passwords and codes of a second factor count together. That an account is locked is told to nobody:
the answer is the same as for what is wrong.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlmodel import Session

from matcher.store.tables import Account

FREE_FAILURES: Final = 5
FIRST_LOCK: Final = timedelta(seconds=30)
LONGEST_LOCK: Final = timedelta(hours=1)


def is_locked(db: Session, account: Account) -> bool:
    """Return whether what is right is refused too, by the database's clock."""
    return account.locked_until is not None and account.locked_until > _now(db)


def count(db: Session, account: Account, *, right: bool) -> None:
    """Count a try of an account that is not locked, and lock it when there were too many."""
    if right:
        account.failures, account.locked_until = 0, None
    else:
        account.failures += 1
        over = account.failures - FREE_FAILURES
        if over >= 0:
            account.locked_until = _now(db) + min(FIRST_LOCK * 2 ** min(over, 10), LONGEST_LOCK)
    db.flush()


def _now(db: Session) -> datetime:
    now: datetime = db.execute(select(func.now())).scalar_one()
    return now
