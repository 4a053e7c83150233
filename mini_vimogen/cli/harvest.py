"""``harvest``: a data set of motions out of a folder of videos."""

import sys
from pathlib import Path
from typing import Annotated

import tyro


# Over 40 lines: one argument, and one line of help, for each option.
def harvest(
    folder: Annotated[
        tyro.conf.Positional[Path], tyro.conf.arg(metavar="FOLDER")
    ],
    /,
    *,
    out: Annotated[Path, tyro.conf.arg(metavar="FOLDER")],
    samples: int = 3,
    steps: int | None = None,
    guidance: float = 1.0,
    seed: int = 0,
    model: Path | None = None,
    split_cuts: bool = False,
    least_seconds: float | None = None,
    least_seen: float | None = None,
    most_jitter: float | None = None,
    most_sliding: float | None = None,
    most_penetration: float | None = None,
    most_floating: float | None = None,
    least_apart_mm: float | None = None,
) -> None:
    """Lift every video or keypoint file of a folder, and keep what is good.

    Gates turn away what is too short, unseen, trembling, off the floor, sliding
    or there already. Run it again to go on after a kill, to add files, or to
    judge by other gates.

    Args:
        folder: videos and keypoint files that say their frame rate and size.
        out: folder for clips, rejected ones, manifest.json and report.html.
        samples: motions a track.
        steps: network evaluations a motion; what suits the model otherwise.
        guidance: 0 ignores the keypoints, 1 is the plain network.
        seed: of the noise.
        model: a trained lifter (.safetensors); the shipped one otherwise.
        split_cuts: make each shot a motion of its own; joined otherwise.
        least_seconds: gate: length of a track; 0.75 otherwise.
        least_seen: gate: share of joints seen in a track; 0.5 otherwise.
        most_jitter: gate: metres per cubic second; 1300 otherwise.
        most_sliding: gate: metres per second of a foot; 0.6 otherwise.
        most_penetration: gate: metres under the floor; 0.04 otherwise.
        most_floating: gate: metres over the floor; 0.04 otherwise.
        least_apart_mm: gate: millimetres a joint between two motions; 10
            otherwise.
    """
    from mini_vimogen.data.quality_gates import Thresholds
    from mini_vimogen.tasks import harvest as task
    from mini_vimogen.tasks.lift import load_lifter
    from mini_vimogen.tasks.sampling import asked

    given = {
        "least_seconds": least_seconds,
        "least_seen": least_seen,
        "most_jitter": most_jitter,
        "most_sliding": most_sliding,
        "most_penetration": most_penetration,
        "most_floating": most_floating,
        "least_apart_mm": least_apart_mm,
    }
    given = {name: value for name, value in given.items() if value is not None}
    found = task.harvest(
        folder,
        out,
        samples=samples,
        model=model,
        sampling=asked(
            load_lifter(model), evaluations=steps, guidance=guidance
        ),
        seed=seed,
        split_cuts=split_cuts,
        thresholds=Thresholds(**given),
        progress=sys.stderr.isatty(),
    )
    print(found.table())
    for name in (task.MANIFEST, task.REPORT):
        print(f"wrote {out / name}")
