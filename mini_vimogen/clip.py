"""Clip: what a motion is. One person, one skeleton, one frame rate."""

# Over 250 lines: one record with its checks, its moves and its file.

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mini_vimogen.files import read_npz, written_whole
from mini_vimogen.geometry.kinematics import forward_kinematics, mirrored
from mini_vimogen.geometry.rotations import (
    heading,
    rotation_about,
    slerp_rotmat,
)
from mini_vimogen.geometry.skeleton import SMPL22, SMPL24, Skeleton

_BY_JOINTS = {len(s): s for s in (SMPL22, SMPL24)}
_TEXTS = ("caption", "source", "licence")
_STORED = {"root_position", "local_rotmat", "fps", "offsets", "header"}


@dataclass(frozen=True, eq=False)
class Clip:
    """A motion: where the pelvis is and how every joint is turned.

    Args:
        root_position: [frames, 3] metres, the pelvis joint in the Z-up world.
        local_rotmat: [frames, joints, 3, 3], relative to the parent joint;
            joint 0 is the root in the world.
        fps: frames per second.
        caption, source, licence: text that travels with the motion.
        skeleton: None takes SMPL22 or SMPL24 by the number of joints.

    Raises:
        ValueError: shapes, an unknown number of joints, no frames, fps that is
            not positive, values that are not finite, or matrices that are not
            rotations (to 1e-3).
    """

    root_position: Tensor
    local_rotmat: Tensor
    fps: float = field(kw_only=True)
    caption: str = field(default="", kw_only=True)
    source: str = field(default="", kw_only=True)
    licence: str = field(default="", kw_only=True)
    skeleton: Skeleton = field(default=None, kw_only=True)

    def __post_init__(self):
        root = torch.as_tensor(self.root_position)
        local = torch.as_tensor(self.local_rotmat)
        object.__setattr__(self, "root_position", root)
        object.__setattr__(self, "local_rotmat", local)
        if local.ndim != 4 or local.shape[-2:] != (3, 3):
            raise ValueError(
                "local_rotmat must have shape [frames, joints, 3, 3], got "
                f"{list(local.shape)}"
            )
        frames, joints = local.shape[:2]
        if frames == 0:
            raise ValueError("local_rotmat must have at least 1 frame, got 0")
        if root.shape != (frames, 3):
            raise ValueError(
                f"root_position must have shape [{frames}, 3] to go with "
                f"local_rotmat, got {list(root.shape)}"
            )
        object.__setattr__(self, "skeleton", self._named(joints))
        self._check_values()

    def _named(self, joints: int) -> Skeleton:
        if self.skeleton is None and joints not in _BY_JOINTS:
            raise ValueError(
                f"local_rotmat has {joints} joints; without a skeleton it must "
                f"have {' or '.join(map(str, sorted(_BY_JOINTS)))} (SMPL)"
            )
        skeleton = self.skeleton or _BY_JOINTS[joints]
        if len(skeleton) != joints:
            raise ValueError(
                f"local_rotmat has {joints} joints but skeleton "
                f"{skeleton.name} has {len(skeleton)}"
            )
        return skeleton

    def _check_values(self) -> None:
        fps = float(self.fps)
        if not (fps > 0 and np.isfinite(fps)):
            raise ValueError(f"fps must be positive and finite, got {self.fps}")
        object.__setattr__(self, "fps", fps)
        for name in ("root_position", "local_rotmat"):
            values = getattr(self, name)
            if not values.is_floating_point():
                raise ValueError(
                    f"{name} must hold floating-point numbers, got "
                    f"{values.dtype}"
                )
            finite = torch.isfinite(values)
            if not finite.all():
                frame = int(torch.nonzero(~finite)[0, 0])
                raise ValueError(
                    f"{name} must be finite, got NaN or infinity at frame "
                    f"{frame}"
                )
        local = self.local_rotmat
        error = local @ local.transpose(-1, -2) - torch.eye(3).to(local)
        worst = float(error.abs().max())
        if worst > 1e-3 or bool((torch.linalg.det(local) < 0).any()):
            raise ValueError(
                "local_rotmat must hold rotation matrices; the worst one is "
                f"off by {worst:.2g} (or is a reflection)"
            )

    @property
    def frames(self) -> int:
        """Number of frames."""
        return self.local_rotmat.shape[0]

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last."""
        return (self.frames - 1) / self.fps

    def joints(self) -> Tensor:
        """Joint positions [frames, joints, 3] in the world, metres."""
        return forward_kinematics(
            self.local_rotmat, self.root_position, self.skeleton
        )

    def with_(self, **changes) -> "Clip":
        """A copy with some fields changed; tensors are shared."""
        return replace(self, **changes)

    def slice(self, start: int, stop: int) -> "Clip":
        """Frames ``start`` up to but not including ``stop``."""
        if not 0 <= start < stop <= self.frames:
            raise ValueError(
                f"slice must lie within 0..{self.frames}, got {start}..{stop}"
            )
        return self.with_(
            root_position=self.root_position[start:stop],
            local_rotmat=self.local_rotmat[start:stop],
        )

    def resample(self, fps: float) -> "Clip":
        """The motion at another frame rate: slerp; linear for the root.

        The first frame stays; no new frame lies beyond the old end.
        """
        if not fps > 0:
            raise ValueError(f"fps must be positive, got {fps}")
        frames = int(np.floor(self.duration * fps + 1e-6)) + 1
        at = torch.arange(frames, dtype=torch.float64) * (self.fps / fps)
        at = at.clamp(max=self.frames - 1)
        before = at.long().clamp(max=max(self.frames - 2, 0))
        after = (before + 1).clamp(max=self.frames - 1)
        weight = (at - before).to(self.local_rotmat)
        root = torch.lerp(
            self.root_position[before],
            self.root_position[after],
            weight[:, None].to(self.root_position),
        )
        local = slerp_rotmat(
            self.local_rotmat[before],
            self.local_rotmat[after],
            weight[:, None].expand(-1, len(self.skeleton)),
        )
        return self.with_(root_position=root, local_rotmat=local, fps=fps)

    def moved(self, *, yaw: float = 0.0, by=(0.0, 0.0, 0.0)) -> "Clip":
        """Turn the clip about the world's Z by ``yaw`` radians, then shift."""
        turn = rotation_about("z", torch.tensor(yaw).to(self.local_rotmat))
        local = self.local_rotmat.clone()
        local[:, 0] = turn @ local[:, 0]
        root = self.root_position @ turn.T.to(self.root_position)
        root = root + torch.as_tensor(by).to(root)
        return self.with_(root_position=root, local_rotmat=local)

    def canonical_move(self, *, floor: bool = True) -> tuple[float, Tensor]:
        """Yaw in radians and shift [3] in metres that ``canonical`` applies."""
        yaw = -float(heading(self.local_rotmat[0, 0]))
        turned = self.moved(yaw=yaw)
        shift = -turned.root_position[0]
        shift[2] = -turned.joints()[..., 2].min() if floor else 0.0
        return yaw, shift

    def canonical(self, floor: bool = True) -> "Clip":
        """Start over the origin facing +Y: one turn and one shift of all.

        Args:
            floor: also put the lowest joint of the whole clip on z = 0.

        ``canonical_move`` says by how much.
        """
        yaw, shift = self.canonical_move(floor=floor)
        return self.moved(yaw=yaw, by=shift)

    def mirror(self) -> "Clip":
        """Left and right exchanged; see ``kinematics.mirrored``."""
        local, root = mirrored(
            self.local_rotmat, self.root_position, self.skeleton
        )
        return self.with_(root_position=root, local_rotmat=local)

    def save(self, path) -> Path:
        """Write an ``.npz`` file (no pickles); returns its path."""
        path = Path(path)
        header = {name: getattr(self, name) for name in _TEXTS}
        header["skeleton"] = self.skeleton.name
        header["names"] = list(self.skeleton.names)
        header["parents"] = list(self.skeleton.parents)
        header["mirror_pairs"] = [list(p) for p in self.skeleton.mirror_pairs]
        with written_whole(path) as partial:
            np.savez_compressed(
                partial,
                root_position=self.root_position.cpu().numpy(),
                local_rotmat=self.local_rotmat.cpu().numpy(),
                fps=np.float64(self.fps),
                offsets=self.skeleton.offsets.cpu().numpy(),
                header=np.array(json.dumps(header)),
            )
        return path

    @classmethod
    def load(cls, path) -> "Clip":
        """Read what ``save`` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: not such a file, truncated, or it holds pickled objects.
        """
        stored = read_npz(path, wanted=_STORED, what="clip file")
        try:
            skeleton, texts = _read_header(stored)
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{path} is not a clip file: its header is damaged ({error})"
            ) from error
        return cls(
            torch.from_numpy(stored["root_position"]),
            torch.from_numpy(stored["local_rotmat"]),
            fps=float(stored["fps"]),
            skeleton=skeleton,
            **texts,
        )


def _read_header(stored: dict) -> tuple[Skeleton, dict[str, str]]:
    """The skeleton (one of ours where it is one) and the texts of a clip."""
    header = json.loads(str(stored["header"]))
    skeleton = Skeleton(
        name=header["skeleton"],
        names=tuple(header["names"]),
        parents=tuple(header["parents"]),
        offsets=torch.from_numpy(stored["offsets"]),
        mirror_pairs=tuple(map(tuple, header["mirror_pairs"])),
    )
    for known in _BY_JOINTS.values():
        if known.same_as(skeleton):
            skeleton = known
    return skeleton, {name: str(header[name]) for name in _TEXTS}
