"""Ratios measured in one run; never absolute promises."""

import torch

from mini_vimogen.geometry.kinematics import forward_kinematics
from mini_vimogen.geometry.rotations import rot6d_to_rotmat
from mini_vimogen.geometry.skeleton import SMPL24
from tests.benchmarks.timing import cpu_seconds
from tests.oracles import naive_forward_kinematics


def test_forward_and_backward_kinematics_beat_the_twin(record_property):
    generator = torch.Generator().manual_seed(0)
    six = torch.randn(8, 150, 24, 6, generator=generator)
    root = torch.randn(8, 150, 3, generator=generator)

    def package(x):
        local = rot6d_to_rotmat(x, layout="rows")
        return forward_kinematics(local, root, SMPL24)

    def twin(x):
        return naive_forward_kinematics(x, root, SMPL24)

    def run(kinematics):
        x = six.clone().requires_grad_()
        joints = kinematics(x)
        joints.square().sum().backward()
        return joints.detach()

    assert torch.allclose(run(package), run(twin), rtol=0, atol=1e-4)
    ratio = cpu_seconds(lambda: run(twin)) / cpu_seconds(lambda: run(package))
    record_property("times_faster", ratio)
    print(f"forward kinematics, forward + backward: {ratio:.1f} times faster")
    assert ratio > 3
