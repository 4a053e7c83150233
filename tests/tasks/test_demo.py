import pytest
import torch
from PIL import Image

from mini_vimogen.conditions.keypoints import FEATURES
from mini_vimogen.data.real_video import laboratory_video
from mini_vimogen.formats import bvh
from mini_vimogen.metrics.pose_error import mpjpe, pa_mpjpe
from mini_vimogen.models.lifter import Lifter
from mini_vimogen.tasks import demo as task
from mini_vimogen.tasks.lift import Sampling
from tests.oracles import wandering_clip


@pytest.fixture(scope="module")
def untrained():
    torch.manual_seed(0)
    network = dict(width=32, layers=1, heads=2, feed_forward=32)
    network["condition_features"] = FEATURES
    return Lifter(network=network, fps=30.0, frames=60).eval()


def test_it_writes_a_motion_a_player_and_a_picture(untrained, tmp_path, capsys):
    views = task.demo(tmp_path / "demo", lifter=untrained)
    written = {path.name for path in (tmp_path / "demo").iterdir()}
    assert written == {"lift.bvh", "lift.html", "lift.png"}
    read = bvh.read(tmp_path / "demo" / "lift.bvh")
    apart = read.joints() - views[0].clip.joints()
    assert apart.abs().max() < 1e-4
    said = capsys.readouterr().out
    assert said.count("view") >= 4 and "mean pose" in said
    with Image.open(tmp_path / "demo" / "lift.png") as picture:
        assert picture.size[0] == 800 and picture.size[1] > 600


def test_the_truth_has_no_error_and_any_yaw_is_forgiven():
    video = laboratory_video()
    truth = task.truth_at(video, 30.0)
    assert truth.shape == (50, 13, 3)
    yaw = torch.tensor([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    assert mpjpe(truth @ yaw.T, truth, align="yaw") < 0.01
    assert pa_mpjpe(truth @ yaw.T, truth) < 0.01


def test_the_mean_pose_is_a_person_but_not_this_one():
    error = task.mean_pose_error(laboratory_video(), fps=30.0)
    assert 50 < error[1] < error[0] < 400


def test_each_view_is_lifted_on_its_own(untrained):
    few = Sampling(steps=1)
    views = task.lift_laboratory(untrained, sampling=few)
    assert [view.clip.frames for view in views] == [50] * 4
    same = task.lift_laboratory(untrained, sampling=few)
    assert views[1].mpjpe_mm == same[1].mpjpe_mm


def test_body_points_are_where_the_joints_are():
    clip = wandering_clip(5)
    points = task.body_points(clip)
    joints = clip.joints()
    hips = joints[:, [1, 2]].mean(dim=1)
    assert torch.allclose(points[:, 0], hips, atol=1e-6)
    assert torch.allclose(points[:, 1], joints[:, 16], atol=1e-6)
    assert torch.allclose(points[:, -1], joints[:, 8], atol=1e-6)


def test_a_frame_rate_that_does_not_divide_is_refused():
    with pytest.raises(ValueError, match="fps must divide 60.0, got 25"):
        task.truth_at(laboratory_video(), 25.0)


def test_the_frames_show_the_keypoints_where_they_are():
    """A keypoint of the face lies inside the small picture."""
    video = laboratory_video()
    track = video.tracks[video.frame_view]
    for frame in video.frames:
        place = frame.place(track.keypoints[frame.number, :, :2])
        height, width = frame.pixels.shape[:2]
        size = torch.tensor([width, height])
        inside = ((place > 0) & (place < size)).all(dim=-1)
        assert inside.float().mean() > 0.9
