"""
PostgreSQL and Redis for the demo and the tests, from their wheels.

``start.servers()`` is the way in. It starts a guard, a process of its own, which starts the
servers and stops them as soon as its standard input closes: whatever ends the owner, SIGKILL
included, the servers go too. This file stays empty, so that the guard starts at once.
"""
