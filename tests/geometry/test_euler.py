import numpy as np
import pytest
import torch
from hypothesis import given, settings
from scipy.spatial.transform import Rotation

from mini_vimogen.geometry.euler import smooth_euler_zyx
from mini_vimogen.geometry.rotations import nearest_rotation
from tests import strategies


@settings(deadline=None, max_examples=25)
@given(strategies.seeds)
def test_angles_give_the_rotation_back(seed):
    generator = torch.Generator().manual_seed(seed)
    matrix = torch.randn(6, 2, 3, 3, generator=generator, dtype=torch.float64)
    rotmat = nearest_rotation(matrix).numpy()
    degrees = smooth_euler_zyx(rotmat)
    back = Rotation.from_euler("ZYX", degrees.reshape(-1, 3), degrees=True)
    assert np.abs(back.as_matrix() - rotmat.reshape(-1, 3, 3)).max() < 1e-9


def test_two_full_turns_do_not_jump():
    angle = np.linspace(0, 720, 97)
    rotmat = Rotation.from_euler("X", angle[:, None], degrees=True).as_matrix()
    degrees = smooth_euler_zyx(rotmat[:, None])
    assert np.abs(np.diff(degrees, axis=0)).max() < 8
    assert abs(degrees[-1, 0, 2] - 720) < 1e-6


@pytest.mark.parametrize("degrees", [90, 89.9999, 89.99, -90])
def test_gimbal_lock_survives_single_precision(degrees):
    angles = [[30 + a, degrees, 2 * a] for a in range(20)]
    rotmat = Rotation.from_euler("ZYX", angles, degrees=True).as_matrix()
    rounded = rotmat.astype(np.float32).astype(np.float64)
    found = smooth_euler_zyx(rounded[:, None])[:, 0]
    back = Rotation.from_euler("ZYX", found, degrees=True).as_matrix()
    assert np.abs(back - rotmat).max() < 1e-6
