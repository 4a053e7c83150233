"""Figures computed by the original implementations on synthetic inputs."""

from pathlib import Path

import numpy as np
import pytest
import torch

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def golden():
    """``golden("name")["key"]`` is a tensor out of ``golden/name.npz``."""

    def load(name: str) -> dict[str, torch.Tensor]:
        with np.load(GOLDEN / f"{name}.npz", allow_pickle=False) as data:
            return {key: torch.from_numpy(data[key]) for key in data.files}

    return load
