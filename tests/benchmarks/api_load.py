"""
A client of its own process: so many connections, each asking one thing after another.

What is asked is an address, or ``[method, address, body, status]``. For so many seconds, or, when
those are 0, everything once.
"""

import http.client
import json
import os
import sys
import threading
import time


def main() -> None:
    port, in_flight, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    asked = [
        ["GET", each, None, 200] if isinstance(each, str) else each for each in json.load(sys.stdin)
    ]
    times: list[float] = []
    faults: list[str] = []
    sizes: list[int] = []
    until = time.monotonic() + seconds

    def work(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        at = number
        while time.monotonic() < until if seconds else at < len(asked):
            method, path, body, expected = asked[at % len(asked)]
            at += in_flight
            sent = None if body is None else json.dumps(body)
            headers = {"Content-Type": "application/json"} if sent else {}
            headers["Authorization"] = f"Bearer {os.environ['BENCH_TOKEN']}"
            started = time.perf_counter()
            try:
                connection.request(method, path, sent, headers)
                answer = connection.getresponse()
                body = answer.read()
            except OSError as error:
                faults.append(type(error).__name__)
                connection.close()
                continue
            times.append(time.perf_counter() - started)
            sizes.append(len(body))
            if answer.status != expected:
                faults.append(f"{answer.status} {body[:200]!r}")

    started = time.monotonic()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(in_flight)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - started
    times.sort()
    json.dump(
        {
            "requests": len(times),
            "per_second": len(times) / took,
            "median_ms": times[len(times) // 2] * 1000,
            "p99_ms": times[int(len(times) * 0.99)] * 1000,
            "bytes": sum(sizes) / max(1, len(sizes)),
            "faults": faults[:5],
            "fault_count": len(faults),
        },
        sys.stdout,
    )


main()
