import pytest
import torch

from mini_vimogen.geometry.camera import project
from mini_vimogen.geometry.camera_rigs import aist_rig
from mini_vimogen.geometry.triangulation import reprojection_error, triangulate


def views(count=4):
    """Some cameras of the rig in float64 with a lens."""
    rig = aist_rig()[[0, 2, 3, 5, 6][:count]]
    fields = ("rotation", "translation", "focal", "centre", "size")
    rig = rig.with_(**{name: getattr(rig, name).double() for name in fields})
    lens = torch.tensor([-0.05, 0.1, 0.0006, 0.0007, 0.0]).double()
    return rig.with_(distortion=lens)


@pytest.fixture
def scene(generator):
    points = torch.rand(3, 7, 3, generator=generator, dtype=torch.float64) * 2
    cameras = views()
    pixels, _ = project(points.flatten(0, 1), cameras)
    return points, pixels.reshape(4, 3, 7, 2), cameras


def test_exact_pixels_give_the_exact_points(scene):
    points, pixels, cameras = scene
    found, used = triangulate(pixels, torch.ones(4, 3, 7), cameras)
    assert torch.allclose(found, points, atol=1e-8)
    assert used.all()
    assert reprojection_error(found, pixels, cameras).max() < 1e-5


def test_one_wrong_view_is_left_out(scene):
    points, pixels, cameras = scene
    wrong = pixels.clone()
    wrong[2] += 300.0
    found, used = triangulate(wrong, torch.ones(4, 3, 7), cameras)
    assert torch.allclose(found, points, atol=1e-8)
    assert used[[0, 1, 3]].all() and not used[2].any()


def test_unseen_views_do_not_count(scene):
    points, pixels, cameras = scene
    confidence = torch.ones(4, 3, 7)
    confidence[1:3] = 0
    wrong = pixels.clone()
    wrong[1:3] = 0.0
    found, used = triangulate(wrong, confidence, cameras)
    assert torch.allclose(found, points, atol=1e-8)
    assert used[[0, 3]].all() and not used[1:3].any()


def test_one_view_alone_is_not_enough(scene):
    _, pixels, cameras = scene
    confidence = torch.ones(4, 3, 7)
    confidence[1:, 0, 0] = 0
    found, used = triangulate(pixels, confidence, cameras)
    assert torch.isnan(found[0, 0]).all() and not used[1:, 0, 0].any()
    assert torch.isfinite(found).all(dim=-1).sum() == 20


def test_two_views_that_disagree_still_give_the_point_between(scene):
    points, pixels, cameras = scene
    # Up in one picture, down in the other: no ray passes near the other.
    wrong = pixels[:2].clone()
    wrong[0, ..., 1] -= 80
    wrong[1, ..., 1] += 80
    found, used = triangulate(wrong, torch.ones(2, 3, 7), cameras[:2])
    assert used.all()
    assert (found - points).norm(dim=-1).max() < 0.5


def test_noise_shrinks_with_more_views(generator):
    points = torch.rand(200, 3, generator=generator, dtype=torch.float64)
    errors = []
    for count in (2, 5):
        cameras = views(count)
        pixels, _ = project(points, cameras)
        noise = torch.randn(pixels.shape, generator=generator).double()
        found, _ = triangulate(
            pixels + 3 * noise, torch.ones(count, 200), cameras
        )
        errors.append((found - points).norm(dim=-1).mean())
    assert errors[1] < 0.75 * errors[0]


def test_wrong_shapes_are_refused(scene):
    _, pixels, cameras = scene
    with pytest.raises(ValueError, match="2 or more views"):
        triangulate(pixels[:1], torch.ones(1, 3, 7), cameras[:1])
    with pytest.raises(ValueError, match="same 2 or more views"):
        triangulate(pixels[:3], torch.ones(3, 3, 7), cameras)
    with pytest.raises(ValueError, match="confidence"):
        triangulate(pixels, torch.ones(4, 3), cameras)
