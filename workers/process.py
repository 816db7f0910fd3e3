"""A worker or beat that ends with whoever started it: when its standard input closes."""

import os
import signal
import sys
import threading

from workers.app import run_beat, run_worker

END_SECONDS = 10


def follow_parent() -> None:
    """Stop this process, warmly and then at once, as soon as standard input closes."""

    def watch() -> None:
        # os.read, and not sys.stdin: a thread inside the buffered reader aborts the exit
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(END_SECONDS)
        # its own session, so the group is this process and its children
        os.killpg(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="follow-parent", daemon=True).start()


if __name__ == "__main__":
    follow_parent()
    if sys.argv[1] == "beat":
        run_beat()
    else:
        run_worker(sys.argv[2:])
