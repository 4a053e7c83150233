"""Hypothesis strategies: what a property must hold for."""

import torch
from hypothesis import strategies as st

from mini_vimogen.conventions import ROT6D_LAYOUTS
from mini_vimogen.geometry.rotations import axis_angle_to_rotmat

seeds = st.integers(0, 2**31 - 1)
layouts = st.sampled_from(ROT6D_LAYOUTS)
lead_shapes = st.lists(st.integers(1, 3), max_size=2).map(tuple)


@st.composite
def rotations(draw, dtype=torch.float64):
    """Random rotation matrices [..., 3, 3], the identity and half turns too."""
    generator = torch.Generator().manual_seed(draw(seeds))
    shape = draw(lead_shapes)
    axis = torch.randn(*shape, 3, generator=generator, dtype=dtype)
    axis = axis / axis.norm(dim=-1, keepdim=True)
    angle = draw(st.sampled_from([0.0, 1e-9, 1e-4, 0.5, 2.0, 3.14159265, 6.0]))
    return axis_angle_to_rotmat(axis * angle)
