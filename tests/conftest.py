"""Every test starts from one seed, on one thread, without a network."""

import os
import random
import shutil
import socket

import numpy as np
import pytest
import torch
from hypothesis import settings

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
LOCAL_HOSTS = ("127.0.0.1", "::1", "localhost")

torch.set_num_threads(1)
# No deadline: wall time says little on a shared machine. CI tries the same
# examples every time; elsewhere new ones are looked for.
settings.register_profile(
    "course", deadline=None, derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("course")


def pytest_addoption(parser):
    parser.addoption(
        "--network",
        action="store_true",
        help="also run the tests that open a connection",
    )
    parser.addoption(
        "--executed",
        action="store_true",
        help="fail, not skip, where a lesson was not executed",
    )


def find_chromium() -> str | None:
    """The system's Chromium, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def pytest_collection_modifyitems(config, items):
    """Skip by name what this machine cannot run."""
    lacks = []
    if not config.getoption("--network"):
        lacks.append(("network", "needs a network: add --network"))
    if not torch.cuda.is_available():
        lacks.append(("gpu", "needs a CUDA device: none is here"))
    # In CI a missing browser is a broken set-up, not a reason to skip.
    if find_chromium() is None and not os.environ.get("CI"):
        lacks.append(("chromium", "needs Chromium: none is on the PATH"))
    for item in items:
        for marker, reason in lacks:
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def seeded():
    """The same random numbers for every test, whatever ran before."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002  (libraries that still read it)
    torch.manual_seed(0)


@pytest.fixture
def generator() -> torch.Generator:
    """A fresh seeded generator on the CPU."""
    return torch.Generator().manual_seed(0)


@pytest.fixture(autouse=True)
def no_network(request, monkeypatch):
    """A test that calls out fails, unless it is marked ``network``."""
    if request.node.get_closest_marker("network"):
        return
    connect = socket.socket.connect

    def connect_at_home(self, address):
        outside = isinstance(address, tuple) and address[0] not in LOCAL_HOSTS
        if outside:
            raise RuntimeError(f"a test tried to connect to {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_at_home)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the system's Chromium (mark the test ``chromium``)."""
    path = find_chromium()
    assert path, f"none of {', '.join(CHROMIUM_NAMES)} is on the PATH"
    return path
