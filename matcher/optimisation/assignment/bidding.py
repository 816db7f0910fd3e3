"""The inner loop of the auction: who is next, what to bid for, and whom that outbids."""

import numpy as np
from numba import types

from matcher.optimisation.assignment.arrays import Int32Array, IntArray
from matcher.optimisation.assignment.compiled import (
    INT32,
    INT64,
    READ_INT32,
    READ_INT64,
    compiled,
)

# A price that nobody pays, for placements without openings; sums with it stay inside 64 bits.
NEVER = 2**61
# A bid takes as long as so many looks at a pair.
LOOKS_OF_A_BID = 20


@compiled(
    types.int64,
    READ_INT64,
    READ_INT32,
    READ_INT64,
    READ_INT64,
    types.int64,
    types.int64,
    READ_INT64,
    INT64,
    INT32,
    INT64,
    INT64,
    INT32,
    INT32,
    INT64,
    INT32,
    INT32,
    INT64,
    INT64,
    types.int64,
    types.int64,
)
def bid(
    starts: IntArray,
    placement: Int32Array,
    points: IntArray,
    worth: IntArray,
    scale: int,
    step: int,
    first_seat: IntArray,
    bids: IntArray,
    holder: Int32Array,
    taken: IntArray,
    prices: IntArray,
    match: Int32Array,
    queue: Int32Array,
    state: IntArray,
    best_pairs: Int32Array,
    best_placements: Int32Array,
    best_points: IntArray,
    beyond: IntArray,
    remembered: int,
    most_looks: int,
) -> int:
    """
    Let those in the queue bid, and whom they outbid, until nobody is left or it takes too long.

    Parameters
    ----------
    starts, placement, points
        The pairs, as in ``Problem``.
    worth
        What placing a candidate counts beyond points, not multiplied by ``scale``.
    scale, step
        What points are multiplied by; the least rise of a price, after that.
    first_seat
        The seats of placement ``j`` are ``first_seat[j]:first_seat[j + 1]``.
    bids, holder, taken
        A heap per placement, lowest bid first: bid and candidate of each seat, and seats taken.
    prices, match
        As in ``Guide``, changed in place.
    queue, state
        A circle of candidates, its first position and how many it holds, changed in place.
    best_pairs, best_placements, best_points, beyond
        The remembered best pairs of each candidate and what all others are worth at most; prices
        only rise within a round, so that stays true.
    remembered, most_looks
        How many pairs are remembered; after how many looks at a pair to return.

    Returns
    -------
    how many looks at a pair it took.
    """
    top_worth = np.empty(remembered + 1, np.int64)
    top_pair = np.empty(remembered + 1, np.int32)
    head = state[0]
    count = state[1]
    size = queue.size
    tail = (head + count) % size
    looks = 0
    while count > 0 and looks < most_looks:
        i = queue[head]
        head = head + 1 if head + 1 < size else 0
        count -= 1
        base = i * remembered
        refreshed = False
        while True:
            # Staying without a placement is a choice too.
            best = -worth[i] * scale
            second = best
            best_at = -1
            for x in range(base, base + remembered):
                if best_placements[x] < 0:
                    break
                worth_it = best_points[x] - prices[best_placements[x]]
                if worth_it > second:
                    if worth_it > best:
                        second = best
                        best = worth_it
                        best_at = x
                    else:
                        second = worth_it
            looks += LOOKS_OF_A_BID
            if refreshed or best > beyond[i]:
                # One of the others may be the second best: then the bid is lower, and safe.
                second = max(second, beyond[i])
                break
            refreshed = True
            looks += starts[i + 1] - starts[i]
            n_top = 0
            for k in range(starts[i], starts[i + 1]):
                worth_it = points[k] * scale - prices[placement[k]]
                if n_top <= remembered:
                    x = n_top
                    n_top += 1
                elif worth_it > top_worth[remembered]:
                    x = remembered
                else:
                    continue
                while x > 0 and top_worth[x - 1] < worth_it:
                    top_worth[x] = top_worth[x - 1]
                    top_pair[x] = top_pair[x - 1]
                    x -= 1
                top_worth[x] = worth_it
                top_pair[x] = k
            for x in range(remembered):
                if x < n_top:
                    best_pairs[base + x] = top_pair[x]
                    best_placements[base + x] = placement[top_pair[x]]
                    best_points[base + x] = points[top_pair[x]] * scale
                else:
                    best_placements[base + x] = -1
            beyond[i] = top_worth[remembered] if n_top > remembered else -NEVER
        if best_at < 0:
            continue
        j = best_placements[best_at]
        offer = prices[j] + best - second + step
        first = first_seat[j]
        n_seats = first_seat[j + 1] - first
        if taken[j] < n_seats:
            x = taken[j]
            taken[j] += 1
            while x > 0 and bids[first + (x - 1) // 2] > offer:
                bids[first + x] = bids[first + (x - 1) // 2]
                holder[first + x] = holder[first + (x - 1) // 2]
                x = (x - 1) // 2
        else:
            outbid = holder[first]
            match[outbid] = -1
            queue[tail] = outbid
            tail = tail + 1 if tail + 1 < size else 0
            count += 1
            x = 0
            while 2 * x + 1 < n_seats:
                child = 2 * x + 1
                if child + 1 < n_seats and bids[first + child + 1] < bids[first + child]:
                    child += 1
                if bids[first + child] >= offer:
                    break
                bids[first + x] = bids[first + child]
                holder[first + x] = holder[first + child]
                x = child
        bids[first + x] = offer
        holder[first + x] = i
        match[i] = best_pairs[best_at]
        if taken[j] == n_seats:
            prices[j] = bids[first]
    state[0] = head
    state[1] = count
    return looks
