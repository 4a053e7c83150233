"""Equal to OpenCV's projection (AIST++) and to MotionBERT's crop_scale."""

import torch

from mini_vimogen.conditions.keypoints import crop_scale
from mini_vimogen.conventions import Y_UP_TO_Z_UP
from mini_vimogen.geometry.camera import Camera, image_plane, project
from mini_vimogen.geometry.rotations import axis_angle_to_rotmat


def opencv_cameras(stored) -> Camera:
    """Nine cameras as OpenCV keeps them; centimetres stay centimetres."""
    matrix = stored["K"]
    return Camera(
        rotation=axis_angle_to_rotmat(stored["rvec"]),
        translation=stored["tvec"],
        focal=matrix[:, [0, 1], [0, 1]],
        centre=matrix[:, :2, 2],
        size=torch.tensor([1920.0, 1080.0]).double().expand(9, 2),
        distortion=stored["dist"],
    )


def test_projection(golden):
    stored = golden("edge_camera")
    cameras = opencv_cameras(stored)
    points = stored["points_cm"].flatten(0, 1)
    pixels, depth = project(points, cameras)
    wanted = stored["uv"].flatten(1, 2)
    assert (pixels - wanted).abs().max() < 1e-8
    assert (depth > 100).all()
    # And back: the lens is taken off again.
    plane = image_plane(wanted, cameras)
    flat = cameras.with_(distortion=None)
    straight, _ = project(points, flat)
    again = plane * flat.focal[:, None] + flat.centre[:, None]
    assert (again - straight).abs().max() < 1e-6


def test_projection_of_the_turned_world(golden):
    """Our Z-up metres through the turned camera give the same pixels."""
    stored = golden("edge_camera")
    cameras = opencv_cameras(stored)
    turn = Y_UP_TO_Z_UP.double()
    ours = cameras.with_(
        rotation=cameras.rotation @ turn.T,
        translation=cameras.translation / 100,
    )
    points = stored["points_cm"].flatten(0, 1) @ turn.T / 100
    pixels, _ = project(points, ours)
    assert (pixels - stored["uv"].flatten(1, 2)).abs().max() < 1e-8


def test_crop_scale(golden):
    stored = golden("edge_crop_scale")
    scaled = crop_scale(stored["crop_scale_in"])
    assert (scaled - stored["crop_scale_out"]).abs().max() < 1e-12
