"""Babbling: limbs that wander smoothly around real poses, for pose coverage.

A babbler shows a lifter poses that no action has. Joint angles walk at random
from near one real pose to near the next, inside the range of real angles; the
body stands on whatever joint is lowest, or flies for a while.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation, RotationSpline
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.data.choreographer import rig
from mini_vimogen.data.choreographer.course import GRAVITY
from mini_vimogen.data.choreographer.curves import blurred, drift
from mini_vimogen.data.choreographer.dice import Dice
from mini_vimogen.data.choreographer.limits import AngleRange, joint_angles
from mini_vimogen.data.library import family
from mini_vimogen.geometry.kinematics import forward_kinematics
from mini_vimogen.geometry.rotations import heading, rotation_about
from mini_vimogen.geometry.skeleton import SMPL24

SOURCE = "babbler"
UPPER = np.array([3, 6, 9, *range(12, 24)]) - 1
"""Rows of the joints above the pelvis, in angles without the root."""

INSIDE = np.deg2rad(12.0)
"""How far angles may leave the range of real ones; 20 degrees is the limit."""

WANDER_SHARE = 0.16
"""Spread of the noise, as a share of the width of an angle's real range."""


@dataclass(frozen=True, eq=False)
class PosePool:
    """Real poses to babble around.

    angles: [poses, 23, 3] axis-angle of every joint but the root, radians;
    tilt: [poses, 3, 3] root rotation in body axes, with its heading removed;
    group: [poses] number of each pose's kind: kinds are drawn equally often, or
    the many walks would drown the few cartwheels; low, high: [23, 3] range of
    the real angles; licence: of the clips.
    """

    angles: np.ndarray
    tilt: np.ndarray
    group: np.ndarray
    low: np.ndarray
    high: np.ndarray
    licence: str = ""

    @classmethod
    def of(
        cls,
        clips: Iterable[Clip],
        *,
        every: int = 2,
        kind: Callable[[Clip], str] = family,
    ) -> "PosePool":
        """All poses of some SMPL24 clips and of their mirror images.

        Args:
            clips: for training, those of the training split only.
            every: take one frame out of so many.
            kind: names the kind of a clip; the take family of a real one.

        Raises:
            ValueError: no clip, or a skeleton that is not SMPL24.
        """
        clips = list(clips)
        for clip in clips:
            if clip.skeleton is not SMPL24:
                raise ValueError(
                    f"clips must have skeleton SMPL24, got {clip.skeleton.name}"
                )
        clips += [clip.mirror() for clip in clips]
        limits = AngleRange.of(clips)
        local = torch.cat([clip.local_rotmat[::every] for clip in clips])
        local = local.double()
        level = rotation_about("z", -heading(local[:, 0])) @ local[:, 0]
        tilt = torch.from_numpy(rig.STANDING).T @ level
        kinds = [kind(clip) for clip in clips]
        numbers = np.unique(kinds, return_inverse=True)[1]
        lengths = [len(range(0, clip.frames, every)) for clip in clips]
        return cls(
            angles=joint_angles(local).numpy(),
            tilt=tilt.numpy(),
            group=np.repeat(numbers, lengths),
            low=limits.low.numpy(),
            high=limits.high.numpy(),
            licence=", ".join(sorted({c.licence for c in clips if c.licence})),
        )

    def draw(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Numbers of ``count`` poses, every kind as likely."""
        kinds = rng.integers(self.group.max() + 1, size=count)
        return np.array(
            [rng.choice(np.flatnonzero(self.group == kind)) for kind in kinds]
        )


def _key_times(seconds: float, dice: Dice) -> np.ndarray:
    """Times of key poses every 0.35 to 0.9 s, from before the start on."""
    times = [-dice.uniform(0.1, 0.5)]
    while times[-1] < seconds:
        times.append(times[-1] + dice.uniform(0.35, 0.9))
    times.append(times[-1] + 0.6)
    return np.array(times)


def _key_poses(
    pool: PosePool, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A random walk [count, 23, 3] over mixtures of real poses, and tilts."""
    legs = pool.draw(count, rng)
    others = pool.draw(count, rng)
    arms = np.where(rng.random(count) < 0.5, others, legs)
    target = pool.angles[legs].copy()
    target[:, UPPER] = pool.angles[arms][:, UPPER]
    spread = WANDER_SHARE * (pool.high - pool.low)
    target += spread * rng.normal(size=target.shape)
    step = rng.uniform(0.35, 1.0, size=count)
    step[0] = 1.0
    walked = [target[0]]
    for at in range(1, count):
        walked.append(walked[-1] + step[at] * (target[at] - walked[-1]))
    return np.stack(walked), pool.tilt[legs]


def _wandering(pool: PosePool, seconds: float, times, dice: Dice):
    """Angles [frames, 23, 3] and root tilts [frames, 3, 3] of one clip."""
    rng = np.random.default_rng(dice.seed())
    key_times = _key_times(seconds, dice)
    keys, tilts = _key_poses(pool, len(key_times), rng)
    angles = CubicSpline(key_times, keys)(times)
    noise = drift(times, keys[0].size, rng, hertz=0.9).reshape(angles.shape)
    angles += 0.5 * WANDER_SHARE * (pool.high - pool.low) * noise
    inside = np.clip(angles, pool.low - INSIDE, pool.high + INSIDE)
    tilt = RotationSpline(key_times, Rotation.from_matrix(tilts))(times)
    return blurred(inside, 0.03 / times[1]), tilt.as_matrix()


def _posed(angles, tilt) -> Tensor:
    """Local rotations [frames, 24, 3, 3] of a body that faces +Y."""
    frames = len(angles)
    turned = Rotation.from_rotvec(angles.reshape(-1, 3)).as_matrix()
    local = np.empty((frames, 24, 3, 3))
    local[:, 0] = rig.STANDING @ tilt
    local[:, 1:] = turned.reshape(frames, 23, 3, 3)
    return torch.from_numpy(local)


def _standing_path(joints, fps: float) -> np.ndarray:
    """Root path [frames, 3] that keeps the lowest joint on its spot.

    Args:
        joints: [frames, joints, 3] of a body whose root stays at the origin.
    """
    height = joints[..., 2]
    low = height.min(1, keepdims=True)
    weight = np.exp(-(height - low) / 0.01)
    weight /= weight.sum(1, keepdims=True)
    steps = np.diff(joints[..., :2], axis=0)
    share = 0.5 * (weight[1:] + weight[:-1])
    move = -(share[..., None] * steps).sum(1)
    path = np.zeros((len(joints), 3))
    path[1:, :2] = move.cumsum(0)
    path[:, 2] = -low[:, 0]
    return path


def _fly(path, times, dice: Dice) -> np.ndarray:
    """The same path with one stretch of free fall; never through the floor."""
    seconds = min(dice.uniform(0.4, 0.8), 0.8 * times[-1])
    start = dice.uniform(0.0, times[-1] - seconds)
    air = np.nonzero((times >= start) & (times <= start + seconds))[0]
    if len(air) < 3:
        return path
    first, last = air[0], air[-1]
    aloft = times[air] - times[first]
    left = times[last] - times[air]
    share = aloft / aloft[-1]
    line = path[first, 2] + share * (path[last, 2] - path[first, 2])
    arc = line + 0.5 * GRAVITY * aloft * left
    flown = path.copy()
    angle, speed = dice.uniform(0, 2 * np.pi), dice.uniform(0.0, 2.0)
    way = speed * aloft[:, None] * [np.cos(angle), np.sin(angle)]
    flown[air, :2] = path[first, :2] + way
    flown[last + 1 :, :2] += flown[last, :2] - path[last, :2]
    flown[air, 2] = np.maximum(arc, path[air, 2])
    return flown


def _require_frames(duration: float, fps: float) -> int:
    if not 0 < fps < float("inf"):
        raise ValueError(f"fps must be positive, got {fps}")
    if not 2 / fps <= duration < float("inf"):
        raise ValueError(
            f"duration must last 3 frames ({2 / fps:.2g} s) or more, got "
            f"{duration}"
        )
    return round(duration * fps) + 1


def babble(
    poses: PosePool,
    *,
    generator: torch.Generator | int,
    duration: float = 2.0,
    fps: float = VIMO_FPS,
    airborne: bool | None = None,
) -> Clip:
    """A smooth random walk through poses near real ones.

    Args:
        poses: ``PosePool.of(real_motion("train"))``; build it once.
        generator: a torch.Generator or a seed; the same seed, the same clip.
        duration: seconds from the first frame to the last.
        airborne: fly for 0.4 to 0.8 s; None does so in one clip out of three.

    Returns:
        A clip without a caption (it is no action), in the canonical start.

    Raises:
        ValueError: duration or fps is not positive, or under 3 frames.
    """
    frames = _require_frames(duration, fps)
    dice = Dice(generator)
    times = np.arange(frames) / fps
    rotmat = _posed(*_wandering(poses, duration, times, dice))
    yaw = rig.turn("z", dice.uniform(-1.2, 1.2) * times)
    rotmat[:, 0] = torch.from_numpy(yaw) @ rotmat[:, 0]
    still = torch.zeros(frames, 3, dtype=torch.float64)
    joints = forward_kinematics(rotmat, still, SMPL24).numpy()
    path = _standing_path(joints, fps)
    if dice.chance(1 / 3) if airborne is None else airborne:
        path = _fly(path, times, dice)
    return Clip(
        torch.from_numpy(path).float(),
        rotmat.float(),
        fps=float(fps),
        source=SOURCE,
        licence=poses.licence,
    ).canonical(floor=True)
