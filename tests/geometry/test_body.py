import numpy as np
import pytest
import torch

from mini_vimogen.conventions import STANDING_ROOT
from mini_vimogen.formats.smpl_model import read_smpl_model
from mini_vimogen.geometry.body import (
    Body,
    pose_body,
    pose_smpl,
    smpl_model,
)
from mini_vimogen.geometry.kinematics import forward_kinematics
from mini_vimogen.geometry.rotations import rotmat_to_axis_angle
from mini_vimogen.geometry.skeleton import SMPL22, SMPL24
from tests.oracles import standing_clip, wandering_clip
from tests.smpl_file import synthetic_smpl


def blob(vertices: int = 40, *, seed: int = 0) -> Body:
    """Points scattered around SMPL24's joints, with random weights."""
    generator = torch.Generator().manual_seed(seed)
    weights = torch.rand(vertices, 24, generator=generator) ** 8
    return Body(
        vertices=torch.randn(vertices, 3, generator=generator),
        faces=torch.arange(36).reshape(12, 3),
        weights=weights / weights.sum(dim=1, keepdim=True),
        rest_joints=SMPL24.rest_joints,
        parents=SMPL24.parents,
    )


def posed(body: Body, clip) -> torch.Tensor:
    return pose_body(body, clip.local_rotmat, clip.root_position)


def naive_skinning(body: Body, clip) -> torch.Tensor:
    """Vertex by vertex and joint by joint, from forward kinematics."""
    joints = clip.joints()
    surface = torch.zeros(clip.frames, len(body.vertices), 3)
    for frame in range(clip.frames):
        world = [clip.local_rotmat[frame, 0]]
        for joint in range(1, 24):
            above = world[body.parents[joint]]
            world.append(above @ clip.local_rotmat[frame, joint])
        for number, vertex in enumerate(body.vertices):
            for joint in range(24):
                arm = vertex - body.rest_joints[joint]
                moved = world[joint] @ arm + joints[frame, joint]
                surface[frame, number] += body.weights[number, joint] * moved
    return surface


def test_agrees_with_a_naive_twin():
    body, clip = blob(), wandering_clip(3, seed=2)
    assert torch.allclose(
        posed(body, clip), naive_skinning(body, clip), atol=2e-5
    )


def test_at_rest_it_is_the_rest_pose_turned_upright():
    body, clip = blob(), standing_clip(2)
    wanted = body.vertices @ STANDING_ROOT.T + clip.root_position[0]
    assert torch.allclose(posed(body, clip)[1], wanted, atol=1e-5)
    still = torch.eye(3).repeat(1, 24, 1, 1)
    assert torch.allclose(
        pose_body(body, still, torch.zeros(1, 3))[0], body.vertices, atol=1e-6
    )


def test_points_glued_to_a_joint_follow_it():
    glued = Body(
        vertices=SMPL24.rest_joints,
        faces=torch.tensor([[0, 1, 2]]),
        weights=torch.eye(24),
        rest_joints=SMPL24.rest_joints,
        parents=SMPL24.parents,
    )
    clip = wandering_clip(4, seed=5)
    assert torch.allclose(posed(glued, clip), clip.joints(), atol=1e-5)


def test_a_body_elsewhere_than_the_origin_still_goes_to_the_root():
    body = blob()
    away = torch.tensor([0.3, -0.4, 0.1])
    moved = Body(
        vertices=body.vertices + away,
        faces=body.faces,
        weights=body.weights,
        rest_joints=body.rest_joints + away,
        parents=body.parents,
    )
    clip = wandering_clip(2)
    assert torch.allclose(posed(moved, clip), posed(body, clip), atol=1e-5)


def test_leading_dimensions_and_hands_that_are_not_there():
    body, clip = blob(), wandering_clip(6, seed=1)
    local = clip.local_rotmat.clone()
    local[:, 22:] = torch.eye(3)
    flat = pose_body(body, local, clip.root_position)
    batched = pose_body(
        body, local.view(2, 3, 24, 3, 3), clip.root_position.view(2, 3, 3)
    )
    assert torch.equal(batched.view(6, -1, 3), flat)
    without_hands = pose_body(body, local[:, : len(SMPL22)], clip.root_position)
    assert torch.allclose(without_hands, flat, atol=1e-6)


def test_dtype_and_gradient():
    body, clip = blob(), wandering_clip(2)
    local = clip.local_rotmat.double().requires_grad_()
    posed = pose_body(body, local, clip.root_position.double())
    assert posed.dtype == torch.float64
    posed.square().sum().backward()
    assert local.grad.isfinite().all() and local.grad.abs().max() > 0


def test_save_and_load(tmp_path):
    body = blob()
    again = Body.load(body.save(tmp_path / "body.npz"))
    for name in ("vertices", "faces", "weights", "rest_joints"):
        assert torch.equal(getattr(again, name), getattr(body, name)), name
    assert again.parents == body.parents
    assert [p.name for p in tmp_path.iterdir()] == ["body.npz"]


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("vertices", torch.zeros(40, 2), "vertices must have shape"),
        ("vertices", torch.full((40, 3), torch.nan), "vertices must be finite"),
        ("faces", torch.tensor([[0, 1, 40]]), "faces must name vertices 0..39"),
        ("weights", torch.ones(40, 24), "must sum to 1"),
        ("weights", torch.eye(24), "weights must have shape"),
        ("rest_joints", torch.zeros(22, 3), "rest_joints must have shape"),
    ],
)
def test_bad_bodies_are_refused(name, value, wanted):
    body = blob()
    names = ("vertices", "faces", "weights", "rest_joints", "parents")
    fields = {n: getattr(body, n) for n in names}
    with pytest.raises(ValueError, match=wanted):
        Body(**(fields | {name: value}))


def test_bad_motions_are_refused():
    body, clip = blob(), wandering_clip(3)
    with pytest.raises(ValueError, match="local_rotmat must have shape"):
        pose_body(body, clip.local_rotmat[:, :20], clip.root_position)
    with pytest.raises(ValueError, match=r"root_position must have shape \[3"):
        pose_body(body, clip.local_rotmat, clip.root_position[:2])


@pytest.fixture
def arrays(tmp_path):
    path = tmp_path / "toy.npz"
    np.savez(path, **synthetic_smpl(vertices=60))
    return read_smpl_model(path)


def test_smpl_without_blend_shapes_equals_skinning(arrays):
    """smplx.SMPL and our own skinning agree where both apply."""
    arrays["posedirs"] = np.zeros_like(arrays["posedirs"])
    template = torch.tensor(arrays["v_template"])
    body = Body(
        vertices=template,
        faces=torch.tensor(arrays["f"]),
        weights=torch.tensor(arrays["weights"]),
        rest_joints=torch.tensor(arrays["J_regressor"]) @ template,
        parents=tuple(arrays["kintree_table"][0]),
    )
    clip = wandering_clip(4, seed=3)
    local, root = clip.local_rotmat.double(), clip.root_position.double()
    model = smpl_model(arrays, dtype=torch.float64)
    assert torch.allclose(
        pose_smpl(model, local, root), pose_body(body, local, root), atol=1e-9
    )


def test_smpl_equals_smplx_forward_from_axis_angle(arrays):
    """Shape and pose blend shapes included; the pelvis goes to the root."""
    import smplx
    from smplx.utils import Struct

    clip = wandering_clip(4, seed=3)
    local, root = clip.local_rotmat.double(), clip.root_position.double()
    shape = torch.linspace(-1, 1, 10).double()
    ours = pose_smpl(
        smpl_model(arrays, dtype=torch.float64), local, root, shape=shape
    )
    theirs = smplx.SMPL(
        "",
        data_struct=Struct(**{k: np.array(v) for k, v in arrays.items()}),
        vertex_ids=dict.fromkeys(smplx.vertex_ids.vertex_ids["smplh"], 0),
        dtype=torch.float64,
        batch_size=4,
    )
    axis_angle = rotmat_to_axis_angle(local)
    posed = theirs(
        betas=shape.expand(4, -1),
        global_orient=axis_angle[:, 0],
        body_pose=axis_angle[:, 1:].flatten(1),
    )
    shift = root - posed.joints[:, 0]
    # smplx adds 1e-8 to axis-angle vectors before it takes their length.
    assert torch.allclose(ours, posed.vertices + shift[:, None], atol=1e-6)
    plain = pose_smpl(smpl_model(arrays, dtype=torch.float64), local, root)
    assert (ours - plain).abs().max() > 1e-3


def test_smpl_joints_move_as_forward_kinematics(arrays):
    """A skeleton made of the model's own rest joints carries its surface."""
    arrays["posedirs"] = np.zeros_like(arrays["posedirs"])
    # One vertex at each joint, moved by that joint alone.
    arrays["v_template"][:24] = SMPL24.rest_joints
    arrays["J_regressor"] = np.eye(24, len(arrays["v_template"]))
    arrays["weights"][:24] = np.eye(24)
    clip = wandering_clip(3)
    posed = pose_smpl(smpl_model(arrays), clip.local_rotmat, clip.root_position)
    joints = forward_kinematics(clip.local_rotmat, clip.root_position, SMPL24)
    assert torch.allclose(posed[:, :24], joints, atol=1e-5)


def test_smpl_shape_must_fit(arrays, capsys):
    model = smpl_model(arrays)
    assert capsys.readouterr().out == ""
    clip = standing_clip()
    with pytest.raises(ValueError, match=r"shape must have shape \[10\]"):
        pose_smpl(
            model, clip.local_rotmat, clip.root_position, shape=torch.zeros(3)
        )
