"""MBench's motion and prompt files: there and back, and 30 bad inputs."""

import json
import pickle
import struct

import numpy as np
import pytest
import torch

from mini_vimogen.formats import joint_guess, mbench_files
from mini_vimogen.formats.mbench_prompts import (
    DIMENSIONS,
    EvaluationPrompt,
    GenerationPrompt,
)
from tests.metrics.motions import standing, wandering

# Entries with the fields and types of the published files, in our own words.
GENERATION = [
    {
        "global_id": 0,
        "id": 0,
        "dimension": "Motion_Quality",
        "motion_duration": 5,
        "main_action": "walk,turn",
        "prompt": "someone walks and turns.",
        "prompt_motion_detailed": "They walk, slow down and turn.",
        "prompt_video_detailed": "A park. They walk, slow down and turn.",
        "motion_path": "data/0.pt",
        "prompt_motion_detailed_wanvideot5_embed_path": "data/a/0.pt",
        "prompt_video_detailed_wanvideot5_embed_path": "data/b/0.pt",
        "use_ref_motion": True,
    },
    {
        "global_id": 7,
        "id": 0,
        "dimension": "Pose_Quality",
        "motion_duration": 4,
        "main_action": "sit",
        "prompt": "someone sits.",
        "prompt_motion_detailed": "They sit.",
        "prompt_video_detailed": "A room. They sit.",
        "use_ref_motion": False,
    },
    {
        "global_id": 9,
        "id": 0,
        "dimension": "Motion_Condition_Consistency",
        "motion_duration": 3,
        "main_action": "juggling",
        "prompt": "juggling",
        "prompt_motion_detailed": "They juggle.",
        "prompt_video_detailed": "A stage. They juggle.",
        "auxiliary_info": ["rowing", "sewing"],
        "use_ref_motion": False,
    },
]
EVALUATION = [
    {
        "prompt": "someone walks and turns.",
        "dimension": "Foot_Sliding",
        "id": 0,
        "category": "Motion_Quality",
        "motion_duration": 100,
    },
    {
        "prompt": "juggling",
        "dimension": "Motion_Condition_Consistency",
        "id": 9,
        "auxiliary_info": ["rowing", "sewing"],
        "category": "Motion_Condition_Consistency",
        "motion_duration": 60,
    },
]


def written(path, content):
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


# ------------------------------------------------------------------ prompts


def test_generation_prompts(tmp_path):
    prompts = mbench_files.read_generation_prompts(
        written(tmp_path / "final.json", GENERATION)
    )
    assert [p.id for p in prompts] == [0, 7, 9]
    assert prompts[0] == GenerationPrompt(
        id=0,
        group="Motion_Quality",
        seconds=5,
        prompt="someone walks and turns.",
        motion_prompt="They walk, slow down and turn.",
        video_prompt="A park. They walk, slow down and turn.",
        main_action="walk,turn",
        use_reference=True,
    )
    assert prompts[2].distractors == ("rowing", "sewing")


def test_evaluation_prompts_from_either_file(tmp_path):
    rows = mbench_files.read_prompts(written(tmp_path / "a.json", EVALUATION))
    assert rows[0] == EvaluationPrompt(
        id=0,
        dimension="Foot_Sliding",
        prompt="someone walks and turns.",
        frames=100,
        category="Motion_Quality",
    )
    derived = mbench_files.read_prompts(
        written(tmp_path / "b.json", GENERATION)
    )
    assert len(derived) == 5 + 2 + 1
    assert set(rows) < set(derived)
    assert [row.dimension for row in derived if row.id == 7] == [
        "Body_Penetration",
        "Pose_Quality",
    ]
    assert {row.category for row in derived if row.id == 7} == {
        "Motion_Quality"
    }


def test_prompts_there_and_back(tmp_path):
    source = written(tmp_path / "final.json", GENERATION)
    prompts = mbench_files.read_generation_prompts(source)
    copy = tmp_path / "copy.json"
    mbench_files.write_generation_prompts(prompts, copy)
    assert mbench_files.read_generation_prompts(copy) == prompts
    rows = mbench_files.evaluation_prompts(prompts)
    mbench_files.write_prompts(rows, copy)
    assert mbench_files.read_prompts(copy) == rows
    again = json.loads(copy.read_text(encoding="utf-8"))
    wanted = dict(EVALUATION[1])
    assert again[-1] == wanted


def test_written_generation_file_has_the_published_fields(tmp_path):
    copy = tmp_path / "copy.json"
    prompts = mbench_files.read_generation_prompts(
        written(tmp_path / "final.json", GENERATION)
    )
    mbench_files.write_generation_prompts(prompts, copy)
    fields = json.loads(copy.read_text(encoding="utf-8"))
    paths = (
        "motion_path",
        "prompt_motion_detailed_wanvideot5_embed_path",
        "prompt_video_detailed_wanvideot5_embed_path",
    )
    for row, original in zip(fields, GENERATION, strict=True):
        kept = {k: v for k, v in original.items() if k not in paths}
        assert row == kept


def changed(rows, number=0, **changes):
    rows = [dict(row) for row in rows]
    for name, value in changes.items():
        if value is None:
            del rows[number][name]
        else:
            rows[number][name] = value
    return rows


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (changed(EVALUATION, id=None), "entry 0 must have 'id'"),
        (changed(EVALUATION, 1, id=None), "entry 1 must have 'id'"),
        (changed(EVALUATION, id="7"), "must have 'id' .int., got '7'"),
        (changed(EVALUATION, id=True), "must have 'id'"),
        (changed(EVALUATION, id=-1), "'id' of 0 or more"),
        (changed(EVALUATION, prompt=None), "must have 'prompt'"),
        (changed(EVALUATION, prompt=3), "must have 'prompt'"),
        (changed(EVALUATION, dimension="Beauty"), "got 'Beauty'"),
        (changed(EVALUATION, motion_duration=0), "positive"),
        (changed(EVALUATION, motion_duration="5"), "must have 'motion_dur"),
        (changed(EVALUATION, auxiliary_info=[3]), "texts in 'auxiliary_info'"),
        ([*EVALUATION, EVALUATION[0]], "more than once"),
        ([*GENERATION, GENERATION[1]], "7 more than once"),
        (changed(GENERATION, 1, global_id=None), "must have 'global_id'"),
        (changed(GENERATION, dimension="Jitter_Degree"), "must have 'dimens"),
        (changed(GENERATION, use_ref_motion="no"), "must have 'use_ref"),
        ([3], "must be an object"),
        ([], "at least 1 prompt"),
        ({"id": 3}, "must hold a list"),
    ],
)
def test_bad_prompt_files(tmp_path, content, words):
    path = written(tmp_path / "prompts.json", content)
    with pytest.raises(ValueError, match=words):
        mbench_files.read_prompts(path)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[" * 9999])
def test_prompt_files_that_are_not_json(tmp_path, content):
    path = tmp_path / "prompts.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="prompts.json is not JSON"):
        mbench_files.read_prompts(path)


def test_prompt_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="no prompt file"):
        mbench_files.read_prompts(tmp_path / "none.json")


def test_prompt_file_of_absurd_size(tmp_path):
    path = tmp_path / "prompts.json"
    with path.open("wb") as file:
        file.truncate(65 * 2**20)
    with pytest.raises(ValueError, match="too large"):
        mbench_files.read_prompts(path)


def test_dimensions_are_the_nine():
    assert len(DIMENSIONS) == 9


# ------------------------------------------------------------------ motions


@pytest.mark.parametrize("joints", [22, 24])
def test_motion_there_and_back(tmp_path, joints):
    clip = wandering(15, joints=joints)
    path = mbench_files.write_motion(clip, tmp_path / "3.npy")
    stored = np.load(path)
    assert stored.shape == (15, 22, 3)
    assert stored.dtype == np.float32
    assert mbench_files.read_motion(path).equal(clip[:, :22].float())


def test_release_axes_put_height_on_axis_1(tmp_path):
    clip = standing(5)
    path = mbench_files.write_motion(
        clip, tmp_path / "3.npy", release_axes=True
    )
    y_up = mbench_files.read_motion(path)
    assert y_up[0, 15, 1] == clip[0, 15, 2].float()  # the head's height
    assert y_up[0, 16, 0] == -clip[0, 16, 0].float()
    back = y_up @ mbench_files.RELEASE_AXES.T
    torch.testing.assert_close(back, clip.float())


@pytest.mark.parametrize(
    "array",
    [
        standing(4).numpy(),
        standing(4).numpy().astype(np.float16),
        np.asfortranarray(standing(4).numpy()),
        standing(4)[None].numpy(),
        standing(4, 24).numpy(),
        np.ones((4, 22, 3), dtype=np.int32),
        standing(4).numpy().astype(">f8"),
    ],
)
def test_arrays_that_will_do(tmp_path, array):
    np.save(tmp_path / "1.npy", array)
    found = mbench_files.read_motion(tmp_path / "1.npy")
    assert found.shape == (4, 22, 3)
    wanted = array.reshape(4, -1, 3)[:, :22].astype(np.float32)
    assert np.array_equal(found.numpy(), wanted)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((5, 17, 3)), r"\(frames, 22 or 24, 3\), got \(5, 17, 3\)"),
        (np.zeros((5, 22, 2)), "must have shape"),
        (np.zeros((0, 22, 3)), "must have shape"),
        (np.zeros((22, 3)), "must have shape"),
        (np.zeros((2, 5, 22, 3)), "must have shape"),
        (np.full((5, 22, 3), np.nan), "NaN or infinity, first at frame 0"),
        (np.full((5, 22, 3), 1e300), "too large for float32"),
        (np.zeros((5, 22, 3), dtype=complex), "real numbers, got complex128"),
        (np.full((5, 22, 3), "a"), "real numbers"),
        (np.zeros((5, 22, 3), dtype=bool), "real numbers, got bool"),
    ],
)
def test_arrays_that_will_not_do(tmp_path, array, words):
    np.save(tmp_path / "1.npy", array)
    with pytest.raises(ValueError, match=words):
        mbench_files.read_motion(tmp_path / "1.npy")


class Bomb:
    def __reduce__(self):
        return print, ("a pickle was run",)


def test_pickled_arrays_are_never_loaded(tmp_path, capsys):
    path = tmp_path / "1.npy"
    np.save(path, np.array([Bomb()], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="pickled objects"):
        mbench_files.read_motion(path)
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ValueError, match="not an .npy file"):
        mbench_files.read_motion(path)
    assert capsys.readouterr().out == ""


def header_only(path, shape, extra=b""):
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"
    text = text.ljust(117) + "\n"
    magic = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text))
    path.write_bytes(magic + text.encode() + extra)
    return path


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((10**9, 22, 3), "too large: 528,000,000,000 bytes"),
        ((2**62, 22, 3), "too large"),
        ((100, 22, 3), "truncated: its header announces 52,800"),
        ((-1, 22, 3), "impossible shape"),
        ((1, -5, 22, 3), "impossible shape"),
    ],
)
def test_headers_that_lie(tmp_path, shape, words):
    path = header_only(tmp_path / "1.npy", shape, extra=b"\0" * 80)
    with pytest.raises(ValueError, match=words):
        mbench_files.read_motion(path)


@pytest.mark.parametrize(
    "content", [b"", b"\x93NUMPY", b"\x93NUMPY\x09\x00" + b"\0" * 40, b"text"]
)
def test_files_that_are_not_npy(tmp_path, content):
    path = tmp_path / "1.npy"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="1.npy is not an .npy file"):
        mbench_files.read_motion(path)


def test_motion_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="no motion file"):
        mbench_files.read_motion(tmp_path / "1.npy")


@pytest.mark.parametrize(
    ("joints", "name", "words"),
    [
        (torch.zeros(5, 17, 3), "1.npy", "22 or 24"),
        (torch.zeros(5, 22, 2), "1.npy", "3 axes"),
        (torch.zeros(0, 22, 3), "1.npy", "frames"),
        (torch.full((5, 22, 3), torch.nan), "1.npy", "finite"),
        (torch.zeros(5, 22, 3), "1.txt", "end in .npy"),
    ],
)
def test_bad_motions_are_not_written(tmp_path, joints, name, words):
    with pytest.raises(ValueError, match=words):
        mbench_files.write_motion(joints, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------ folders


def test_motions_in_the_order_of_their_numbers(tmp_path):
    for name in ("10", "9", "b2", "b10", "a"):
        mbench_files.write_motion(standing(2), tmp_path / f"{name}.npy")
    (tmp_path / ".11.part.npy").write_bytes(b"half written")
    (tmp_path / "notes.txt").write_text("no motion")
    names = [p.stem for p in mbench_files.motion_files(tmp_path)]
    assert names == ["9", "10", "a", "b2", "b10"]


def test_motions_by_group(tmp_path):
    folder = tmp_path / "Motion_Quality" / "12"
    folder.mkdir(parents=True)
    mbench_files.write_motion(standing(2), folder / "motion.npy")
    (path,) = mbench_files.motion_files(tmp_path)
    assert mbench_files.motion_id(path) == "12"
    mbench_files.write_motion(standing(2), tmp_path / "12.npy")
    with pytest.raises(ValueError, match="motion 12 twice"):
        mbench_files.motion_files(tmp_path)


def test_folders_without_motions(tmp_path):
    with pytest.raises(ValueError, match="holds no motion"):
        mbench_files.motion_files(tmp_path)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        mbench_files.motion_files(tmp_path / "none")


# ------------------------------------------------------------------ guesses


@pytest.mark.parametrize(
    ("unit", "scale"), [("m", 1), ("cm", 100), ("mm", 1000)]
)
@pytest.mark.parametrize("size", [0.5, 1.0, 1.3])
def test_units_are_told_by_the_leg(unit, scale, size):
    joints = wandering(10, joints=22) * scale * size
    assert joint_guess.guess_unit(joints) == unit
    assert joint_guess.leg_length(joints) == pytest.approx(
        0.81 * scale * size, rel=0.05
    )


@pytest.mark.parametrize("scale", [0.0, 0.01, 7.0, 1e6])
def test_no_unit_makes_it_a_person(scale):
    assert joint_guess.guess_unit(standing(3) * scale) is None


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_up_is_where_heads_are(axis):
    clips = [wandering(10, seed=s, joints=22) for s in range(3)]
    shift = axis - 2
    rises = [joint_guess.uprightness(c.roll(shift, -1)) for c in clips]
    assert joint_guess.guess_up_axis(rises) == (axis, False)
    assert joint_guess.guess_up_axis([-r for r in rises]) == (axis, True)


def test_nobody_stands():
    lying = standing(3)[..., [0, 2, 1]]
    turned = [lying, -lying]  # head to one side, head to the other
    rises = [joint_guess.uprightness(x) for x in turned]
    assert joint_guess.guess_up_axis(rises) == (None, False)
    assert joint_guess.guess_up_axis([]) == (None, False)
