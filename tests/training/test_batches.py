import pytest
import torch

from mini_vimogen.data.casual_video import PERFECT
from mini_vimogen.geometry.kinematics import forward_kinematics
from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.representation.vimo151 import encode_camera_form
from mini_vimogen.training.batches import (
    MotionPool,
    film_windows,
    lifter_batch,
    looped,
    see,
)
from mini_vimogen.training.losses import joints_around_root
from tests.oracles import standing_clip, wandering_clip


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def pool():
    long = [wandering_clip(90, seed=s).canonical() for s in range(3)]
    short = [standing_clip(20)]
    return MotionPool(
        {"long": long, "short": short},
        weights={"long": 0.75, "short": 0.25},
        fps=30.0,
    )


def test_groups_are_drawn_by_weight_and_padded(pool):
    windows = pool.draw(400, frames=60, generator=generator())
    assert windows.local_rotmat.shape == (400, 60, 24, 3, 3)
    still = windows.root_position.diff(dim=1).abs().amax(dim=(1, 2)) == 0
    assert 0.18 < still.float().mean() < 0.32
    lengths = windows.valid.sum(dim=1)
    assert (lengths[still] <= 20).all()
    assert (lengths == 60).float().mean() > 0.4
    padding = ~windows.valid
    last = lengths - 1
    repeated = windows.root_position[torch.arange(400), last][:, None]
    apart = (windows.root_position - repeated).abs().sum(-1)
    assert apart[padding].max() == 0


def test_half_of_the_windows_is_mirrored(pool):
    windows = pool.draw(400, frames=60, generator=generator())
    forward = windows.root_position[:, -1] - windows.root_position[:, 0]
    moving = forward.norm(dim=-1) > 0.05
    to_the_right = (forward[moving, 0] > 0).float().mean()
    assert 0.4 < to_the_right < 0.6


def test_a_batch_is_a_function_of_its_seed(pool):
    def draw(seed):
        return lifter_batch(
            pool, 6, frames=30, condition_drop=0.5, generator=generator(seed)
        )

    assert all(map(torch.equal, draw(1), draw(1)))
    assert not torch.equal(draw(1).clean, draw(2).clean)


def test_a_batch_pairs_the_motion_with_what_its_video_shows(pool):
    batch = lifter_batch(
        pool, 8, frames=40, condition_drop=0.25, generator=generator()
    )
    assert batch.clean.shape == (8, 40, 151)
    assert batch.condition.shape[:2] == (8, 40)
    assert batch.present.dtype == batch.valid.dtype == torch.bool
    assert torch.isfinite(batch.clean).all()
    assert torch.isfinite(batch.condition).all()


def test_what_the_camera_sees_agrees_with_the_camera_form(pool):
    """In the camera form, the body's x runs along the picture's x."""
    windows = pool.draw(16, frames=20, generator=generator(3))
    video = film_windows(
        windows, fps=30.0, generator=generator(4), settings=PERFECT
    )

    features = encode_camera_form(
        windows.root_position,
        windows.local_rotmat,
        camera_yaw=video.sight_yaw,
        fps=30.0,
    )
    joints = joints_around_root(features)
    left, right = SMPL24.index("left_hip"), SMPL24.index("right_hip")
    across = (joints[..., left, 0] - joints[..., right, 0]).flatten()
    keypoints = video.keypoints
    seen = (keypoints[..., 11, 0] - keypoints[..., 12, 0]).flatten()
    clear = (across.abs() > 0.05) & windows.valid.flatten()
    assert (across[clear].sign() == seen[clear].sign()).float().mean() > 0.99


def test_joints_around_the_root_are_the_forward_kinematics(pool):
    windows = pool.draw(2, frames=10, generator=generator())
    features = encode_camera_form(
        windows.root_position,
        windows.local_rotmat,
        camera_yaw=torch.zeros(2, 10),
        fps=30.0,
    )
    joints = forward_kinematics(
        windows.local_rotmat, torch.zeros(2, 10, 3), SMPL24
    )
    assert torch.allclose(joints_around_root(features), joints, atol=1e-5)


def test_a_loop_goes_on_where_it_ended():
    clip = wandering_clip(30)
    long = looped(clip, frames=100)
    assert long.frames >= 100
    step = (long.root_position[29] - long.root_position[28]).norm()
    assert step < 0.2
    walked = long.root_position[58] - long.root_position[29]
    once = clip.root_position[-1] - clip.root_position[0]
    assert torch.allclose(walked[:2], once[:2], atol=1e-5)


def test_conditions_have_one_width(pool):
    windows = pool.draw(3, frames=25, generator=generator())
    video = film_windows(windows, fps=30.0, generator=generator())
    assert see(video).shape[:2] == (3, 25)


@pytest.mark.parametrize(
    "groups, weights, message",
    [
        ({"a": []}, {"a": 1.0}, "none empty"),
        ({"a": [standing_clip()]}, {"b": 1.0}, "must be those of weights"),
        (
            {"a": [standing_clip(fps=24.0)]},
            {"a": 1.0},
            "SMPL24 at 30.0 frames per second, got SMPL24 at 24.0",
        ),
        (
            {"a": [wandering_clip(5, joints=22)]},
            {"a": 1.0},
            "got SMPL22",
        ),
    ],
)
def test_bad_pools_are_refused(groups, weights, message):
    with pytest.raises(ValueError, match=message):
        MotionPool(groups, weights=weights, fps=30.0)
