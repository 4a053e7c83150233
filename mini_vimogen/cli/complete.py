"""``complete``: the rest of a motion of which part is known."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from mini_vimogen.cli.export import (
    Unit,
    check_outputs,
    check_unit,
    numbered,
    write_all,
)

if TYPE_CHECKING:
    from mini_vimogen.tasks.completion_places import Completed
    from mini_vimogen.tasks.completion_request import Request


# Over 40 lines: one argument, and the fields of its file in the help.
def complete(
    plan: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="PLAN")],
    /,
    *,
    out: Annotated[
        tyro.conf.UseAppendAction[list[Path]], tyro.conf.arg(metavar="FILE")
    ],
    samples: int = 1,
    steps: int = 50,
    guidance: float = 1.0,
    seed: int = 0,
    model: Path | None = None,
    way: Literal["kriged", "eased", "equation8"] = "kriged",
    unit: Unit = "m",
) -> None:
    """Make up what is not known of a motion: between, after, or for the arms.

    PLAN is a small JSON. Its fields: "frames", the length of the whole at 30
    frames a second; "known", a list of known motions; "video", what a video of
    one shot shows. Files are searched from its folder.

    A known motion has "file" (a motion file, or the name of a shipped clip);
    "frames", a list of [start, stop] pairs, else all; "at", the frame of the
    whole on which the first of them falls, else 0; "joints", names such as
    "legs", "left_arm", "head", else all; "place": "follow" (stands where the
    frames before it lead) or "as_is"; "unit" of a .bvh file.

    The video has "file" (a video or 2D keypoints), "at", and what lift is
    given: "start", "frames", "person", "layout", "fps", "width", "height".

    Args:
        plan: the JSON.
        out: file to write, .bvh, .glb, .html (player), .npz (Clip) or
            .smpl.npz (AMASS); may be repeated. Several samples append _1, _2
            to its name.
        samples: how many motions.
        steps: network evaluations a motion.
        guidance: 0 ignores the video, 1 is the plain network.
        seed: of the noise.
        model: a trained lifter (.safetensors); the shipped one otherwise.
        way: kriged bends the network's guesses to what is known, smoothly;
            eased does so by straight lines; equation8 is the paper's, which
            meets what is known less well.
        unit: of the BVH files that are written.
    """
    import torch

    from mini_vimogen.cli.completion_plan import read_plan
    from mini_vimogen.tasks import complete as task
    from mini_vimogen.tasks.lift import Sampling, load_lifter

    if samples < 1:
        raise ValueError(f"samples must be 1 or more, got {samples}")
    if not 0 <= seed < 2**63:
        raise ValueError(f"seed must be within 0..2**63 - 1, got {seed}")
    if not out:
        raise ValueError("--out must name at least one file, got none")
    check_outputs(out)
    targets = [numbered(path, samples) for path in out]
    everything = [target for group in targets for target in group]
    check_outputs(everything)
    check_unit(unit, out)
    sampling = Sampling(steps=steps, guidance=guidance)
    lifter = load_lifter(model)
    request, files = read_plan(plan)
    read = {file.resolve() for file in files}
    for target in everything:
        if target.resolve() in read:
            raise ValueError(f"{target} is to be read; write to another file")
    print(f"read {plan}: {_described(request)}")
    done = task.completions(
        request,
        lifter=lifter,
        samples=samples,
        sampling=sampling,
        way=way,
        generator=torch.Generator().manual_seed(seed),
    )
    for number, one in enumerate(done, start=1):
        _say_bends(one, f"motion {number}: " if samples > 1 else "")
    clips = [one.clip.with_(source=plan.name) for one in done]
    files = [pair for t in targets for pair in zip(clips, t, strict=True)]
    write_all(files, unit=unit)


def _described(request: "Request") -> str:
    known = request.known
    entirely = int(known.all(dim=1).sum())
    partly = int(known.any(dim=1).sum()) - entirely
    words = [f"{request.frames} frames", f"{entirely} known"]
    if partly:
        words.append(f"{partly} known in part")
    if request.shown is not None:
        span = request.shown.span
        words.append(f"a video of {span.start}..{span.stop}")
    return ", ".join(words)


def _say_bends(done: "Completed", who: str) -> None:
    for bend in done.bends:
        if bend.start == bend.stop:
            print(f"{who}jumps by {bend.metres:.2f} m at frame {bend.start}")
        else:
            print(
                f"{who}path bent by {bend.metres:.2f} m over frames "
                f"{bend.start}..{bend.stop}"
            )
