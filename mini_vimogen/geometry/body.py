"""Bodies: a surface that follows the joints, by linear blend skinning.

The only module that imports smplx, and only inside the functions that pose.
"""

import contextlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mini_vimogen.files import read_npz, written_whole


@dataclass(frozen=True, eq=False)
class Body:
    """A surface in its rest pose, and how much each joint moves each vertex.

    Args:
        vertices: [V, 3] metres, body axes (x left, y up, z forward).
        faces: [F, 3] vertex numbers, counter-clockwise from outside.
        weights: [V, joints], each row sums to 1.
        rest_joints: [joints, 3] metres, same axes.
        parents: index of each joint's parent, -1 for the root.

    Raises:
        ValueError: shapes that do not fit, values not finite, weights that do
            not sum to 1, faces of vertices that are not there.
    """

    vertices: Tensor = field(repr=False)
    faces: Tensor = field(repr=False)
    weights: Tensor = field(repr=False)
    rest_joints: Tensor = field(repr=False)
    parents: tuple[int, ...]

    def __post_init__(self):
        count, joints = len(self.vertices), len(self.parents)
        wanted = {
            "vertices": (count, 3),
            "faces": (len(self.faces), 3),
            "weights": (count, joints),
            "rest_joints": (joints, 3),
        }
        for name, shape in wanted.items():
            values = getattr(self, name)
            if tuple(values.shape) != shape or 0 in shape:
                raise ValueError(
                    f"{name} must have shape {list(shape)}, got "
                    f"{list(values.shape)}"
                )
            if values.is_floating_point() and not values.isfinite().all():
                raise ValueError(f"{name} must be finite")
        total = self.weights.sum(dim=1)
        if (total - 1).abs().max() > 1e-3 or self.weights.min() < 0:
            raise ValueError(
                "weights must not be negative and must sum to 1 at each "
                f"vertex, got sums {total.min():.3f}..{total.max():.3f}"
            )
        if self.faces.min() < 0 or self.faces.max() >= count:
            raise ValueError(
                f"faces must name vertices 0..{count - 1}, got "
                f"{self.faces.min()}..{self.faces.max()}"
            )

    @property
    def vertex_joint(self) -> Tensor:
        """[V] the joint that moves each vertex most."""
        return self.weights.argmax(dim=1)

    def save(self, path) -> Path:
        """Write an ``.npz`` file (no pickles); returns its path."""
        arrays = {
            f.name: np.asarray(getattr(self, f.name)) for f in fields(self)
        }
        arrays["faces"] = arrays["faces"].astype(np.int32)
        with written_whole(path) as partial:
            np.savez_compressed(partial, **arrays)
        return Path(path)

    @classmethod
    def load(cls, path) -> "Body":
        """Read what ``save`` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: not such a file, or it holds pickled objects.
        """
        wanted = {f.name for f in fields(cls)}
        stored = read_npz(path, wanted=wanted, what="body file")
        return cls(
            vertices=torch.from_numpy(stored["vertices"]),
            faces=torch.from_numpy(stored["faces"].astype(np.int64)),
            weights=torch.from_numpy(stored["weights"]),
            rest_joints=torch.from_numpy(stored["rest_joints"]),
            parents=tuple(int(p) for p in stored["parents"]),
        )


def pose_body(
    body: Body, local_rotmat: Tensor, root_position: Tensor
) -> Tensor:
    """The surface of a moving body.

    Args:
        body: V vertices, 24 joints.
        local_rotmat: [..., frames, joints, 3, 3], joint 0 the root in the
            world. SMPL22 rotations are taken too: the hands stay straight.
        root_position: [..., frames, 3] metres, where the root joint goes.

    Returns:
        [..., frames, V, 3] metres in the world of the root.

    Raises:
        ValueError: shapes that do not fit the body or each other.

    Source: linear blend skinning, Loper et al. 2015, equation 2 without blend
    shapes; transforms by ``smplx.lbs.batch_rigid_transform``.
    """
    from smplx.lbs import batch_rigid_transform

    local = _fitting(local_rotmat, root_position, joints=len(body.parents))
    flat = local.reshape(-1, *local.shape[-3:])  # [frames, joints, 3, 3]
    vertices, rest = body.vertices.to(flat), body.rest_joints.to(flat)
    _, transforms = batch_rigid_transform(
        flat,
        rest.expand(len(flat), -1, -1),
        torch.tensor(body.parents, device=flat.device),
        dtype=flat.dtype,
    )
    blended = torch.einsum("vj,fjrc->fvrc", body.weights.to(flat), transforms)
    posed = torch.einsum("fvrc,vc->fvr", blended[..., :3, :3], vertices)
    posed = posed + blended[..., :3, 3]
    posed = posed.reshape(*local.shape[:-3], *vertices.shape)
    return posed + (root_position - rest[0])[..., None, :]


def _fitting(local: Tensor, root: Tensor, *, joints: int) -> Tensor:
    """Rotations of all the joints, or a ValueError."""
    if local.shape[-2:] == (3, 3) and local.shape[-3:-2] == (joints - 2,):
        straight = torch.eye(3).to(local).expand(*local.shape[:-3], 2, 3, 3)
        local = torch.cat([local, straight], dim=-3)
    if tuple(local.shape[-3:]) != (joints, 3, 3):
        raise ValueError(
            f"local_rotmat must have shape [..., frames, {joints}, 3, 3] (or "
            f"{joints - 2} joints, without hands), got {list(local.shape)}"
        )
    if tuple(root.shape) != (*local.shape[:-3], 3):
        raise ValueError(
            f"root_position must have shape {[*local.shape[:-3], 3]} to go "
            f"with local_rotmat, got {list(root.shape)}"
        )
    return local


def smpl_model(arrays: Mapping[str, np.ndarray], *, dtype=torch.float32):
    """A user's own SMPL model as an ``smplx.SMPL`` module.

    Args:
        arrays: what ``formats.smpl_model.read_smpl_model`` returns.
        dtype: of the module's tensors.

    Returns:
        ``smplx.SMPL`` without parameters of its own pose; see ``pose_smpl``.
    """
    import smplx
    from smplx.utils import Struct
    from smplx.vertex_ids import vertex_ids

    # smplx appends 21 face, finger and toe vertices as joints, by their
    # numbers in the official mesh; a smaller mesh does not have them.
    chosen = dict(vertex_ids["smplh"])
    if max(chosen.values()) >= len(arrays["v_template"]):
        chosen = dict.fromkeys(chosen, 0)
    data = {name: np.array(values) for name, values in arrays.items()}
    # It prints a warning about ten shape coefficients, SMPL's usual number.
    with contextlib.redirect_stdout(io.StringIO()):
        return smplx.SMPLLayer(
            "", data_struct=Struct(**data), vertex_ids=chosen, dtype=dtype
        )


def pose_smpl(
    model,
    local_rotmat: Tensor,
    root_position: Tensor,
    *,
    shape: Tensor | None = None,
) -> Tensor:
    """The surface of a user's own SMPL body, with its blend shapes.

    Args:
        model: from ``smpl_model``; V vertices.
        local_rotmat, root_position: as in ``pose_body``. The pelvis joint goes
            to ``root_position``, whatever the body's shape.
        shape: [S] shape coefficients; None is the mean shape.

    Returns:
        [..., frames, V, 3] metres in the world of the root.

    Raises:
        ValueError: shapes that do not fit the model or each other.
    """
    local = _fitting(local_rotmat, root_position, joints=24)
    betas = torch.zeros(model.num_betas) if shape is None else shape
    if tuple(betas.shape) != (model.num_betas,):
        raise ValueError(
            f"shape must have shape [{model.num_betas}], got "
            f"{list(betas.shape)}"
        )
    flat = local.reshape(-1, 24, 3, 3).to(model.v_template)
    posed = model(
        betas=betas.to(flat).expand(len(flat), -1),
        global_orient=flat[:, :1],
        body_pose=flat[:, 1:],
        transl=torch.zeros(len(flat), 3).to(flat),
    )
    vertices = posed.vertices.reshape(*local.shape[:-3], -1, 3)
    pelvis = posed.joints[:, 0].reshape(*local.shape[:-3], 3)
    return vertices + (root_position.to(flat) - pelvis)[..., None, :]
