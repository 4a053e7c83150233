import pytest
import torch

from mini_vimogen.data.curation import Candidate, Stage, curate
from mini_vimogen.data.quality_gates import Rejection, Thresholds

TRACK = {"seconds": 3.0, "seen_share": 0.9}
MOTION = {
    "jitter_m_per_s3": 100.0,
    "sliding_m_per_s": 0.1,
    "penetration_m": 0.0,
    "floating_m": 0.0,
}


def figure_of(seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(32, 22, 3, generator=generator)


def candidate(name, seed=None, *, shape=None, fault="", **changes):
    """A good candidate with some figures changed; no two alike by default."""
    seed = sum(map(ord, name)) if seed is None else seed
    track = {k: changes.pop(k, v) for k, v in TRACK.items()}
    motion = {k: changes.pop(k, v) for k, v in MOTION.items()}
    assert not changes
    shape = figure_of(seed) if shape is None else shape
    return Candidate(name, track, motion, shape, fault)


def test_each_gate_is_counted_in_order():
    found = curate(
        [
            candidate("good"),
            candidate("short", seconds=0.2, seen_share=0.0),
            candidate("unseen", seen_share=0.1, jitter_m_per_s3=1e6),
            candidate("refused", fault="too short for the lifter"),
            candidate("shaky", jitter_m_per_s3=1e6, floating_m=1.0),
            candidate("flying", floating_m=1.0, sliding_m_per_s=9.0),
            candidate("sunk", penetration_m=1.0),
            candidate("sliding", sliding_m_per_s=9.0),
            candidate("again", shape=figure_of(sum(map(ord, "good")))),
            candidate("other"),
        ]
    )
    assert found.kept == ("good", "other")
    assert {name: why.gate for name, why in found.rejected.items()} == {
        "short": "length",
        "unseen": "confidence",
        "refused": "lifting",
        "shaky": "jitter",
        "flying": "floor",
        "sunk": "floor",
        "sliding": "sliding",
        "again": "duplicates",
    }
    assert found.funnel == (
        Stage("candidates", 10, 0),
        Stage("length", 9, 1),
        Stage("confidence", 8, 1),
        Stage("lifting", 7, 1),
        Stage("jitter", 6, 1),
        Stage("floor", 4, 2),
        Stage("sliding", 3, 1),
        Stage("duplicates", 2, 1),
    )
    assert found.rejected["again"] == Rejection(
        "duplicates", "is 0.0 mm a joint from good, less than 10.0 mm"
    )


def test_the_first_of_near_equal_motions_stays_and_the_nearest_is_named():
    base = figure_of(0)
    step = torch.randn(32, 22, 3, generator=torch.Generator().manual_seed(9))
    step = step - step[:, :1]
    near = [base + k * 0.003 * step for k in range(4)]
    found = curate(
        [candidate(f"m{k}", shape=shape) for k, shape in enumerate(near)],
        Thresholds(least_apart_mm=8.0),
    )
    # Each step is about 6.8 mm: m1 is near m0; m2 is not, and m3 is near m2.
    assert found.kept == ("m0", "m2")
    assert "from m0" in found.rejected["m1"].reason
    assert "from m2" in found.rejected["m3"].reason


def test_what_was_rejected_makes_nothing_a_duplicate():
    base = figure_of(0)
    found = curate(
        [
            candidate("bad", shape=base, floating_m=1.0),
            candidate("good", shape=base),
        ]
    )
    assert found.kept == ("good",)


def test_motions_of_other_lengths_are_no_duplicates():
    base = figure_of(0)
    lengths = (3.0, 3.1, 3.5)
    found = curate(
        [candidate(f"{s}", shape=base, seconds=s) for s in lengths],
    )
    assert found.kept == ("3.0", "3.5")


def test_an_unlifted_candidate_is_turned_away_by_its_track():
    one = Candidate("a", TRACK | {"seconds": 0.1})
    assert curate([one]).rejected["a"].gate == "length"
    with pytest.raises(ValueError, match="'a' must be lifted, as its track"):
        curate([one], Thresholds(least_seconds=0.0))


def test_an_empty_set_is_empty():
    found = curate([])
    assert found.kept == () and found.rejected == {}
    assert {stage.left for stage in found.funnel} == {0}


def test_two_of_one_name_are_refused():
    with pytest.raises(ValueError, match="names of their own, got 'a' twice"):
        curate([candidate("a"), candidate("a", 3)])
