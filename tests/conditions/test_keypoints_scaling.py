import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mini_vimogen.conditions.keypoints import (
    FEATURES,
    SCALINGS,
    condition_features,
    features_of,
)
from tests import strategies

WIDTH, HEIGHT = 1920, 1080


def random_track(seed=0, lead=(), frames=12, hidden=0.0):
    """Pixels around (900, 500); about ``hidden`` of the joints unseen."""
    generator = torch.Generator().manual_seed(seed)
    shape = (*lead, frames, 17)
    place = torch.rand(*shape, 2, generator=generator) * 400
    place = place + torch.tensor([700.0, 300.0])
    confidence = torch.rand(shape, generator=generator) * 0.8 + 0.2
    seen = torch.rand(shape, generator=generator) >= hidden
    track = torch.cat([place, confidence[..., None]], dim=-1)
    return torch.where(seen[..., None], track, 0.0)


def features(track, scaling, *, cuts=None, size=(WIDTH, HEIGHT)):
    return condition_features(track, *size, cuts=cuts, scaling=scaling)


def joints_of(condition):
    return condition[..., :51].unflatten(-1, (17, 3))


def naive_box(track):
    """The clip's box joint by joint: its middle and its longer side."""
    across = [float(j[0]) for frame in track for j in frame if j[2] > 0]
    along = [float(j[1]) for frame in track for j in frame if j[2] > 0]
    middle = (
        (min(across) + max(across)) / 2,
        (min(along) + max(along)) / 2,
    )
    side = max(max(across) - min(across), max(along) - min(along))
    return torch.tensor(middle), side


@pytest.mark.parametrize("scaling", ["frame", "clip", "both"])
@pytest.mark.parametrize("lead", [(), (2, 3)])
def test_widths_are_what_features_of_says(scaling, lead):
    track = random_track(lead=lead, hidden=0.3)
    condition = features(track, scaling)
    assert condition.shape == (*lead, 12, features_of(scaling))
    assert torch.isfinite(condition).all()
    assert features_of("frame") == features_of("clip") == FEATURES == 55
    assert features_of("both") == 106 and len(SCALINGS) == 3


def test_the_frame_s_own_box_is_the_default():
    track = random_track(1, hidden=0.3)
    cuts = torch.arange(12) == 5
    default = condition_features(track, WIDTH, HEIGHT, cuts=cuts)
    assert torch.equal(default, features(track, "frame", cuts=cuts))
    both = features(track, "both", cuts=cuts)
    assert torch.equal(default, both[:, :55])
    assert torch.equal(both[:, 55:], features(track, "clip", cuts=cuts)[:, :51])


@settings(deadline=None, max_examples=20)
@given(strategies.seeds, st.sampled_from([0.0, 0.4]))
def test_one_box_holds_the_whole_clip(seed, hidden):
    track = random_track(seed, hidden=hidden)
    joints = joints_of(features(track, "clip"))
    middle, side = naive_box(track)
    wanted = (track[..., :2] - middle) / (side / 2)
    seen = track[..., 2] > 0
    assert torch.allclose(joints[seen][:, :2], wanted[seen], atol=1e-4)
    assert torch.equal(joints[..., 2], track[..., 2])
    assert joints[..., :2].abs().max().item() == pytest.approx(1, abs=1e-5)


def test_nothing_else_says_where_and_how_large():
    cuts = torch.zeros(3, 12, dtype=torch.bool)
    cuts[1, 4] = cuts[2, 7] = True
    condition = features(random_track(lead=(3,)), "clip", cuts=cuts)
    assert not condition[..., 51:54].any()
    assert torch.equal(condition[..., 54], cuts.float())
    without = features(random_track(lead=(3,)), "clip")
    assert not without[..., 51:].any()


def test_a_clip_s_box_keeps_the_path_and_forgets_the_place():
    track = random_track(2)
    moved = track + torch.tensor([150.0, -80.0, 0.0])
    larger = track * torch.tensor([2.0, 2.0, 1.0])
    condition = features(track, "clip")
    for other in (moved, larger):
        assert torch.allclose(features(other, "clip"), condition, atol=1e-4)
    walk = track.clone()
    walk[..., 0] += torch.linspace(0, 600, 12)[:, None]
    hips = joints_of(features(walk, "clip"))[:, (11, 12), 0].mean(dim=1)
    still = joints_of(condition)[:, (11, 12), 0].mean(dim=1)
    _, side = naive_box(walk)
    _, before = naive_box(track)
    walked = hips * side / 2 - still * before / 2
    walked = walked - walked[0]
    assert torch.allclose(walked, torch.linspace(0, 600, 12), atol=0.1)


def test_a_cut_to_another_place_spoils_the_clip_s_box_not_the_frame_s():
    track = random_track(3)
    cut = track.clone()
    cut[6:, :, 0] += 800
    cuts = torch.arange(12) == 6
    frame = features(cut, "frame", cuts=cuts) - features(track, "frame")
    assert frame[:, :51].abs().max() < 1e-4
    joints = joints_of(features(cut, "clip", cuts=cuts))[:6]
    small = joints[..., 0].amax() - joints[..., 0].amin()
    assert small < 2 * 400 / 1150


def test_gaps_are_filled_before_the_box_is_laid():
    track = random_track(4)
    track[5, 9] = 0  # unseen: at the origin in the file
    joints = joints_of(features(track, "clip"))
    middle = (joints[4, 9, :2] + joints[6, 9, :2]) / 2
    assert torch.allclose(joints[5, 9, :2], middle, atol=1e-5)
    assert joints[5, 9, 2] == 0
    doubtful = random_track(4)
    doubtful[5, 9] = torch.tensor([5000.0, 5000.0, 0.05])
    assert torch.allclose(features(doubtful, "clip"), features(track, "clip"))


def test_every_clip_of_a_batch_has_its_own_box():
    track = random_track(5, lead=(2,))
    track[1, ..., :2] *= 3
    together = features(track, "both")
    for one in range(2):
        alone = features(track[one], "both")
        assert torch.allclose(together[one], alone, atol=1e-6)


def test_padding_does_not_change_the_box():
    track = random_track(6)
    padded = torch.cat([track, torch.zeros(5, 17, 3)])
    whole = features(padded, "clip")
    assert torch.equal(whole[:12], features(track, "clip"))


@settings(deadline=None, max_examples=10)
@given(strategies.seeds, st.floats(0.1, 5.0))
def test_both_does_not_depend_on_the_resolution(seed, factor):
    track = random_track(seed, hidden=0.3)
    larger = track * torch.tensor([factor, factor, 1.0])
    size = (WIDTH * factor, HEIGHT * factor)
    again = features(larger, "both", size=size)
    assert torch.allclose(features(track, "both"), again, atol=1e-3)


def test_empty_tracks_stay_finite_and_arguments_as_they_were():
    for scaling in SCALINGS:
        assert torch.isfinite(features(torch.zeros(5, 17, 3), scaling)).all()
        track = random_track(7, hidden=0.3)
        before = track.clone()
        features(track, scaling)
        assert torch.equal(track, before)


def test_other_scalings_are_refused():
    with pytest.raises(ValueError, match="frame, clip, both, got 'window'"):
        features_of("window")
    with pytest.raises(ValueError, match="scaling must be one of"):
        features(random_track(), "window")
