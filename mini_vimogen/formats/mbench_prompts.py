"""MBench's two prompt files: what to generate, and what to score.

The *generation* file lists every prompt once, with its wordings and its length
in seconds. The *evaluation* file lists prompt x dimension, with the length in
frames at 20 fps. ``read_prompts`` takes either and gives evaluation rows;
``read_generation_prompts`` keeps the wordings.
"""

# Over 250 lines: two layouts, read and written, with their checks.

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from mini_vimogen.conventions import VIMOGEN_FPS
from mini_vimogen.files import written_whole

MAX_PROMPT_FILE_BYTES = 64 * 2**20

GROUP_DIMENSIONS = {
    "Motion_Quality": (
        "Jitter_Degree",
        "Ground_Penetration",
        "Foot_Floating",
        "Foot_Sliding",
        "Dynamic_Degree",
    ),
    "Pose_Quality": ("Body_Penetration", "Pose_Quality"),
    "Motion_Condition_Consistency": ("Motion_Condition_Consistency",),
    "Motion_Generalizability": ("Motion_Generalizability",),
}
"""Which dimensions the prompts of each group are scored on, by name."""

DIMENSIONS = tuple(d for names in GROUP_DIMENSIONS.values() for d in names)

_CATEGORY = {"Pose_Quality": "Motion_Quality"}
"""The evaluation file files its pose dimensions under motion quality."""


@dataclass(frozen=True)
class GenerationPrompt:
    """One motion to generate.

    Args:
        id: number of the motion over all groups; names its file.
        group: one of ``GROUP_DIMENSIONS``.
        seconds: how long the motion should be.
        prompt: the short wording.
        motion_prompt, video_prompt: the long wordings.
        main_action: actions in the prompt, with commas between.
        use_reference: the published choice between the two branches.
        distractors: wrong labels of the ten-way choice; may be empty.
    """

    id: int
    group: str
    seconds: float
    prompt: str
    motion_prompt: str = ""
    video_prompt: str = ""
    main_action: str = ""
    use_reference: bool = False
    distractors: tuple[str, ...] = ()


@dataclass(frozen=True)
class EvaluationPrompt:
    """One motion to score on one dimension.

    Args:
        id: number of the motion; names its file.
        dimension: one of ``DIMENSIONS``.
        prompt: what the motion was to show.
        frames: its length at 20 fps.
        category: as in the published file.
        distractors: wrong labels of the ten-way choice; may be empty.
    """

    id: int
    dimension: str
    prompt: str
    frames: int
    category: str = ""
    distractors: tuple[str, ...] = ()


def _rows(path) -> list[dict]:
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no prompt file {path}")
    size = path.stat().st_size
    if size > MAX_PROMPT_FILE_BYTES:
        raise ValueError(f"prompt file {path} is too large: {size:,} bytes")
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(
            f"prompt file {path} is not JSON text: {error}"
        ) from error
    if not isinstance(rows, list) or not rows:
        raise ValueError(
            f"prompt file {path} must hold a list of at least 1 prompt, got "
            f"{type(rows).__name__}"
        )
    return rows


class _Row:
    """One entry of a prompt file, whose fields are asked for by type."""

    def __init__(self, path, number: int, fields):
        self.place = f"prompt file {path}, entry {number}"
        if not isinstance(fields, dict):
            raise ValueError(
                f"{self.place} must be an object, got {type(fields).__name__}"
            )
        self.fields = fields

    def __call__(self, name: str, kind, default=None):
        value = self.fields.get(name, default)
        wrong = isinstance(value, bool) and kind is not bool
        if value is None or wrong or not isinstance(value, kind):
            wanted = getattr(kind, "__name__", "number")
            raise ValueError(
                f"{self.place} must have {name!r} ({wanted}), got {value!r}"
            )
        return value

    def one_of(self, name: str, allowed: Sequence[str]) -> str:
        value = self(name, str)
        if value not in allowed:
            raise ValueError(
                f"{self.place} must have {name!r} out of "
                f"{', '.join(allowed)}, got {value!r}"
            )
        return value

    def number(self, name: str) -> int:
        value = self(name, int)
        if value < 0:
            raise ValueError(
                f"{self.place} must have {name!r} of 0 or more, got {value}"
            )
        return value

    def length(self, name: str = "motion_duration") -> float:
        value = self(name, (int, float))
        if not 0 < value < 1e6:
            raise ValueError(
                f"{self.place} must have a positive {name!r}, got {value!r}"
            )
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        values = self(name, list, [])
        if not all(isinstance(value, str) for value in values):
            raise ValueError(f"{self.place} must have texts in {name!r}")
        return tuple(values)


def _refuse_twice(keys: list, path) -> None:
    seen = set()
    for key in keys:
        if key in seen:
            raise ValueError(f"prompt file {path} has {key!r} more than once")
        seen.add(key)


def read_generation_prompts(path) -> list[GenerationPrompt]:
    """Read the file of prompts to generate (450 in the published one).

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not JSON, not a list, a field missing or of another type,
            an unknown group, or an id that occurs twice.
    """
    prompts = []
    for number, fields in enumerate(_rows(path)):
        row = _Row(path, number, fields)
        prompts.append(
            GenerationPrompt(
                id=row.number("global_id"),
                group=row.one_of("dimension", tuple(GROUP_DIMENSIONS)),
                seconds=row.length(),
                prompt=row("prompt", str),
                motion_prompt=row("prompt_motion_detailed", str, ""),
                video_prompt=row("prompt_video_detailed", str, ""),
                main_action=row("main_action", str, ""),
                use_reference=row("use_ref_motion", bool, False),
                distractors=row.texts("auxiliary_info"),
            )
        )
    _refuse_twice([prompt.id for prompt in prompts], path)
    return prompts


def evaluation_prompts(
    prompts: Sequence[GenerationPrompt],
) -> list[EvaluationPrompt]:
    """What each generated motion is scored on, dimension by dimension."""
    return [
        EvaluationPrompt(
            id=prompt.id,
            dimension=dimension,
            prompt=prompt.prompt,
            frames=round(prompt.seconds * VIMOGEN_FPS),
            category=_CATEGORY.get(prompt.group, prompt.group),
            distractors=prompt.distractors,
        )
        for dimension in DIMENSIONS
        for prompt in prompts
        if dimension in GROUP_DIMENSIONS[prompt.group]
    ]


def read_prompts(path) -> list[EvaluationPrompt]:
    """Read either published prompt file as rows to score.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: as in ``read_generation_prompts``; for the evaluation file
            also an unknown dimension, or an id twice in one dimension.
    """
    rows = _rows(path)
    if isinstance(rows[0], dict) and "global_id" in rows[0]:
        return evaluation_prompts(read_generation_prompts(path))
    prompts = []
    for number, fields in enumerate(rows):
        row = _Row(path, number, fields)
        prompts.append(
            EvaluationPrompt(
                id=row.number("id"),
                dimension=row.one_of("dimension", DIMENSIONS),
                prompt=row("prompt", str),
                frames=round(row.length()),
                category=row("category", str, ""),
                distractors=row.texts("auxiliary_info"),
            )
        )
    _refuse_twice([(row.dimension, row.id) for row in prompts], path)
    return prompts


def write_prompts(prompts: Sequence[EvaluationPrompt], path) -> Path:
    """Write rows to score in the published evaluation layout."""
    rows = []
    for prompt in prompts:
        fields = asdict(prompt)
        distractors = list(fields.pop("distractors"))
        fields["motion_duration"] = fields.pop("frames")
        if distractors:
            fields["auxiliary_info"] = distractors
        rows.append(fields)
    return _write(rows, path)


def write_generation_prompts(prompts: Sequence[GenerationPrompt], path) -> Path:
    """Write prompts to generate in the published layout."""
    counts: dict[str, int] = {}
    rows = []
    for prompt in prompts:
        within = counts.get(prompt.group, 0)
        counts[prompt.group] = within + 1
        row = {
            "global_id": prompt.id,
            "id": within,
            "dimension": prompt.group,
            "motion_duration": prompt.seconds,
            "main_action": prompt.main_action,
            "prompt": prompt.prompt,
            "prompt_motion_detailed": prompt.motion_prompt,
            "prompt_video_detailed": prompt.video_prompt,
            "use_ref_motion": prompt.use_reference,
        }
        if prompt.distractors:
            row["auxiliary_info"] = list(prompt.distractors)
        rows.append(row)
    return _write(rows, path)


def _write(rows: list[dict], path) -> Path:
    path = Path(path)
    with written_whole(path) as partial:
        text = json.dumps(rows, indent=1, ensure_ascii=False)
        partial.write_text(text + "\n", encoding="utf-8")
    return path
