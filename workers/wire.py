"""What worker and child say to each other: a kind of one byte, a length of eight, then bytes."""

import os
import struct

JOB = b"J"
"""Worker to child: one part of the job; policy, snapshot, then a JSON question or null."""
PROGRESS = b"P"
"""Child to worker: JSON list of phase, done and total."""
PLAN = b"R"
"""Child to worker: SHA-256 of the plan, then the plan; to a job without a question."""
ANSWER = b"A"
"""Child to worker: SHA-256 of the answer, then the answer as JSON."""
FAILED = b"F"
"""Child to worker: the solver failed; JSON list of code and message."""
REFUSED = b"E"
"""Child to worker: the input is at fault, so another attempt ends the same; as `FAILED`."""

HEAD = struct.Struct(">cQ")
DIGEST_BYTES = 32


def message(kind: bytes, payload: bytes) -> bytes:
    """Return a message as it goes through a pipe."""
    return HEAD.pack(kind, len(payload)) + payload


def read(descriptor: int, kind: bytes) -> bytes:
    """
    Read the payload of one message from a pipe that blocks.

    Raises
    ------
    EOFError
        The other side is gone, or said something else.
    """
    found, length = HEAD.unpack(_read_exactly(descriptor, HEAD.size))
    if found != kind:
        raise EOFError
    return _read_exactly(descriptor, length)


def write(descriptor: int, kind: bytes, payload: bytes) -> None:
    """Write one message to a pipe that blocks."""
    rest = memoryview(message(kind, payload))
    while rest:
        rest = rest[os.write(descriptor, rest) :]


class Messages:
    """The messages in a stream of chunks."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def add(self, chunk: bytes) -> list[tuple[bytes, bytes]]:
        """Return the messages, kind and payload, that this chunk completes."""
        self._buffer += chunk
        found = []
        while len(self._buffer) >= HEAD.size:
            kind, length = HEAD.unpack_from(self._buffer)
            end = HEAD.size + length
            if len(self._buffer) < end:
                break
            found.append((kind, bytes(self._buffer[HEAD.size : end])))
            del self._buffer[:end]
        return found


def _read_exactly(descriptor: int, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        # Unbuffered: sys.stdin's buffer, read by a thread, aborts the interpreter at its end.
        part = os.read(descriptor, min(length - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)
