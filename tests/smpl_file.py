"""A made-up body in the layout of SMPL's model files."""

import numpy as np

from mini_vimogen.geometry.skeleton import SMPL24

ROOT_PARENT = 2**32 - 1


def synthetic_smpl(*, vertices: int = 60, seed: int = 0) -> dict:
    """Random points around SMPL24's joints, with blend shapes in both kinds."""
    rng = np.random.default_rng(seed)
    owner = np.arange(vertices) % 24
    near = rng.normal(scale=0.05, size=(vertices, 3))
    regressor = (owner == np.arange(24)[:, None]).astype(float)
    weights = rng.random((vertices, 24)) ** 8
    weights[np.arange(vertices), owner] += 2
    parents = np.array(SMPL24.parents, dtype=np.int64)
    parents[0] = ROOT_PARENT
    return {
        "v_template": SMPL24.rest_joints.numpy()[owner] + near,
        "shapedirs": rng.normal(scale=0.02, size=(vertices, 3, 10)),
        "posedirs": rng.normal(scale=0.01, size=(vertices, 3, 207)),
        "J_regressor": regressor / regressor.sum(axis=1, keepdims=True),
        "weights": weights / weights.sum(axis=1, keepdims=True),
        "kintree_table": np.stack([parents, np.arange(24)]).astype(np.uint32),
        "f": rng.integers(0, vertices, size=(50, 3)).astype(np.uint32),
    }
