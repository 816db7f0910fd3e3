"""
The Celery app, and how its processes are started.

A message is only a hint that a row waits in PostgreSQL, so every setting here prefers a lost
message to a repeated one: the sweep sends it again.
"""

import os
from collections.abc import Sequence
from typing import Any

from celery import Celery

from matcher.errors import Unavailable
from matcher.settings import settings
from matcher.store.protection import connect_as_worker

INTERACTIVE = "interactive"
NIGHTLY = "nightly"
CONTROL = "control"
RUN_QUEUES = (INTERACTIVE, NIGHTLY)

PUBLISH_SECONDS = 300
"""What reading and publishing may take beside the solver."""


def configuration() -> dict[str, Any]:
    """
    Give the settings of Celery; read at first use, so that importing this needs no broker.

    Raises
    ------
    Unavailable
        No Redis is set.
    """
    ours = settings()
    if ours.broker_url is None:
        raise Unavailable(
            "No Redis is set. Maybe: set WORKPOOL_REDIS_URL, or start the embedded server."
        )
    return {
        "broker_url": ours.broker_url,
        # Early: recovery comes from the row. Late acknowledgement restarts a task that kills its
        # worker without bound, and repeats a healthy one that outlives the visibility timeout.
        "task_acks_late": False,
        # The row holds the outcome.
        "task_ignore_result": True,
        # Without the second, Redis still reserves one message per busy slot, beside idle workers.
        "worker_prefetch_multiplier": 1,
        "worker_disable_prefetch": True,
        "worker_max_tasks_per_child": 50,
        # A hint that cannot be sent is dropped; the sweep repeats it.
        "task_publish_retry": False,
        "broker_connection_retry_on_startup": True,
        # The default gives up after 100 tries.
        "broker_connection_max_retries": None,
        # A full Redis refuses even acknowledgements; by default a worker that meets one ends.
        "broker_channel_error_retry": True,
        # A frozen Redis is noticed. The prefix keeps other users of the same Redis apart.
        "broker_transport_options": {
            "socket_timeout": 2,
            "socket_connect_timeout": 2,
            "socket_keepalive": True,
            "global_keyprefix": "workpool:",
        },
        "task_serializer": "json",
        "accept_content": ["json"],
        # The last resort: solver, publishing and all waits have their own, shorter limits.
        "task_time_limit": ours.solver_seconds + PUBLISH_SECONDS + 120,
        "task_routes": {"sweep": {"queue": CONTROL}},
        "task_default_queue": INTERACTIVE,
        # In memory: what is due is known to the database.
        "beat_scheduler": "celery.beat:Scheduler",
        "beat_schedule": {
            "sweep": {
                "task": "sweep",
                "schedule": ours.sweep_seconds,
                # Sweeps that nobody could run are no backlog. It is compared with the worker's
                # clock, so a little difference between clocks must not discard every sweep.
                "options": {"queue": CONTROL, "expires": 30},
            }
        },
        "worker_hijack_root_logger": False,
        "worker_send_task_events": False,
    }


app = Celery("workpool", include=["workers.tasks"], set_as_current=False)
app.add_defaults(configuration)


def run_worker(queues: Sequence[str] = RUN_QUEUES, *, log_level: str = "INFO") -> None:
    """
    Work on these queues in this process until it is told to stop.

    Run queues get one slot each, in processes forked from this one: a slot that is killed leaves
    the others be, and all of them end with this process. A slot reads frames, this process must
    never evaluate one: a child forked after that waits for threads that it does not have. The
    control queue has one slot in this process: sweeps are short, and must never wait for a run.

    Raises
    ------
    SettingsError
        It would work as a database user who can change the record.
    """
    connect_as_worker()
    pool = "solo" if set(queues) == {CONTROL} else "prefork"
    app.worker_main(
        [
            "worker",
            f"--queues={','.join(queues)}",
            f"--pool={pool}",
            f"--concurrency={len(queues)}",
            # Any number of workers on one machine.
            f"--hostname=workpool-{os.getpid()}@%h",
            f"--loglevel={log_level}",
            # Neither is read by anybody, and both cost messages at every start.
            "--without-gossip",
            "--without-mingle",
        ]
    )


def run_beat(*, log_level: str = "INFO") -> None:
    """Send the sweep in its rhythm until told to stop. A second beat does no harm."""
    app.Beat(loglevel=log_level, quiet=True).run()
