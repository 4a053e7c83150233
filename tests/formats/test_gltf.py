"""GLB files: as a third party reads them, and as we read them back."""

import json
import struct

import numpy as np
import pytest
import torch
import trimesh

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import Y_UP_TO_Z_UP
from mini_vimogen.data.choreographer import choreograph
from mini_vimogen.data.library import baked_body, real_motion
from mini_vimogen.formats import bvh, gltf
from mini_vimogen.geometry.body import Body, pose_body
from mini_vimogen.geometry.skeleton import SMPL24, Skeleton
from tests.formats.gltf_evaluator import Evaluator
from tests.oracles import standing_clip, wandering_clip

BODIES = [None, "skeleton"]
ROUNDING = 2e-6  # metres; float32 in a clip of a few metres


def in_our_world(points) -> torch.Tensor:
    return torch.from_numpy(np.asarray(points)) @ Y_UP_TO_Z_UP.T.double()


def difference(theirs, ours) -> float:
    return float((in_our_world(theirs) - ours.double()).abs().max())


def longer_legs(skeleton: Skeleton = SMPL24) -> Skeleton:
    """SMPL's joints at the places of somebody with longer legs."""
    offsets = skeleton.offsets.clone()
    offsets[[4, 5, 7, 8]] *= 1.2
    return Skeleton(
        "long legs",
        skeleton.names,
        skeleton.parents,
        offsets,
        skeleton.mirror_pairs,
    )


def tail() -> Skeleton:
    """A skeleton that is not SMPL's: three joints, one of them of no length."""
    offsets = torch.tensor([[0.0, 0, 0], [0, 0.4, 0.1], [0, 0, 0]])
    return Skeleton("tail", ("root", "middle", "end"), (-1, 0, 1), offsets)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("joints", [24, 22])
def test_joints_that_a_player_computes_are_the_clips(tmp_path, joints, body):
    clip = wandering_clip(12, seed=3, joints=joints)
    file = Evaluator(gltf.write(clip, tmp_path / "a.glb", body=body))
    ours = clip.joints()
    for frame in range(clip.frames):
        assert difference(file.joints(frame), ours[frame]) < ROUNDING
    names = [file.nodes[j].name for j in file.skin.joints]
    assert tuple(names) == clip.skeleton.names


@pytest.mark.parametrize("clip", real_motion()[::8], ids=lambda c: c.source)
def test_real_clips_survive_a_player_and_our_reader(tmp_path, clip):
    path = gltf.write(clip, tmp_path / "a.glb", body="skeleton")
    file, ours = Evaluator(path), clip.joints()
    for frame in (0, clip.frames // 2, clip.frames - 1):
        assert difference(file.joints(frame), ours[frame]) < 5e-6
    back = gltf.read(path)
    assert float((back.joints() - ours).abs().max()) < 5e-6
    texts = [(c.caption, c.source, c.licence, c.fps) for c in (back, clip)]
    assert texts[0] == texts[1] and back.skeleton is SMPL24


@pytest.mark.parametrize("joints", [24, 22])
def test_the_skin_is_the_bodys_but_for_a_fifth_weight(tmp_path, joints):
    body, clip = baked_body(), wandering_clip(6, seed=1, joints=joints)
    file = Evaluator(gltf.write(clip, tmp_path / "a.glb"))
    local, root = clip.local_rotmat.double(), clip.root_position.double()
    exact = pose_body(body, local, root)
    five = (body.weights > 0).sum(dim=1) > 4
    for frame in range(clip.frames):
        error = (in_our_world(file.vertices(frame)) - exact[frame]).norm(dim=1)
        assert float(error[~five].max()) < ROUNDING
        assert float(error[five].max()) < 0.01
    assert 0 < int(five.sum()) < 20


def test_another_body_with_six_weights_keeps_the_four_largest(tmp_path):
    weights = torch.zeros(3, 24)
    weights[0, :6] = torch.tensor([0.05, 0.3, 0.1, 0.25, 0.2, 0.1])
    weights[1, 7] = 1.0
    weights[2, [20, 22]] = 0.5
    body = Body(
        vertices=torch.eye(3),
        faces=torch.tensor([[0, 1, 2]]),
        weights=weights,
        rest_joints=SMPL24.rest_joints,
        parents=SMPL24.parents,
    )
    path = gltf.write(wandering_clip(2), tmp_path / "a.glb", body=body)
    file = Evaluator(path)
    named, kept = file.attribute("JOINTS_0"), file.attribute("WEIGHTS_0")
    assert named[0].tolist() == [1, 3, 4, 2]
    np.testing.assert_allclose(kept[0], np.array([6, 5, 4, 2]) / 17, rtol=1e-6)
    assert (named[1].tolist(), kept[1].tolist()) == ([7, 0, 0, 0], [1, 0, 0, 0])
    path = gltf.write(wandering_clip(2, joints=22), path, body=body)
    file = Evaluator(path)
    assert file.attribute("JOINTS_0")[2].tolist() == [20, 0, 0, 0]


def test_a_body_follows_a_skeleton_of_other_bones(tmp_path):
    """Its knees are where the skeleton's are, and it stands on its feet."""
    clip = standing_clip(2)
    path = tmp_path / "a.glb"
    usual = Evaluator(gltf.write(clip, path))
    longer = Evaluator(
        gltf.write(clip.with_(skeleton=longer_legs()), path, body=None)
    )
    knee = SMPL24.index("left_knee")
    near = usual.attribute("JOINTS_0")[:, 0] == knee
    near &= usual.attribute("WEIGHTS_0")[:, 0] > 0.99
    assert near.any()
    moved = longer.vertices(0)[near] - usual.vertices(0)[near]
    wanted = longer.joints(0)[knee] - usual.joints(0)[knee]
    assert wanted[1] < -0.05
    np.testing.assert_allclose(
        moved, np.tile(wanted, (len(moved), 1)), atol=2e-3
    )
    lowest = longer.attribute("POSITION")[:, 1].min()
    assert lowest == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("body", BODIES)
def test_rest_pose_stands_on_the_floor_and_left_is_left(tmp_path, body):
    """glTF: Y up, a figure faces +Z, so its left is +X."""
    file = Evaluator(
        gltf.write(wandering_clip(2), tmp_path / "a.glb", body=body)
    )
    rest = file.joints(None)
    at = dict(zip(SMPL24.names, rest, strict=True))
    places = file.attribute("POSITION")
    np.testing.assert_allclose(file.vertices(None), places, atol=1e-6)
    assert places[:, 1].min() == pytest.approx(0, abs=1e-6)
    assert at["head"][1] > 1.4 and at["left_wrist"][0] > 0.5
    assert at["left_foot"][2] - at["left_ankle"][2] > 0.05
    wrist = SMPL24.index("left_wrist")
    carried = file.attribute("JOINTS_0")[:, 0] == wrist
    assert places[carried, 0].min() > 0.5


@pytest.mark.parametrize("body", BODIES)
def test_the_surface_faces_outwards(tmp_path, body):
    file = Evaluator(
        gltf.write(standing_clip(1), tmp_path / "a.glb", body=body)
    )
    places, normals = file.attribute("POSITION"), file.attribute("NORMAL")
    corners = places[file.triangles].astype(np.float64)
    across = np.cross(
        corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    )
    volume = (corners[:, 0] * np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert volume > 0.001  # of a closed surface seen from outside
    assert (np.linalg.norm(across, axis=1) > 0).all()
    agree = (across * normals[file.triangles].mean(axis=1)).sum(axis=1) > 0
    assert agree.mean() > 0.99
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("frames", [1, 30])
def test_the_file_keeps_the_formats_rules(tmp_path, frames, body):
    """What the Khronos validator checks, as far as it concerns us."""
    clip = wandering_clip(frames)
    path = gltf.write(clip, tmp_path / "a.glb", body=body)
    file = Evaluator(path)
    content, document = path.read_bytes(), file.gltf
    magic, version, length = struct.unpack_from("<4sII", content)
    assert (magic, version, length) == (b"glTF", 2, len(content))
    assert length % 4 == 0 and len(file.blob) == document.buffers[0].byteLength
    used = set()
    for number, accessor in enumerate(document.accessors):
        view = document.bufferViews[accessor.bufferView]
        values = file.array(number)
        assert (view.byteOffset or 0) % 4 == 0 and accessor.count > 0
        assert view.byteLength == values.nbytes
        assert np.isfinite(values).all()
        if accessor.min:
            assert accessor.min == values.min(axis=0).tolist()
            assert accessor.max == values.max(axis=0).tolist()
        place = range(
            view.byteOffset or 0, (view.byteOffset or 0) + values.nbytes
        )
        assert used.isdisjoint(place)
        used |= set(place)
    check_mesh(file, len(clip.skeleton))
    check_skin(file, len(clip.skeleton))
    check_animation(file, clip)


def check_mesh(file, joints):
    gltf_, primitive = file.gltf, file.primitive
    targets = {
        accessor: gltf_.bufferViews[gltf_.accessors[accessor].bufferView].target
        for accessor in range(len(gltf_.accessors))
    }
    attributes = vars(primitive.attributes)
    attributes = {k: v for k, v in attributes.items() if isinstance(v, int)}
    assert {targets.pop(number) for number in attributes.values()} == {34962}
    assert targets.pop(primitive.indices) == 34963
    assert set(targets.values()) == {None}  # skins and animations have none
    assert len(gltf_.accessors[attributes["POSITION"]].min) == 3
    counts = {gltf_.accessors[n].count for n in attributes.values()}
    assert counts == {len(file.attribute("POSITION"))}
    triangles = file.triangles
    assert triangles.max() < counts.pop() and triangles.dtype == np.uint16
    named, weights = file.attribute("JOINTS_0"), file.attribute("WEIGHTS_0")
    assert named.max() < joints and weights.min() >= 0
    total = weights.astype(np.float64).sum(axis=1)
    assert (np.abs(total - 1) <= 2e-7 * (weights > 0).sum(axis=1)).all()
    assert (named[weights == 0] == 0).all()
    for row, weight in zip(named, weights, strict=True):
        used = row[weight > 0].tolist()
        assert len(used) == len(set(used))


def check_skin(file, joints):
    skin = file.skin
    inverse = file.array(skin.inverseBindMatrices)
    assert len(inverse) == len(skin.joints) == joints
    assert (inverse[:, [3, 7, 11]] == 0).all() and (inverse[:, 15] == 1).all()
    rest = file.world(None)
    for number, stored in zip(skin.joints, inverse, strict=True):
        undone = rest[number] @ stored.reshape(4, 4).T
        np.testing.assert_allclose(undone, np.eye(4), atol=1e-6)
    ancestors = []
    for number in skin.joints:
        while number in file.parent and number != skin.skeleton:
            number = file.parent[number]
        ancestors.append(number)
    assert set(ancestors) == {skin.skeleton}
    (drawn,) = [n for n, node in enumerate(file.nodes) if node.skin is not None]
    node, roots = file.nodes[drawn], file.gltf.scenes[0].nodes
    assert drawn in roots and skin.skeleton in roots  # a skinned mesh: a root
    assert node.translation is None and node.rotation is None
    assert set(roots) == set(range(len(file.nodes))) - set(file.parent)


def check_animation(file, clip):
    (animation,) = file.gltf.animations
    paths = [(c.target.node, c.target.path) for c in animation.channels]
    assert len(set(paths)) == len(paths) == len(clip.skeleton) + 1
    for channel in animation.channels:
        sampler = animation.samplers[channel.sampler]
        times, values = file.array(sampler.input), file.array(sampler.output)
        assert sampler.interpolation == "LINEAR"
        assert len(times) == len(values) == clip.frames
        assert times[0] == 0 and (np.diff(times[:, 0]) > 0).all()
        assert times[-1] == pytest.approx(clip.duration, abs=1e-5)
        assert len(file.gltf.accessors[sampler.input].max) == 1
        if channel.target.path == "rotation":
            length = np.linalg.norm(values.astype(np.float64), axis=1)
            np.testing.assert_allclose(length, 1, atol=1e-6)
            assert ((values[1:] * values[:-1]).sum(axis=1) >= 0).all()


def test_quaternions_do_not_jump_in_two_turns_on_the_spot(tmp_path):
    clip = standing_clip(90)
    turns = torch.linspace(0, 4 * torch.pi, 90)
    local = clip.local_rotmat.clone()
    for frame in range(90):
        local[frame] = clip.moved(yaw=float(turns[frame])).local_rotmat[frame]
    path = gltf.write(clip.with_(local_rotmat=local), tmp_path / "a.glb")
    file = Evaluator(path)
    (root,) = [
        sampler.output
        for channel, sampler in zip(
            file.gltf.animations[0].channels,
            file.gltf.animations[0].samplers,
            strict=True,
        )
        if (channel.target.node, channel.target.path) == (0, "rotation")
    ]
    values = file.array(root)
    assert np.abs(np.diff(values, axis=0)).max() < 0.1
    np.testing.assert_allclose(values[-1], values[0], atol=1e-3)  # two turns


def test_trimesh_sees_the_rest_pose(tmp_path):
    path = gltf.write(wandering_clip(3), tmp_path / "a.glb")
    scene = trimesh.load(path)
    (mesh,) = scene.geometry.values()
    assert len(mesh.faces) == len(baked_body().faces)
    low, high = mesh.bounds
    assert low[1] == pytest.approx(0, abs=1e-5)
    assert 1.5 < high[1] < 2.0 and high[0] - low[0] > 1.5
    assert mesh.volume > 0.03


def test_texts_licence_and_programs_are_stated(tmp_path):
    clip = standing_clip(2).with_(licence="CC0", caption="ein Gruß “hallo”")
    asset = Evaluator(gltf.write(clip, tmp_path / "a.glb")).gltf.asset
    assert asset.copyright == "CC0" and asset.version == "2.0"
    assert asset.generator.startswith("mini_vimogen ")
    back = gltf.read(tmp_path / "a.glb")
    assert (back.caption, back.licence) == (clip.caption, "CC0")


@pytest.mark.parametrize("fps", [20.0, 29.97, 30.0, 120.0])
@pytest.mark.parametrize("joints", [24, 22])
def test_there_and_back(tmp_path, joints, fps):
    clip = wandering_clip(50, seed=2, joints=joints).with_(fps=fps)
    back = gltf.read(gltf.write(clip, tmp_path / "a.glb", body="skeleton"))
    assert (back.fps, back.frames) == (fps, 50)
    assert back.skeleton is clip.skeleton
    assert float((back.joints() - clip.joints()).abs().max()) < ROUNDING


def test_ten_minutes_there_and_back(tmp_path):
    clip = standing_clip(18_000).with_(fps=29.97)
    back = gltf.read(gltf.write(clip, tmp_path / "a.glb", body="skeleton"))
    assert (back.frames, back.fps) == (18_000, 29.97)


def test_foreign_skeletons_get_bones_and_come_back(tmp_path):
    local = wandering_clip(6).local_rotmat[:, :3]
    clip = Clip(torch.randn(6, 3), local, fps=25.0, skeleton=tail())
    path = tmp_path / "a.glb"
    with pytest.raises(ValueError, match="tail does not have SMPL's joints"):
        gltf.write(clip, path)
    assert list(tmp_path.iterdir()) == []
    back = gltf.read(gltf.write(clip, path, body="skeleton"))
    assert back.skeleton.same_as(tail()) and back.skeleton.name == "tail"
    assert float((back.joints() - clip.joints()).abs().max()) < ROUNDING
    assert difference(Evaluator(path).joints(5), clip.joints()[5]) < ROUNDING


def test_longer_legs_come_back_with_their_pairs(tmp_path):
    clip = wandering_clip(4).with_(skeleton=longer_legs())
    back = gltf.read(gltf.write(clip, tmp_path / "a.glb"))
    assert back.skeleton.mirror_pairs == SMPL24.mirror_pairs
    assert back.skeleton.same_as(longer_legs())
    assert not back.skeleton.same_as(SMPL24)


def test_glb_bvh_and_clip_files_agree(tmp_path):
    """Of a real and of a choreographed motion, within 1e-4 m."""
    danced = choreograph("march", generator=torch.Generator().manual_seed(0))
    for clip in (real_motion()[3], danced):
        ours = Clip.load(clip.save(tmp_path / "a.npz")).joints()
        glb = gltf.read(gltf.write(clip, tmp_path / "a.glb")).joints()
        text = bvh.read(bvh.write(clip, tmp_path / "a.bvh")).joints()
        assert float((glb - ours).abs().max()) < 1e-5
        assert float((glb - text).abs().max()) < 1e-4


def test_five_seconds_take_a_fifth_of_a_megabyte(tmp_path):
    clip = wandering_clip(150)
    assert gltf.write(clip, tmp_path / "a.glb").stat().st_size < 250_000
    small = gltf.write(clip, tmp_path / "b.glb", body="skeleton")
    assert small.stat().st_size < 150_000


def test_bad_requests_are_refused_and_the_old_file_stays(tmp_path):
    path = tmp_path / "a.glb"
    path.write_text("old")
    with pytest.raises(ValueError, match="body must be a Body, None or 'skel"):
        gltf.write(standing_clip(), path, body="bones")
    with pytest.raises(FileNotFoundError, match="no folder"):
        gltf.write(standing_clip(), tmp_path / "none" / "a.glb")
    three = Body(
        vertices=torch.eye(3),
        faces=torch.tensor([[0, 1, 2]]),
        weights=torch.eye(3),
        rest_joints=torch.zeros(3, 3),
        parents=(-1, 0, 1),
    )
    with pytest.raises(ValueError, match="must have SMPL's 24 joints"):
        gltf.write(standing_clip(), path, body=three)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.glb"]


@pytest.fixture
def parts(tmp_path):
    """The document and the numbers of a good file, to be put together again."""
    path = gltf.write(wandering_clip(8), tmp_path / "a.glb", body="skeleton")
    content = path.read_bytes()
    (size,) = struct.unpack_from("<I", content, 12)
    document = json.loads(content[20 : 20 + size])
    return path, document, content[28 + size :]


def put_together(path, document, numbers, *, kinds=(b"JSON", b"BIN\0")):
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunks = b"".join(
        struct.pack("<I4s", len(data), kind) + data
        for kind, data in zip(kinds, (text, numbers), strict=True)
    )
    path.write_bytes(
        struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks
    )
    return path


def test_a_file_put_together_again_is_read(parts):
    assert gltf.read(put_together(*parts)).frames == 8


def change(document, *keys, to):
    """Set one value deep inside a document."""
    for key in keys[:-1]:
        document = document[key]
    document[keys[-1]] = to


DAMAGE = {
    "of another program": (("asset", "generator"), "Blender 4", "generator"),
    "no extras": (("scenes", 0), {"nodes": [0]}, "lacks 'extras'"),
    "fps of 0": (("scenes", 0, "extras", "fps"), 0, "fps must be positive"),
    "fps is a word": (("scenes", 0, "extras", "fps"), "fast", "fast"),
    "fps too large": (("scenes", 0, "extras", "fps"), 10**400, "damaged"),
    "other fps": (("scenes", 0, "extras", "fps"), 25, "25 frames per second"),
    "a cycle": (("nodes", 4, "children"), [0], "joint 0 must be the root"),
    "no such child": (("nodes", 4, "children"), [99], "damaged"),
    "no such accessor": (
        ("animations", 0, "samplers", 3, "output"),
        999,
        "damaged",
    ),
    "negative accessor": (
        ("animations", 0, "samplers", 3, "output"),
        -1,
        "0 or more, got -1",
    ),
    "a count beyond the file": (
        ("accessors", 6, "count"),
        10**15,
        "outside the file",
    ),
    "a view beyond the file": (
        ("bufferViews", 6, "byteOffset"),
        10**9,
        "outside the file",
    ),
    "a view too short": (
        ("bufferViews", 6, "byteLength"),
        16,
        "outside the file",
    ),
    "other numbers": (("accessors", 9, "type"), "VEC2", "a kind not read"),
    "a channel lost": (("animations", 0, "channels"), [], "lacks (0, 'trans"),
    "no animation": (("animations",), [], "damaged"),
    "skin in another order": (("skins", 0, "joints"), [1, 0], "in order"),
    "not an object": (("asset",), [1, 2], "damaged"),
    "places that are words": (
        ("nodes", 2, "translation"),
        ["a", "b", "c"],
        "damaged",
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damaged_documents_are_refused_in_one_sentence(parts, name):
    keys, value, said = DAMAGE[name]
    path, document, numbers = parts
    change(document, *keys, to=value)
    with pytest.raises(ValueError) as refusal:
        gltf.read(put_together(path, document, numbers))
    assert said in str(refusal.value) and str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_values_that_are_not_finite_or_no_rotation_are_refused(parts):
    path, document, numbers = parts
    sampler = document["animations"][0]["samplers"][2]
    accessor = document["accessors"][sampler["output"]]
    start = document["bufferViews"][accessor["bufferView"]]["byteOffset"]
    for value, said in ((np.nan, "NaN"), (7.0, "quaternion of length 1")):
        damaged = bytearray(numbers)
        struct.pack_into("<f", damaged, start, value)
        with pytest.raises(ValueError, match=said):
            gltf.read(put_together(path, document, bytes(damaged)))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "must hold 1 to"),
        (b"a text file named glb", "must start with the letters glTF"),
        (b"glTF", "must start with the letters glTF"),
        (struct.pack("<4sII", b"glTF", 1, 12), "must be glTF 2, got 1"),
        (struct.pack("<4sII", b"glTF", 2, 12), "must hold a JSON chunk"),
        (struct.pack("<4sIIxxx", b"glTF", 2, 15), "a chunk ends beyond"),
        (
            struct.pack("<4sIII4s", b"glTF", 2, 20, 2**32 - 1, b"JSON"),
            "a chunk ends beyond",
        ),
    ],
)
def test_other_files_are_refused_in_one_sentence(tmp_path, content, said):
    path = tmp_path / "a.glb"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=said):
        gltf.read(path)


def test_truncated_missing_and_unparsable_files_are_refused(parts):
    path, document, numbers = parts
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="truncated or damaged"):
        gltf.read(path)
    with pytest.raises(ValueError, match="JSON chunk and then a binary one"):
        kinds = (b"BIN\0", b"JSON")
        gltf.read(put_together(path, document, numbers, kinds=kinds))
    good = put_together(path, document, numbers).read_bytes()
    path.write_bytes(good.replace(b'"asset"', b"'asset'"))
    with pytest.raises(ValueError, match="JSON does not parse"):
        gltf.read(path)
    with pytest.raises(FileNotFoundError, match="no GLB file"):
        gltf.read(path.with_name("none.glb"))
