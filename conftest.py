"""Let ``pytest --nbmake notebooks`` run the lessons, which are ``.py`` files.

nbmake collects ``*.ipynb`` only. Each ``notebooks/NN_*.py`` is converted, one
way, into ``book/notebooks/`` and executed there; with ``--overwrite`` the
executed notebook is also the page that the book shows.
"""

import os
from pathlib import Path

ROOT = Path(__file__).parent
LESSONS, EXECUTED = ROOT / "notebooks", ROOT / "book" / "notebooks"
# Inherited by the kernels: two threads a kernel under -n 2 cost twice the time.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def to_ipynb(lesson: Path) -> Path:
    """Convert one lesson; the notebook appears whole or not at all."""
    import jupytext

    notebook = EXECUTED / f"{lesson.stem}.ipynb"
    cells = jupytext.read(lesson, fmt="py:percent")
    EXECUTED.mkdir(parents=True, exist_ok=True)
    partial = notebook.with_suffix(f".{os.getpid()}.tmp")
    partial.write_text(jupytext.writes(cells, fmt="ipynb"), encoding="utf-8")
    os.replace(partial, notebook)
    return notebook


def pytest_collect_file(file_path: Path, parent):
    """Turn ``notebooks/NN_*.py`` into one nbmake item each."""
    if not parent.config.getoption("--nbmake", default=False):
        return None
    is_lesson = file_path.suffix == ".py" and file_path.name[:2].isdigit()
    if not is_lesson or file_path.parent != LESSONS:
        return None
    from nbmake.pytest_items import NotebookFile, NotebookItem

    class LessonItem(NotebookItem):
        def runtest(self):
            # At run time, so that xdist's workers do not race at collection.
            to_ipynb(Path(self.parent.path))
            super().runtest()

    class LessonFile(NotebookFile):
        def collect(self):
            notebook = EXECUTED / f"{self.path.stem}.ipynb"
            yield LessonItem.from_parent(self, filename=str(notebook))

    return LessonFile.from_parent(parent, path=file_path)
