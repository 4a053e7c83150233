"""What an evaluation finds out about its input, and says."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mini_vimogen.conventions import UP_AXIS, VIMOGEN_FPS
from mini_vimogen.formats import joint_guess
from mini_vimogen.formats.mbench_files import read_motion
from mini_vimogen.tasks.scoring import FileScore, Settings

FILES_TO_GUESS_FROM = 64
_AXES = "xyz"


def find_up_axis(
    paths: list[Path], up_axis: int | None
) -> tuple[int, list[str]]:
    """The axis to read the ``.npy`` files by, and what to say about it."""
    arrays = [path for path in paths if path.suffix == ".npy"]
    step = max(1, len(arrays) // FILES_TO_GUESS_FROM)
    rises = []
    for path in arrays[::step]:
        try:
            rises.append(joint_guess.uprightness(read_motion(path)))
        except (ValueError, OSError):
            continue  # listed as unreadable when it is scored
    guess, upside_down = joint_guess.guess_up_axis(rises)
    notes = []
    if upside_down and guess is not None:
        notes.append(
            f"heads are below the feet along {_AXES[guess]}: heights are "
            "upside down, and the ground metrics with them"
        )
    if up_axis is not None:
        if guess is not None and guess != up_axis:
            notes.append(
                f"up_axis={up_axis} was asked for, but people stand along "
                f"{_AXES[guess]}: the ground metrics read a wrong height"
            )
        return up_axis, notes
    if guess is None:
        if arrays:
            notes.append("nobody stands: took z for the vertical axis")
        return UP_AXIS, notes
    if guess != UP_AXIS:
        notes.append(
            f"joints are {_AXES[guess]} up: read so. The published metrics "
            "would take z for height here (up_axis=2)"
        )
    return guess, notes


def notes_on(
    files: Sequence[FileScore], settings: Settings, missing: tuple[str, ...]
) -> list[str]:
    readable = [file for file in files if not file.unreadable]
    units = Counter(file.unit for file in readable)
    short = sum(bool(file.unscored) for file in readable)
    listed = ", ".join(missing[:10]) + (", ..." if missing[10:] else "")
    counted = (
        (units["cm"], "in centimetres: converted to metres"),
        (units["mm"], "in millimetres: converted to metres"),
        (units[""], "with legs of no human length: taken as metres"),
        (short, "too short for some dimensions"),
        (len(missing), f"asked for by the prompt file but missing: {listed}"),
        (len(files) - len(readable), f"of {len(files)} that cannot be read"),
    )
    notes = [
        f"{count} {'motion' if count == 1 else 'motions'} {what}"
        for count, what in counted
        if count
    ]
    if settings.fps != VIMOGEN_FPS:
        notes.append(
            f"resampled from {settings.fps:g} to {VIMOGEN_FPS:g} fps: the "
            "scores are per frame"
        )
    return notes
