"""Babbling: poses near real ones, within limits, on the floor or in the air."""

import numpy as np
import pytest
import torch

from mini_vimogen.data.choreographer import (
    PosePool,
    babble,
    choreograph,
)
from mini_vimogen.data.choreographer.limits import AngleRange
from mini_vimogen.data.library import real_motion
from tests.oracles import standing_clip


@pytest.fixture(scope="module")
def pool():
    return PosePool.of(real_motion("train"), every=4)


def test_babble_is_fixed_by_its_seed_and_changes_nothing(pool):
    kept = pool.angles.copy()
    one, two = (babble(pool, generator=4) for _ in range(2))
    assert torch.equal(one.local_rotmat, two.local_rotmat)
    assert np.array_equal(kept, pool.angles)
    assert one.frames == 61 and one.caption == ""


def test_babble_stays_within_human_limits(pool):
    limits = AngleRange(torch.from_numpy(pool.low), torch.from_numpy(pool.high))
    for seed in range(12):
        clip = babble(pool, generator=seed, duration=1.0)
        assert limits.share_within(clip.local_rotmat) == 1.0


def test_babble_stands_on_its_lowest_joint_or_flies(pool):
    for seed in range(8):
        stands = babble(pool, generator=seed, airborne=False)
        lowest, which = stands.joints()[..., 2].min(1)
        assert lowest.abs().max() < 1e-4
        at = stands.joints()[torch.arange(61), which, :2]
        same = which[1:] == which[:-1]
        slide = (at[1:] - at[:-1]).norm(dim=-1)[same] * 30
        assert slide.median() < 0.05
        flies = babble(pool, generator=seed, airborne=True)
        lowest = flies.joints()[..., 2].min(1).values
        assert lowest.min() > -1e-4 and lowest.max() > 0.1


def test_babble_covers_more_poses_than_walking(pool):
    def spread(clips):
        local = torch.cat([c.local_rotmat[:, 1:] for c in clips])
        return float(local.std(0).mean())

    babbled = [babble(pool, generator=s) for s in range(20)]
    walked = [choreograph("walk", generator=s) for s in range(20)]
    assert spread(babbled) > 2 * spread(walked)


def test_babble_is_smooth(pool):
    for seed in range(8):
        clip = babble(pool, generator=seed, airborne=False)
        body = clip.joints() - clip.joints()[:, :1]
        assert (body.diff(n=2, dim=0).norm(dim=-1) * 900).max() < 250


def test_rare_kinds_are_drawn_as_often_as_common_ones(pool):
    drawn = pool.draw(2000, np.random.default_rng(0))
    share = np.bincount(pool.group[drawn]) / 2000
    assert share.min() > 0.6 / len(share)


def test_bad_babble(pool):
    with pytest.raises(ValueError, match="duration must last 3 frames"):
        babble(pool, generator=0, duration=0.01)
    with pytest.raises(ValueError, match="fps must be positive"):
        babble(pool, generator=0, fps=0)
    with pytest.raises(ValueError, match="at least 1 clip"):
        PosePool.of([])
    with pytest.raises(ValueError, match="SMPL24, got SMPL22"):
        clip = standing_clip(frames=3)
        rotmat = clip.local_rotmat[:, :22]
        PosePool.of([type(clip)(clip.root_position, rotmat, fps=30)])
