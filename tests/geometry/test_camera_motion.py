import math

import pytest
import torch

from mini_vimogen.geometry.camera import look_at, project
from mini_vimogen.geometry.camera_motion import around, tremor, turned, zoomed


def pixel(camera, point=(0.0, 0.0, 1.0)):
    pixels, _ = project(torch.tensor([point]), camera)
    return (pixels[..., 0, :] - camera.centre).tolist()


def front():
    return look_at([0.0, -4.0, 1.0], [0.0, 0.0, 1.0], focal=1000.0)


@pytest.mark.parametrize("yaw", [0.0, 1.0, 4.0])
def test_a_camera_placed_around_looks_along_its_yaw(yaw):
    target = torch.tensor([1.0, 2.0, 0.9])
    place = {"yaw": yaw, "pitch": 0.3, "distance": 5.0}
    place = {name: torch.tensor(value) for name, value in place.items()}
    position = around(target, **place)
    assert torch.dist(position, target).item() == pytest.approx(5.0)
    camera = look_at(position, target)
    found = camera.viewing_yaw().item() - yaw
    assert math.sin(found) == pytest.approx(0, abs=1e-5)
    assert math.cos(found) == pytest.approx(1, abs=1e-5)
    # It looks down, so it stands above.
    assert (position - target)[2].item() == pytest.approx(5 * math.sin(0.3))


@pytest.mark.parametrize(
    ("turn", "moved"),
    [((0, 0.1, 0), (-1, 0)), ((0.1, 0, 0), (0, 1)), ((0, 0, 0.1), (0, 0))],
)
def test_turning_right_moves_the_picture_left(turn, moved):
    camera = turned(front(), torch.tensor(turn, dtype=torch.float32))
    far = 1000 * math.tan(0.1)
    wanted = [far * moved[0], far * moved[1]]
    assert pixel(camera) == pytest.approx(wanted, abs=1e-2)
    assert torch.allclose(camera.position, front().position, atol=1e-5)


def test_rolling_clockwise_turns_the_picture_counter_clockwise():
    camera = turned(front(), torch.tensor([0.0, 0.0, math.pi / 2]))
    # The point 0.4 m above the middle appears to its left.
    above = pixel(camera, (0.0, 0.0, 1.4))
    assert above == pytest.approx([-100, 0], abs=1e-2)


def test_zooming_spreads_the_picture():
    camera = zoomed(front(), torch.tensor([1.0, 2.0]))
    assert pixel(camera, (0.4, 0.0, 1.0)) == [[100, 0], [200, 0]]


def test_tremor_is_seeded_smooth_and_of_the_wanted_size():
    seconds = torch.arange(600) / 30
    size = torch.tensor([0.01, 0.02]).repeat(100)
    draw = torch.Generator().manual_seed(3)
    shake = tremor(seconds, size=size, generator=draw)
    assert shake.shape == (200, 600, 3)
    spread = shake.square().mean(dim=(1, 2)).sqrt() / size
    assert spread.mean().item() == pytest.approx(1, abs=0.05)
    # Smooth: white noise would change by 1.4 times its size a frame.
    assert shake.diff(dim=1).square().mean().sqrt() < 0.5 * size.mean()
    again = tremor(
        seconds, size=size, generator=torch.Generator().manual_seed(3)
    )
    assert torch.equal(shake, again)
    still = tremor(seconds, size=torch.zeros(1), generator=draw)
    assert not still.any()
