"""Qualisys calibration files (``.qca.txt``, XML) to cameras."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import torch

from mini_vimogen.geometry.camera import Camera

SUB_PIXELS = 64
"""Lengths on the sensor are stored in 1/64 pixel."""

MAX_BYTES = 2**20


def read_cameras(path: Path) -> Camera:
    """Cameras of a file, float64, as a batch; size is the calibrated sensor's.

    Positions are in millimetres. The stored rotation takes world to camera
    axes x right, y up, z backward; ours look forward with y down. The package
    that ships this file divides the distortion by 64 as well; the numbers are
    plain coefficients (with them, reprojection is 0.05 pixels better).
    """
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path.name} is larger than {MAX_BYTES:,} bytes")
    fields = {
        "rotation": [],
        "translation": [],
        "focal": [],
        "centre": [],
        "size": [],
        "distortion": [],
    }
    turn = torch.diag(torch.tensor([1.0, -1.0, -1.0], dtype=torch.float64))
    for camera in ElementTree.parse(path).getroot().iter("camera"):
        place = camera.find("transform").attrib
        lens = camera.find("intrinsic").attrib
        stored = [
            [float(place[f"r{row}{column}"]) for column in (1, 2, 3)]
            for row in (1, 2, 3)
        ]
        rotation = turn @ _double(stored)
        position = _double([float(place[axis]) for axis in "xyz"]) / 1000
        fields["rotation"].append(rotation)
        fields["translation"].append(-(rotation @ position))
        for name, start in (
            ("focal", "focalLength"),
            ("centre", "centerPoint"),
        ):
            values = [float(lens[f"{start}{axis}"]) for axis in "UV"]
            fields[name].append(_double(values) / SUB_PIXELS)
        sensor = [float(lens[f"sensorMax{axis}"]) for axis in "UV"]
        fields["size"].append((_double(sensor) / SUB_PIXELS + 1).round())
        names = ["radialDistortion1", "radialDistortion2"]
        names += ["tangentalDistortion1", "tangentalDistortion2"]
        names += ["radialDistortion3"]
        fields["distortion"].append(_double([float(lens[n]) for n in names]))
    return Camera(**{name: torch.stack(rows) for name, rows in fields.items()})


def _double(values) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)
