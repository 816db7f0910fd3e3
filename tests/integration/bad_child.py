"""A solver's process that misbehaves on purpose, in the way that its first argument names."""

import hashlib
import json
import os
import signal
import sys
import time

from workers import wire

way = sys.argv[1]
policy = wire.read(0, wire.JOB)
snapshot = wire.read(0, wire.JOB)
question = wire.read(0, wire.JOB)

if way == "segfault":
    os.kill(os.getpid(), signal.SIGSEGV)
elif way == "status":
    sys.exit(3)
elif way == "short":
    os.write(1, wire.message(wire.PLAN, b"x" * 100)[:50])
elif way == "damaged":
    wire.write(1, wire.PLAN, b"0" * 32 + b"not the plan that was meant")
elif way == "answers a question":
    found = json.dumps({"asked": json.loads(question)}).encode()
    wire.write(1, wire.ANSWER, hashlib.sha256(found).digest() + found)
elif way == "late status":
    wire.write(1, wire.FAILED, b'["first", "said before the end"]')
    sys.exit(4)
elif way == "refuse":
    wire.write(1, wire.REFUSED, b'["bad_policy", "unknown rule"]')
elif way == "environment":
    names = sorted(os.environ)
    wire.write(1, wire.FAILED, json.dumps(["environment", " ".join(names)]).encode())
elif way == "session":
    # The default policy has nothing to say.
    told = f"{os.getpid() == os.getsid(0)} {policy == b''} {len(snapshot) > 0}"
    wire.write(1, wire.FAILED, json.dumps(["session", told]).encode())
elif way == "progress":
    wire.write(1, wire.PROGRESS, b'["assign", 3, 7]')
    wire.write(1, wire.FAILED, b'["progress", "told"]')
elif way == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    wire.write(1, wire.PROGRESS, json.dumps(["deaf", os.getpid(), 0]).encode())
    time.sleep(60)
elif way == "slow":
    wire.write(1, wire.PROGRESS, json.dumps(["slow", os.getpid(), 0]).encode())
    time.sleep(60)
