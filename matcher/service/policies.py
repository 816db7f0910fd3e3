"""A pool's policies: checked whole, published as a new version, never changed after."""

import hashlib
import tomllib
from datetime import date
from uuid import UUID

from sqlmodel import Session, and_, col, select

from matcher.domain.policy import Policy
from matcher.store import audit
from matcher.store.tables.policies import PolicyRow
from matcher.store.tables.pools import Pool


def publish(
    db: Session, pool_id: UUID, text: str, valid_from: date, decided_by: str | None = None
) -> Policy:
    """
    Store a policy as the pool's next version and return it.

    Publishing the text of the newest version again, with the same first day, changes nothing.

    Raises
    ------
    PolicyError
        The policy has faults: all of them, and nothing is stored.
    """
    Policy.from_toml(text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    newest = db.exec(
        select(PolicyRow)
        .where(PolicyRow.pool_id == pool_id)
        .order_by(col(PolicyRow.version).desc())
        .limit(1)
    ).first()
    if newest and newest.digest == digest and newest.valid_from == valid_from:
        return Policy.from_toml(text, newest.version)
    version = newest.version + 1 if newest else 1
    db.add(
        PolicyRow(
            pool_id=pool_id,
            version=version,
            valid_from=valid_from,
            decided_by=decided_by,
            toml=text,
            digest=digest,
        )
    )
    db.flush()
    audit.append(
        db,
        pool_id,
        None,
        "policy.publish",
        {
            "version": version,
            "valid_from": valid_from,
            "digest": digest,
            "decided_by": decided_by,
        },
    )
    return Policy.from_toml(text, version)


def in_force(db: Session, pool_id: UUID, today: date) -> Policy:
    """
    Return the policy in force on a day; the product's defaults where none is published.

    The pool's own horizon counts where the policy does not name one.
    """
    row = db.exec(
        select(Pool.horizon_days, PolicyRow.toml, PolicyRow.version)
        .outerjoin(
            PolicyRow, and_(PolicyRow.pool_id == Pool.id, col(PolicyRow.valid_from) <= today)
        )
        .where(Pool.id == pool_id)
        .order_by(
            col(PolicyRow.valid_from).desc().nulls_last(),
            col(PolicyRow.version).desc().nulls_last(),
        )
        .limit(1)
    ).first()
    if row is None:
        return Policy.default()
    horizon_days, toml, version = row
    policy = Policy.from_toml(toml, version) if toml is not None else Policy.default()
    if policy.horizon_days == horizon_days or "not_deployed_then" in tomllib.loads(policy.text):
        return policy
    own = f"{policy.text}\n[not_deployed_then]\nhorizon_days = {horizon_days}\n"
    return Policy.from_toml(own, policy.version)
