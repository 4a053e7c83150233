"""Ratios to the loop twins, measured in one run; never absolute promises.

The printed ratio is the finding. The aims, on a machine that does nothing else,
are 300 (kinetic), 100 (geometric) and 20 (MBench); what is asserted is half of
them, as a busy neighbour costs array code more than it costs Python loops.
"""

import numpy as np
import torch

from mini_vimogen.metrics import dance, mbench
from tests.benchmarks import metric_twins
from tests.benchmarks.timing import cpu_seconds
from tests.metrics.motions import random_walkers, wandering


def report(name: str, twin: float, package: float, record_property) -> float:
    ratio = twin / package
    record_property(f"{name}_times_faster", ratio)
    print(
        f"{name}: twin {1e3 * twin:.2f} ms a clip, package "
        f"{1e3 * package:.3f} ms, {ratio:.0f} times faster"
    )
    return ratio


def features_ratio(name, package, twin, record_property) -> float:
    """Eight clips of 150 frames, as they come out of a lifter."""
    clips = torch.stack([wandering(150, seed=s).float() for s in range(8)])
    arrays = clips.double().numpy()
    found = package(clips)
    wanted = np.stack([twin(clip) for clip in arrays[:2]])
    np.testing.assert_allclose(found[:2].numpy(), wanted, rtol=1e-5, atol=1e-9)
    slow = cpu_seconds(lambda: twin(arrays[0]), repeats=3)
    fast = cpu_seconds(lambda: package(clips), repeats=100) / len(clips)
    return report(name, slow, fast, record_property)


def test_kinetic_features_beat_the_twin(record_property):
    ratio = features_ratio(
        "kinetic features",
        dance.kinetic_features,
        metric_twins.kinetic_features,
        record_property,
    )
    assert ratio > 150


def test_geometric_features_beat_the_twin(record_property):
    ratio = features_ratio(
        "geometric features",
        dance.geometric_features,
        metric_twins.geometric_features,
        record_property,
    )
    assert ratio > 50


def score_all(clips) -> None:
    for clip in clips:
        for dimension in mbench.DIMENSIONS.values():
            dimension.score(clip)


def test_mbench_beats_the_twins(record_property):
    walkers = random_walkers(10, 100, seed=5)
    clips, arrays = torch.from_numpy(walkers), walkers.astype(np.float64)

    def twins():
        for clip in arrays:
            for score in metric_twins.MBENCH.values():
                score(clip)

    slow = cpu_seconds(twins, repeats=3) / len(clips)
    fast = cpu_seconds(lambda: score_all(clips), repeats=15) / len(clips)
    ratio = report("MBench's five", slow, fast, record_property)
    assert ratio > 10


def test_1000_clips_on_the_five_in_10_cpu_seconds(record_property):
    clips = torch.from_numpy(random_walkers(50, 100, seed=6))
    seconds = 20 * cpu_seconds(lambda: score_all(clips), repeats=3)
    record_property("cpu_seconds_for_1000_clips", seconds)
    print(f"1,000 clips of 100 frames on the five: {seconds:.1f} CPU seconds")
    assert seconds < 10
