"""``lab``: JupyterLab on the lessons."""

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

import mini_vimogen


def find_checkout() -> Path | None:
    """The repository this package runs from; None for an installed wheel."""
    checkout = Path(mini_vimogen.__file__).resolve().parents[1]
    parts = (checkout / "notebooks", checkout / ".jupyter")
    return checkout if all(part.is_dir() for part in parts) else None


def lab(
    *, port: int = 8888, browser: bool = True, allow_root: bool = False
) -> int:
    """Open JupyterLab on the lessons; a double click opens one as a notebook.

    Args:
        port: where JupyterLab listens; the next free one if taken.
        browser: open a browser window.
        allow_root: let JupyterLab run as root (in a container, say).

    Returns:
        JupyterLab's exit status.

    Raises:
        FileNotFoundError: the package does not run from a checkout.
        ValueError: JupyterLab or Jupytext is not installed.
    """
    checkout = find_checkout()
    if checkout is None:
        raise FileNotFoundError(
            "lab needs the repository with its notebooks/ folder, but "
            f"mini_vimogen runs from {Path(mini_vimogen.__file__).parent}; "
            "clone the repository and run the command there"
        )
    for name in ("jupyterlab", "jupytext"):
        if importlib.util.find_spec(name) is None:
            raise ValueError(
                f"lab needs {name}, which is not installed; get it with "
                'pip install -c constraints.txt -e ".[notebooks]"'
            )
    command = [sys.executable, "-m", "jupyterlab", f"--port={port}"]
    command += [] if browser else ["--no-browser"]
    command += ["--allow-root"] if allow_root else []
    # This adds to the user's own settings and does not replace them.
    config = [str(checkout / ".jupyter"), os.environ.get("JUPYTER_CONFIG_PATH")]
    path = os.pathsep.join(filter(None, config))
    environment = os.environ | {"JUPYTER_CONFIG_PATH": path}
    process = subprocess.Popen(command, cwd=checkout, env=environment)
    # Ctrl-C is JupyterLab's to answer: it asks before it stops the kernels.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
