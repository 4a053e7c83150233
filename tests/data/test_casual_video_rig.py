import json
from dataclasses import asdict, replace

import pytest
import torch

from mini_vimogen.data.camera_rig import rig_cameras
from mini_vimogen.data.casual_video import (
    PERFECT,
    VideoSettings,
    film,
    film_clip,
)
from mini_vimogen.geometry.camera_rigs import Rig
from mini_vimogen.geometry.coco17 import coco17_points
from mini_vimogen.geometry.kinematics import global_rotmat
from tests.oracles import standing_clip, wandering_clip

HIPS = (11, 12)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def many(clip, batch):
    head = global_rotmat(clip.local_rotmat, clip.skeleton)[:, 15]
    points = coco17_points(clip.joints(), head)
    return points.expand(batch, -1, -1, -1)


def film_with(points, *, seed=0, valid=None, settings=PERFECT, **changes):
    settings = replace(settings, **changes)
    return film(
        points, fps=30, generator=seeded(seed), settings=settings, valid=valid
    )


def on_rig(video, points, rig=None):
    """Which camera of the rig filmed each example; -1 where it was none."""
    rig = rig or Rig()
    path = points[:, :, HIPS].mean(dim=2)
    found = torch.full((len(points),), -1)
    for number in range(rig.count):
        which = torch.full((len(points),), number)
        camera = rig_cameras(path, which, rig=rig)
        apart = (camera.position - video.cameras.position).norm(dim=-1)
        turned = (camera.rotation - video.cameras.rotation).abs()
        same = (apart.amax(1) < 1e-3) & (turned.flatten(1).amax(1) < 1e-4)
        same &= (video.cameras.focal == rig.focal).flatten(1).all(dim=1)
        same &= (video.width == rig.size[0]) & (video.height == rig.size[1])
        found[same] = number
    return found


def test_without_a_rig_old_seeds_film_what_they_filmed():
    # Recorded before there was a rig.
    generator = seeded(3)
    points = many(wandering_clip(60), 4)
    video = film(points, fps=30, generator=generator)
    after = torch.rand(3, generator=generator)
    wanted = torch.tensor([0.6970235, 0.7027522, 0.3403008])
    assert torch.allclose(after, wanted, atol=1e-6)
    cuts = [[0, 24], [1, 12], [1, 24], [1, 36], [1, 48], [2, 18], [2, 42]]
    assert torch.nonzero(video.cuts).tolist() == cuts
    noses = [[358.99, 1000.74], [906.33, 162.32]]
    noses += [[1084.90, 208.92], [823.34, 204.09]]
    seen = video.true_pixels[:, 30, 0]
    assert torch.allclose(seen, torch.tensor(noses), atol=0.1)
    wrist = torch.tensor([1256.44, 115.55, 0.98270])
    assert torch.allclose(video.keypoints[1, 30, 9], wrist, atol=0.1)


def test_without_a_rig_its_setup_changes_nothing():
    points = many(wandering_clip(20), 4)
    settings = VideoSettings()
    plain = film_with(points, settings=settings)
    other = film_with(points, settings=settings, rig_setup=Rig(count=2))
    assert torch.equal(plain.keypoints, other.keypoints)


def test_the_share_is_kept_and_all_cameras_are_used_alike():
    points = many(standing_clip(2), 3000)
    found = on_rig(film_with(points, rig=0.3), points)
    share = (found >= 0).float().mean().item()
    assert share == pytest.approx(0.3, abs=0.03)
    used = torch.bincount(found[found >= 0], minlength=9)
    assert used.min() > 65 and used.max() < 140  # 100 each
    assert (on_rig(film_with(points, rig=1.0), points) >= 0).all()
    assert (on_rig(film_with(points), points) == -1).all()


def test_the_rig_and_only_the_rig_films_without_cuts_and_stands_still():
    points = many(standing_clip(60), 300)
    moving = replace(
        PERFECT.camera,
        shake_degrees=(0.5, 0.5),
        orbit=1.0,
        zoom=1.0,
        roll_degrees=5.0,
    )
    video = film_with(points, rig=0.5, cuts=(0.0, 0.0, 1.0), camera=moving)
    rig = on_rig(video, points) >= 0
    assert 100 < rig.sum() < 200
    assert not video.cuts[rig].any()
    assert (video.cuts[~rig].sum(dim=1) == 2).all()
    moved = (video.true_pixels.diff(dim=1) != 0).flatten(1)
    assert not moved[rig].any() and moved[~rig].any(dim=1).all()


def test_what_the_rig_films_is_its_projection():
    points = many(wandering_clip(30), 60)
    video = film_with(points, rig=1.0)
    which = on_rig(video, points)
    path = points[:, :, HIPS].mean(dim=2)
    cameras = rig_cameras(path, which)
    seen = points - cameras.position[:, :, None]
    right, down, ahead = (
        (seen * cameras.rotation[:, :, None, axis]).sum(dim=-1)
        for axis in range(3)
    )
    pixels = torch.stack([right / ahead, down / ahead], dim=-1) * 1600
    pixels = pixels + torch.tensor([960.0, 540.0])
    assert torch.allclose(video.true_pixels, pixels, atol=0.05)
    # The sight is from this camera to this person.
    toward = path - cameras.position
    level = torch.nn.functional.normalize(toward[..., :2], dim=-1)
    sight = torch.stack([-video.sight_yaw.sin(), video.sight_yaw.cos()], -1)
    assert torch.allclose(sight, level, atol=1e-4)


def test_detector_and_body_damage_the_rig_too():
    points = many(standing_clip(30), 200)
    settings = VideoSettings()
    video = film_with(points, settings=settings, rig=1.0)
    error = (video.keypoints[..., :2] - video.true_pixels).norm(dim=-1)
    assert 1 < error[video.visible].median() < 30
    assert (video.keypoints[..., 2][video.visible] < 0.5).any()
    hidden = film_with(points, rig=1.0).visible & ~video.visible
    assert 0.005 < hidden.float().mean() < 0.1
    tall = video.true_pixels[..., 1].amax(-1) - video.true_pixels[..., 1].amin(
        -1
    )
    assert (tall[:, 0].std() / tall[:, 0].mean()) > 0.02


def test_a_rig_of_ones_own_films():
    points = many(wandering_clip(10), 50)
    rig = Rig(count=3, angles=3, radius=4.0, focal=700.0, size=(640, 480))
    video = film_with(points, rig=1.0, rig_setup=rig)
    assert set(on_rig(video, points, rig).tolist()) == {0, 1, 2}
    assert (video.width == 640).all() and (video.height == 480).all()


def test_padding_changes_nothing_before_it():
    points = many(wandering_clip(60), 8).clone()
    far = points.clone()
    far[:, 40:] = 1000.0
    valid = (torch.arange(60) < 40).expand(8, -1)
    first, second = (
        film_with(p, rig=1.0, valid=valid).true_pixels[:, :40]
        for p in (points, far)
    )
    assert torch.allclose(first, second, atol=0.05)
    padded = film_with(far, rig=1.0, valid=valid)
    assert not padded.keypoints[:, 40:].any()


def test_who_walks_past_a_camera_stays_finite_and_is_not_seen_behind_it():
    points = many(standing_clip(60), 200).clone()
    points[..., 1] += torch.linspace(-8, 8, 60)[:, None]
    video = film_with(points, settings=VideoSettings(), rig=1.0)
    assert torch.isfinite(video.keypoints).all()
    depth = (points - video.cameras.position[:, :, None]) @ (
        video.cameras.rotation.mT
    )
    behind = depth[..., 2] < -0.5
    assert behind.any() and not video.visible[behind].any()


def test_leading_dimensions_and_seeds_work_with_a_rig():
    points = many(wandering_clip(20), 6)
    settings = VideoSettings(rig=0.5)
    flat = film_with(points, settings=settings)
    shaped = film_with(points.reshape(2, 3, 20, 17, 3), settings=settings)
    assert shaped.cameras.lead == (2, 3, 20) and shaped.width.shape == (2, 3)
    assert torch.equal(shaped.keypoints.flatten(0, 1), flat.keypoints)
    other = film_with(points, settings=settings, seed=1)
    assert not torch.equal(other.keypoints, flat.keypoints)
    single = film_clip(
        wandering_clip(20), generator=seeded(), settings=VideoSettings(rig=1.0)
    )
    assert single.cut_frames == [] and single.track().width == 1920


def test_settings_with_a_rig_can_be_written_as_json():
    written = json.loads(json.dumps(asdict(VideoSettings(rig=0.3))))
    assert written["rig"] == 0.3
    assert written["rig_setup"]["count"] == 9
    setup = written["rig_setup"]
    assert Rig(**setup | {"size": tuple(setup["size"])}) == Rig()


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(ValueError, match="rig must be a share, 0 to 1"):
        VideoSettings(rig=share)
