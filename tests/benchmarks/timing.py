"""Time in CPU seconds, which a busy neighbour disturbs least."""

import time


def cpu_seconds(function, repeats: int = 7) -> float:
    """The fastest of several runs, in CPU seconds of this process."""
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        function()
        best = min(best, time.process_time() - start)
    return best


def rival_seconds(*functions, repeats: int) -> list[float]:
    """The fastest run of each, in CPU seconds; they take turns.

    What the neighbours do to one they do to the other.
    """
    best = [float("inf")] * len(functions)
    for _ in range(repeats):
        for i, function in enumerate(functions):
            best[i] = min(best[i], cpu_seconds(function, repeats=1))
    return best
