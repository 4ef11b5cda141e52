"""What every peer measures of itself, and prints as one line of JSON."""

import json
import resource
import time


def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def measure(step, iterations):
    """`step()` is one iteration and gives its loss, as a number that is ready.

    The first iteration is timed apart: compilers do their work in it.
    """
    before = resident_bytes()
    seconds, losses = [], []
    for _ in range(iterations):
        begin = time.perf_counter()
        losses.append(step())
        seconds.append(time.perf_counter() - begin)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "losses": losses, "bytesAboveStart": max(0, peak - before)}))
