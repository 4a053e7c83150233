"""Rebuild the shipped data: ``python data_small/build.py [STEP ...]``.

Steps, in order: ``real_motion``, ``real_video``, ``body``, ``manifest``.
Without arguments all that can be done.
"""

import importlib.util
import os
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
STEPS = ("real_motion", "real_video", "body", "manifest")
NEEDS = {"real_video": "ai_edge_litert", "body": "anny"}
"""Packages that the course does not install."""


def main(steps: list[str]) -> int:
    """Run the named steps; 2 if a name is unknown or a source is missing."""
    unknown = set(steps) - set(STEPS)
    if unknown:
        print(f"STEP must be among {', '.join(STEPS)}, got {unknown}")
        return 2
    os.environ["MINI_VIMOGEN_DATA"] = str(FOLDER)
    try:
        for step in STEPS:
            if step in steps or (not steps and _possible(step)):
                module = importlib.import_module(f"build_{step}")
                module.build(FOLDER)
    except (ValueError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _possible(step: str) -> bool:
    """Whether a step's package is installed; says so if it is not."""
    package = NEEDS.get(step)
    if package is None or importlib.util.find_spec(package):
        return True
    print(
        f"{step}.npz is left as it is: rebuilding it needs the package "
        f"{package}; build_{step}.py says how"
    )
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
