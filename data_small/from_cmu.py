"""CMU walks fitted to the CMU humanoid (inside envpool-assets) to SMPL-24.

The container (little-endian): 8 bytes ``EPMOCAP1``; u32 number of clips; each
clip: u32 length and name, u32 frames, f64 seconds a frame, u32 number of
fields; each field: u32 length and name, u32 width, frames x width float32.
World: Z up, metres. The bodies' own axes at zero joint angles: x to the left,
y up, z forward for the trunk and the legs.
"""

import struct
from pathlib import Path

import numpy as np
import torch
from retarget import rest_leg_length, root_from_hips, slerp_in_time
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.geometry.kinematics import local_from_global
from mini_vimogen.geometry.rotations import (
    quaternion_to_rotmat,
    rotation_about,
    slerp_rotmat,
)
from mini_vimogen.geometry.skeleton import SMPL24

# The bodies of the humanoid in file order, without its root; one more point,
# in front of the head and moving with it, follows the head.
BODIES = (
    "lhipjoint lfemur ltibia lfoot ltoes rhipjoint rfemur rtibia rfoot rtoes "
    "lowerback upperback thorax lowerneck upperneck head face "
    "lclavicle lhumerus lradius lwrist lhand lfingers lthumb "
    "rclavicle rhumerus rradius rwrist rhand rfingers rthumb"
).split()

# SMPL's body axes written in the axes of a source body. Arm bodies have y along
# the bone, from hand to shoulder; the elbow and the fingers bend about their x.
# SMPL's arms point sideways, palms down, so axes change places.
UPPER_ARM = {
    "l": torch.tensor([[0.0, -1, 0], [-1, 0, 0], [0, 0, -1]]).double(),
    "r": torch.tensor([[0.0, 1, 0], [1, 0, 0], [0, 0, -1]]).double(),
}
HAND = {
    "l": torch.tensor([[0.0, 0, -1], [-1, 0, 0], [0, 1, 0]]).double(),
    "r": torch.tensor([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]]).double(),
}
# A flat foot of the source looks down its shin: a quarter turn, and a little
# more because its sole is not parallel to its axis (median of standing feet).
SOLE_PITCH = {"2020": np.radians(4.2), "2019": np.radians(-1.6)}


def read_container(path: Path) -> dict[str, dict]:
    """Every clip's fields by name: arrays [frames, width], and ``dt``."""
    raw = path.read_bytes()
    if raw[:8] != b"EPMOCAP1":
        raise ValueError(f"{path.name} does not start with EPMOCAP1")
    at = 8

    def number(code: str):
        nonlocal at
        (value,) = struct.unpack_from("<" + code, raw, at)
        at += struct.calcsize(code)
        return value

    def text() -> str:
        nonlocal at
        size = number("I")
        at += size
        return raw[at - size : at].decode()

    clips = {}
    for _ in range(number("I")):
        name, frames = text(), number("I")
        clip = {"dt": number("d")}
        for _ in range(number("I")):
            field, width = text(), number("I")
            values = np.frombuffer(raw, "<f4", frames * width, at)
            clip[field] = values.reshape(frames, width).astype(np.float64)
            at += 4 * frames * width
        clips[name] = clip
    if at != len(raw):
        raise ValueError(f"{path.name} has {len(raw) - at} bytes too many")
    return clips


def _swing(start: Tensor, end: Tensor) -> Tensor:
    """The smallest rotation that takes the direction ``start`` to ``end``."""
    a, b = start / start.norm(), end / end.norm()
    cross = torch.linalg.cross(a, b)
    k = torch.zeros(3, 3).to(a)
    k[0, 1], k[0, 2], k[1, 2] = -cross[2], cross[1], -cross[0]
    k = k - k.T
    return torch.eye(3).to(a) + k + k @ k / (1 + a @ b)


def _global_rotmat(clip: dict, year: str) -> Tensor:
    """World rotations [frames, 24, 3, 3] of SMPL's joints."""
    quaternion = torch.from_numpy(clip["body_quaternions"]).reshape(-1, 31, 4)
    rotation = quaternion_to_rotmat(quaternion)
    points = torch.from_numpy(clip["body_positions"]).reshape(-1, 31, 3)

    def body(name: str) -> Tensor:
        return rotation[:, BODIES.index(name)]

    # "forward" of the source's head looks down; its face point says where to.
    head, face = (points[0, BODIES.index(b)] for b in ("head", "face"))
    gaze = body("head")[0].T @ (face - head)
    upright = _swing(torch.tensor([0.0, 0, 1]).double(), gaze)
    half = torch.full((len(points),), 0.5).double()
    neck = slerp_rotmat(body("lowerneck"), body("upperneck"), half)
    world = {
        "pelvis": body("lhipjoint"),
        "spine1": body("lowerback"),
        "spine2": body("upperback"),
        "spine3": body("thorax"),
        "neck": neck,
        "head": body("head") @ upright,
    }
    for side, s in (("left", "l"), ("right", "r")):
        sole = torch.tensor(np.pi / 2 - SOLE_PITCH[year]).double()
        world[f"{side}_hip"] = body(s + "femur")
        world[f"{side}_knee"] = body(s + "tibia")
        world[f"{side}_ankle"] = body(s + "foot") @ rotation_about("x", sole)
        world[f"{side}_collar"] = body(s + "clavicle")
        world.update(_arm(body, side, s, half))
        for end, of in (("foot", "ankle"), ("hand", "wrist")):
            world[f"{side}_{end}"] = world[f"{side}_{of}"]
    return torch.stack([world[name] for name in SMPL24.names], dim=1)


def _arm(body, side: str, s: str, half: Tensor) -> dict[str, Tensor]:
    """Upper arm and forearm along the source's bones; half of the forearm's
    twist goes to the elbow, the rest to the wrist, as in a real forearm."""
    out = sign = 1.0 if side == "left" else -1.0
    along = torch.tensor([out, 0.0, 0.0]).double()
    straight = {
        joint: _swing(SMPL24.offsets[SMPL24.index(joint)].double(), along)
        for joint in (f"{side}_elbow", f"{side}_wrist")
    }
    twisted = body(s + "wrist") @ rotation_about(
        "y", torch.tensor(sign * np.pi / 2).double()
    )
    forearm = slerp_rotmat(body(s + "radius"), twisted, half)
    return {
        f"{side}_shoulder": body(s + "humerus")
        @ UPPER_ARM[s]
        @ straight[f"{side}_elbow"],
        f"{side}_elbow": forearm @ UPPER_ARM[s] @ straight[f"{side}_wrist"],
        f"{side}_wrist": body(s + "hand") @ HAND[s],
    }


def _leg_length(clip: dict) -> float:
    points = clip["body_positions"].reshape(-1, 31, 3)[0]
    hip, knee, ankle = (
        points[BODIES.index(b)] for b in ("lfemur", "ltibia", "lfoot")
    )
    return float(np.linalg.norm(hip - knee) + np.linalg.norm(knee - ankle))


def convert(clip: dict, *, year: str, fps: float) -> Clip:
    """One clip of the container as SMPL-24 at ``fps``.

    The middle of the hips follows the source's, shrunk by the ratio of leg
    lengths, so that steps keep their proportion to the legs.
    """
    rotation = _global_rotmat(clip, year)
    scale = rest_leg_length() / _leg_length(clip)
    points = torch.from_numpy(clip["body_positions"]).reshape(-1, 31, 3)
    # The first frame of several takes is where the fit started: it jumps.
    rotation, points = rotation[1:], points[1:]
    hips = [BODIES.index("lfemur"), BODIES.index("rfemur")]
    middle = scale * points[:, hips].mean(dim=1)
    root = root_from_hips(middle, rotation[:, 0])
    local = local_from_global(rotation, SMPL24)
    times = np.arange(len(root)) * clip["dt"]
    return slerp_in_time(times, root, local, fps=fps)
