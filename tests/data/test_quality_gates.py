"""Each gate at its edge, each figure on a motion made by hand."""

import math
import re
from dataclasses import fields, replace

import pytest
import torch

from mini_vimogen.data import quality_gates as gates
from mini_vimogen.data.quality_gates import (
    MOTION_GATES,
    ORDER,
    TRACK_GATES,
    Thresholds,
    apart_mm,
    duplicates,
    first_rejection,
    lengths_agree,
    motion_figures,
    outline,
    track_figures,
)
from mini_vimogen.formats.keypoint_file import KeypointTrack
from tests.oracles import standing_clip, wandering_clip

GOOD = {
    "seconds": 3.0,
    "seen_share": 0.9,
    "jitter_m_per_s3": 100.0,
    "sliding_m_per_s": 0.1,
    "penetration_m": 0.0,
    "floating_m": 0.0,
}
ALL_GATES = {**TRACK_GATES, **MOTION_GATES}


def track(frames=30, fps=30.0, confidence=1.0):
    keypoints = torch.full((frames, 17, 3), 100.0)
    keypoints[..., 2] = confidence
    return KeypointTrack(keypoints, fps, 640, 480)


# ------------------------------------------------------------------ figures


def test_track_figures_count_seen_joints_before_completion():
    one = track(45)
    one.keypoints[:, :3, 2] = 0.0
    one.keypoints[:9, 5, 2] = 0.09
    one.keypoints[:9, 6, 2] = 0.1  # just seen
    found = track_figures(one)
    assert found["seconds"] == pytest.approx(1.5)
    hidden = 3 * 45 + 9
    assert found["seen_share"] == pytest.approx(1 - hidden / (45 * 17))


def test_a_standing_clip_has_no_fault():
    found = motion_figures(standing_clip(40))
    assert found["jitter_m_per_s3"] == pytest.approx(0.0, abs=1e-2)
    for name in ("sliding_m_per_s", "penetration_m", "floating_m"):
        assert found[name] == pytest.approx(0.0, abs=1e-5)


def test_a_glide_is_its_speed_whatever_the_frame_rate():
    for fps in (20.0, 30.0, 60.0):
        clip = standing_clip(round(2 * fps), fps=fps)
        root = clip.root_position.clone()
        root[:, 0] += 0.8 * torch.arange(clip.frames) / fps
        found = motion_figures(clip.with_(root_position=root))
        assert found["sliding_m_per_s"] == pytest.approx(0.8, rel=1e-3)


def test_sunk_and_raised_by_so_many_metres():
    clip = standing_clip(40)
    toes = float(clip.joints()[0, [10, 11], 2].mean())
    sunk = motion_figures(clip.moved(by=(0, 0, -0.07)))
    assert sunk["penetration_m"] == pytest.approx(0.07 - toes, abs=1e-5)
    assert sunk["floating_m"] == 0.0
    raised = motion_figures(clip.moved(by=(0, 0, 0.07)))
    assert raised["floating_m"] == pytest.approx(0.07, abs=1e-5)
    assert raised["penetration_m"] == 0.0


def test_white_noise_of_five_millimetres_has_the_jitter_that_is_said():
    clip = standing_clip(2000)
    noise = torch.randn(2000, 3, generator=torch.Generator().manual_seed(0))
    root = clip.root_position + 0.005 * noise
    found = motion_figures(clip.with_(root_position=root))
    assert found["jitter_m_per_s3"] == pytest.approx(963, rel=0.05)


def test_figures_leave_the_clip_as_it_is():
    clip = wandering_clip(30)
    before = clip.root_position.clone(), clip.local_rotmat.clone()
    motion_figures(clip), outline(clip)
    assert torch.equal(clip.root_position, before[0])
    assert torch.equal(clip.local_rotmat, before[1])


@pytest.mark.parametrize("frames", [1, 3])
def test_a_clip_without_third_differences_is_refused(frames):
    with pytest.raises(ValueError, match=f"at least 4 frames, got {frames}"):
        motion_figures(standing_clip(frames))


# -------------------------------------------------------------------- gates

EDGES = [
    ("length", "seconds", "least_seconds", -1, r"lasts 0.\d+ s, less than"),
    ("confidence", "seen_share", "least_seen", -1, r"shows 4\d.\d% of the j"),
    ("jitter", "jitter_m_per_s3", "most_jitter", 1, r"jitters by 13\d\d m/s"),
    ("sliding", "sliding_m_per_s", "most_sliding", 1, r"slide at 0.6\d m/s"),
    ("floor", "penetration_m", "most_penetration", 1, r"0.04\d m under the f"),
    ("floor", "floating_m", "most_floating", 1, r"floats 0.04\d m over the"),
]


@pytest.mark.parametrize(("gate", "figure", "name", "sign", "words"), EDGES)
def test_each_gate_at_its_edge(gate, figure, name, sign, words):
    """The edge passes, a little beyond it does not; no other gate minds."""
    thresholds = Thresholds()
    edge = getattr(thresholds, name)
    for value in (edge, edge * (1 - 0.02 * sign)):
        figures = GOOD | {figure: value}
        assert first_rejection(figures, thresholds, ALL_GATES) is None
    figures = GOOD | {figure: edge * (1 + 0.02 * sign)}
    found = first_rejection(figures, thresholds, ALL_GATES)
    assert found.gate == gate
    assert re.search(words, found.reason), found.reason
    moved = replace(thresholds, **{name: figures[figure]})
    assert first_rejection(figures, moved, ALL_GATES) is None


def test_the_first_gate_in_order_is_told():
    figures = GOOD | {"floating_m": 1.0, "sliding_m_per_s": 9.0}
    assert first_rejection(figures, Thresholds(), ALL_GATES).gate == "floor"
    figures |= {"jitter_m_per_s3": 1e5}
    assert first_rejection(figures, Thresholds(), ALL_GATES).gate == "jitter"
    assert ORDER == (
        *("length", "confidence", "lifting"),
        *("jitter", "floor", "sliding", "duplicates"),
    )


def test_a_figure_that_is_no_number_is_never_let_pass():
    """NaN compares False: the gates ask what is good, not what is bad."""
    for figure in GOOD:
        figures = GOOD | {figure: math.nan}
        assert first_rejection(figures, Thresholds(), ALL_GATES), figure


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
@pytest.mark.parametrize("name", [f.name for f in fields(Thresholds)])
def test_bad_thresholds(name, value):
    with pytest.raises(ValueError, match=f"{name} must be 0 or more and fin"):
        Thresholds(**{name: value})


def test_a_share_over_one_is_refused():
    with pytest.raises(ValueError, match="least_seen must be a share"):
        Thresholds(least_seen=50)


# --------------------------------------------------------------- duplicates


def test_a_motion_elsewhere_and_at_another_rate_is_the_same():
    clip = wandering_clip(61)
    again = clip.resample(20.0).moved(yaw=1.3, by=(4.0, -2.0, 0.0))
    (apart,) = apart_mm(outline(again), outline(clip)[None])
    assert float(apart) < 3.0
    other = outline(wandering_clip(61, seed=5))
    assert float(apart_mm(other, outline(clip)[None])) > 100


def test_apart_is_a_mean_distance_in_millimetres():
    one = outline(wandering_clip(40))
    other = one.clone()
    other[:, 5] += torch.tensor([0.0, 0.0, 0.22])  # one joint of 22, 0.22 m
    assert float(apart_mm(one, other[None])) == pytest.approx(10.0, abs=0.3)


def test_outline_holds_both_ends():
    clip = wandering_clip(50)
    found = outline(clip)
    assert found.shape == (gates.OUTLINE_FRAMES, 22, 3)
    torch.testing.assert_close(found[0], clip.joints()[0, :22])
    torch.testing.assert_close(found[-1], clip.joints()[-1, :22])
    assert outline(standing_clip(1)).shape == found.shape


def test_lengths_agree_to_a_twentieth():
    assert lengths_agree(2.0, 1.91) and lengths_agree(1.91, 2.0)
    assert not lengths_agree(2.0, 1.89)


def test_duplicates_are_told_with_the_distance():
    thresholds = Thresholds(least_apart_mm=10.0)
    assert duplicates(10.0, "a", thresholds) is None
    assert duplicates(9.96, "a", thresholds) == (
        "is 10.0 mm a joint from a, less than 10.0 mm"
    )
