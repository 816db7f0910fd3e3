"""An order of codes as a pool writes it in its policy."""

from collections.abc import Collection

from matcher.domain.near_names import near


def read_order(
    kind: str, order: object, known: Collection[str], faults: list[str]
) -> tuple[str, ...]:
    """
    Return an order of codes; what is wrong with it is added to the faults.

    Parameters
    ----------
    kind
        What the codes name, such as ``tier``; the order stands in the table of several of them.
    """
    if not isinstance(order, list) or not all(isinstance(code, str) for code in order):
        faults.append(f"[{kind}s] order must be a list of {kind} codes")
        return ()
    for code in order:
        if code not in known:
            way_out = near(code, known) or f" There are {', '.join(known)}."
            faults.append(f"[{kind}s] order names the unknown {kind} {code}.{way_out}")
    if len(set(order)) != len(order):
        faults.append(f"[{kind}s] order names a {kind} twice")
    return tuple(order)
