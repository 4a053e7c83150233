import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mini_vimogen.conditions.keypoints import (
    FEATURES,
    complete,
    condition_features,
    crop_scale,
)
from tests import strategies


def random_track(seed=0, lead=(), frames=12, hidden=0.3):
    """Pixels around (900, 500); about ``hidden`` of the joints unseen."""
    generator = torch.Generator().manual_seed(seed)
    shape = (*lead, frames, 17)
    place = torch.rand(*shape, 2, generator=generator) * 400
    place = place + torch.tensor([700.0, 300.0])
    confidence = torch.rand(shape, generator=generator) * 0.8 + 0.2
    seen = torch.rand(shape, generator=generator) > hidden
    track = torch.cat([place, confidence[..., None]], dim=-1)
    return torch.where(seen[..., None], track, 0.0)


def naive_complete(track, cuts, min_confidence):
    """Frame by frame and joint by joint, for one track."""
    frames = len(track)
    shot = torch.cumsum(cuts.long(), 0).tolist()
    filled = track.clone()
    filled[..., 2] = 0
    for joint in range(17):
        seen = [
            float(track[t, joint, 2]) >= min_confidence > 0
            for t in range(frames)
        ]
        for t in range(frames):
            if seen[t]:
                filled[t, joint] = track[t, joint]
                continue
            same = [s for s in range(frames) if seen[s] and shot[s] == shot[t]]
            before = [s for s in same if s < t]
            after = [s for s in same if s > t]
            if before and after:
                a, b = before[-1], after[0]
                weight = (t - a) / (b - a)
                place = track[a, joint, :2] * (1 - weight)
                filled[t, joint, :2] = place + track[b, joint, :2] * weight
            elif same:
                nearest = before[-1] if before else after[0]
                filled[t, joint, :2] = track[nearest, joint, :2]
            else:
                filled[t, joint, :2] = torch.nan
    for t in range(frames):
        unknown = torch.isnan(filled[t, :, 0])
        filled[t, unknown, :2] = filled[t, ~unknown, :2].mean(dim=0)
    return filled


@settings(deadline=None, max_examples=30)
@given(strategies.seeds, st.sampled_from([0.1, 0.5, 0.8]), st.booleans())
def test_completion_agrees_with_the_naive_twin(seed, hidden, cut):
    track = random_track(seed, hidden=hidden)
    track[:, 3] = 0  # a joint never seen
    track[5, 0, 2] = track[0, 1, 2] = track[11, 2, 2] = 1.0  # somebody is
    track[7, 4, 2] = 1.0
    cuts = torch.zeros(12, dtype=torch.bool)
    cuts[6] = cut
    filled = complete(track, cuts=cuts, min_confidence=0.1)
    naive = naive_complete(track, cuts, 0.1)
    assert torch.allclose(filled, naive, atol=1e-3)


def test_seen_joints_are_unchanged_and_unseen_keep_confidence_0():
    track = random_track(1, lead=(2, 3))
    filled = complete(track)
    seen = track[..., 2] > 0
    assert torch.equal(filled[seen], track[seen])
    assert (filled[~seen][:, 2] == 0).all()
    assert filled[~seen][:, :2].min() >= 300  # nowhere near the origin


def test_doubtful_joints_are_replaced():
    track = random_track(2, hidden=0.0)
    track[5, 9] = torch.tensor([0.0, 0.0, 0.05])
    filled = complete(track, min_confidence=0.1)
    wanted = (track[4, 9, :2] + track[6, 9, :2]) / 2
    assert torch.allclose(filled[5, 9, :2], wanted) and filled[5, 9, 2] == 0


def test_nothing_is_filled_across_a_cut():
    track = random_track(3, hidden=0.0)
    track[5:8, 9] = 0
    cuts = torch.zeros(12, dtype=torch.bool)
    cuts[6] = True
    filled = complete(track, cuts=cuts)
    assert torch.equal(filled[5, 9, :2], track[4, 9, :2])
    assert torch.equal(filled[6, 9, :2], track[8, 9, :2])
    assert torch.equal(filled[7, 9, :2], track[8, 9, :2])


def test_a_shot_without_anybody_takes_over_from_its_neighbours():
    track = random_track(4, hidden=0.0)
    track[4:8] = 0
    cuts = torch.zeros(12, dtype=torch.bool)
    cuts[[4, 8]] = True
    filled = complete(track, cuts=cuts)
    assert torch.isfinite(filled).all()
    middle = (track[3, 9, :2] * 3 + track[8, 9, :2] * 2) / 5
    assert torch.allclose(filled[5, 9, :2], middle, atol=1e-3)
    assert not filled[4:8, :, 2].any()


def test_an_empty_track_stays_finite():
    features = condition_features(torch.zeros(5, 17, 3), 640, 480)
    assert torch.isfinite(features).all()


def test_completion_of_a_batch_is_that_of_each():
    track = random_track(5, lead=(2, 2))
    whole = complete(track)
    for i in range(2):
        for j in range(2):
            assert torch.equal(whole[i, j], complete(track[i, j]))


def test_crop_scale_is_the_box_of_all_frames():
    track = random_track(6)
    scaled = crop_scale(track)
    seen = track[..., 2] > 0
    place = scaled[seen][:, :2]
    # The larger extent fills the square, the other is centred in it.
    low, high = place.amin(dim=0), place.amax(dim=0)
    assert (high - low).amax().item() == pytest.approx(2, abs=1e-5)
    assert torch.allclose(low, -high, atol=1e-5)
    assert torch.equal(scaled[seen][:, 2], track[seen][:, 2])


def test_crop_scale_of_too_few_points_is_zero():
    track = torch.zeros(3, 5, 17, 3)
    track[0, 0, :3] = random_track(hidden=0.0)[0, :3]  # three points only
    track[1, :, :] = torch.tensor([100.0, 50.0, 1.0])  # all in one place
    track[2, 0, :4] = random_track(hidden=0.0)[0, :4]  # four will do
    scaled = crop_scale(track)
    assert not scaled[:2].any() and scaled[2].any()


def test_features_say_where_everything_is():
    track = random_track(7, hidden=0.0)
    width, height = 1920, 1080
    features = condition_features(track, width, height)
    assert features.shape == (12, FEATURES)
    joints = features[:, :51].reshape(12, 17, 3)
    hips, size = features[:, 51:53], features[:, 53].exp()
    assert torch.equal(joints[..., 2], track[..., 2])
    # Undo it by hand: the pixels come back.
    place = joints[..., :2] * size[:, None, None] + hips[:, None]
    pixels = place * 960 + torch.tensor([960.0, 540.0])
    assert torch.allclose(pixels, track[..., :2], atol=1e-2)
    middle = joints[:, (11, 12), :2].mean(dim=1)
    assert torch.allclose(middle, torch.zeros(12, 2), atol=1e-5)
    extent = joints[..., :2].amax(1) - joints[..., :2].amin(1)
    assert torch.allclose(extent.amax(1), torch.tensor(2.0), atol=1e-4)


@settings(deadline=None, max_examples=20)
@given(strategies.seeds, st.floats(0.1, 5.0))
def test_features_do_not_depend_on_the_resolution(seed, factor):
    track = random_track(seed)
    larger = track * torch.tensor([factor, factor, 1.0])
    features = condition_features(track, 1920, 1080)
    again = condition_features(larger, 1920 * factor, 1080 * factor)
    assert torch.allclose(features, again, atol=1e-3)


def test_moving_the_person_moves_only_the_hips():
    track = random_track(8, hidden=0.0)
    moved = track + torch.tensor([96.0, -48.0, 0.0])
    features = condition_features(track, 1920, 1080)
    again = condition_features(moved, 1920, 1080)
    change = again - features
    assert change[:, :51].abs().max() < 1e-5
    assert torch.allclose(
        change[:, 51:53], torch.tensor([0.1, -0.05]), atol=1e-5
    )
    assert change[:, 53].abs().max() < 1e-5


def test_a_person_twice_as_large_is_log_2():
    track = random_track(9, hidden=0.0)
    middle = torch.tensor([960.0, 540.0, 0.0])
    larger = (track - middle) * torch.tensor([2.0, 2.0, 1.0]) + middle
    change = condition_features(larger, 1920, 1080) - condition_features(
        track, 1920, 1080
    )
    assert torch.allclose(change[:, 53], torch.tensor(math.log(2)), atol=1e-5)
    assert change[:, :51].abs().max() < 1e-4


def test_a_batch_may_hold_pictures_of_different_sizes():
    track = random_track(10, lead=(2,))
    sizes = torch.tensor([1920.0, 1080.0]), torch.tensor([1080.0, 1920.0])
    together = condition_features(track, *sizes)
    upright = condition_features(track[1], 1080, 1920)
    assert torch.allclose(together[1], upright)


def test_features_are_unharmed_by_one_frame_and_one_point():
    track = torch.zeros(1, 17, 3)
    track[0, 0] = torch.tensor([10.0, 20.0, 1.0])
    features = condition_features(track, 640, 480)
    assert torch.isfinite(features).all()
