"""Importing the package prints nothing, draws nothing, loads nothing heavy."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# In a process of its own: nothing else has imported anything yet.
SCRIPT = """
import importlib, json, os, random, sys
from pathlib import Path
import numpy, torch

def states():
    return {"random": random.getstate(),
            "numpy": numpy.random.get_state()[1].tolist(),
            "torch": torch.get_rng_state().tolist(),
            "threads": torch.get_num_threads(),
            "dtype": str(torch.get_default_dtype())}

opened = []
def hook(event, args):
    if event == "open" and isinstance(args[0], (str, bytes, os.PathLike)):
        path = os.path.realpath(os.fspath(args[0]))
        if not path.endswith((".py", ".pyc", ".so")):
            opened.append(path)

before = states()
import mini_vimogen
root = sys.argv[1]
names = sorted(
    ".".join(path.relative_to(root).with_suffix("").parts)
    for path in Path(root, "mini_vimogen").rglob("*.py")
    if path.name != "__main__.py")
names = [name.removesuffix(".__init__") for name in names]
# Rooms that draw, or stand above those that do.
above = {"render", "tasks", "studies", "cli"}
drawing = [name for name in names if above & set(name.split("."))]
sys.addaudithook(hook)
for name in names:
    if name not in drawing:
        importlib.import_module(name)
heavy = [m for m in ("matplotlib", "smplx", "librosa", "cv2", "tyro",
                     "ai_edge_litert", "tokenizers", "IPython")
         if m in sys.modules]
for name in drawing:
    importlib.import_module(name)
late = [m for m in ("smplx", "librosa", "cv2", "ai_edge_litert",
                    "matplotlib.pyplot") if m in sys.modules]
ours = [p for p in opened if p.startswith(root + os.sep)
        and not p.startswith(sys.prefix)]
print(json.dumps({"modules": names, "heavy": heavy, "late": late,
                  "opened": ours,
                  "changed": [k for k, v in states().items()
                              if v != before[k]]}))
"""


def imported() -> tuple[dict, subprocess.CompletedProcess]:
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(ROOT)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout.splitlines()[-1]), run


def test_import_is_silent():
    seen, run = imported()
    assert len(seen["modules"]) > 10
    assert seen["changed"] == [], "an import changed a state or a setting"
    assert seen["heavy"] == [], "imported outside the function that needs it"
    assert seen["late"] == []
    assert seen["opened"] == [], "an import read files"
    assert len(run.stdout.splitlines()) == 1 and run.stderr == ""


def test_the_package_alone_imports_nothing_heavy():
    script = (
        "import sys, mini_vimogen, mini_vimogen.cli; "
        "print([m for m in ('torch', 'numpy', 'matplotlib') "
        "if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT
    )
    assert run.stdout.strip() == "[]"
