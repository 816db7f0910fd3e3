"""The use cases: each takes a session and plain values, and leaves the commit to its caller."""
