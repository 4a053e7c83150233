import os
import pickle

import numpy as np
import pytest
import scipy.sparse

from mini_vimogen.formats.smpl_model import read_smpl_model
from mini_vimogen.geometry.skeleton import SMPL24
from tests.smpl_file import synthetic_smpl


@pytest.fixture
def model():
    return synthetic_smpl()


def save(folder, model, suffix):
    path = folder / f"SMPL_NEUTRAL{suffix}"
    if suffix == ".npz":
        np.savez(path, **model)
    else:
        # As published: protocol 2, sparse regressor, more entries than needed.
        model = dict(model, bs_type="lrotmin", bs_style="lbs")
        model["J_regressor"] = scipy.sparse.csc_matrix(model["J_regressor"])
        path.write_bytes(pickle.dumps(model, protocol=2))
    return path


@pytest.mark.parametrize("suffix", (".npz", ".pkl"))
def test_reads_both_forms(tmp_path, model, suffix):
    read = read_smpl_model(save(tmp_path, model, suffix))
    for name in ("v_template", "shapedirs", "posedirs", "weights"):
        assert np.array_equal(read[name], model[name]), name
    assert np.array_equal(read["J_regressor"], model["J_regressor"])
    assert tuple(read["kintree_table"][0]) == SMPL24.parents
    assert read["f"].dtype == np.int64
    assert all(read[n].dtype == np.float64 for n in ("weights", "J_regressor"))


BREAKS = {
    "v_template": lambda a: a[:, :2],
    "shapedirs": lambda a: a[:-1],
    "posedirs": lambda a: a[..., :206],
    "J_regressor": lambda a: a.T,
    "weights": lambda a: a[:, :22],
    "kintree_table": lambda a: a[:1],
    "f": lambda a: a.reshape(-1),
}


@pytest.mark.parametrize("suffix", (".npz", ".pkl"))
@pytest.mark.parametrize("name", BREAKS)
def test_wrong_shapes_are_refused(tmp_path, model, suffix, name):
    model[name] = BREAKS[name](model[name])
    path = save(tmp_path, model, suffix)
    # A template of another size shows first in whatever has to match it.
    with pytest.raises(ValueError, match="must have shape"):
        read_smpl_model(path)


@pytest.mark.parametrize("name", ("v_template", "weights"))
def test_values_that_are_not_finite_are_refused(tmp_path, model, name):
    model[name][3, 1] = np.nan
    with pytest.raises(ValueError, match=f"{name} must be finite"):
        read_smpl_model(save(tmp_path, model, ".npz"))


def test_missing_arrays_are_named(tmp_path, model):
    for suffix in (".npz", ".pkl"):
        less = {k: v for k, v in model.items() if k != "weights"}
        with pytest.raises(ValueError, match="lacks weights"):
            read_smpl_model(save(tmp_path, less, suffix))


def test_parents_must_be_a_tree(tmp_path, model):
    model["kintree_table"][0, 5] = 9
    with pytest.raises(ValueError, match="a parent before each joint.*9"):
        read_smpl_model(save(tmp_path, model, ".npz"))


def test_faces_must_exist(tmp_path, model):
    model["f"][0, 0] = 60
    with pytest.raises(ValueError, match="vertices 0..59, got .*60"):
        read_smpl_model(save(tmp_path, model, ".npz"))


def test_texts_are_no_arrays(tmp_path, model):
    model["weights"] = np.array(["heavy"])
    with pytest.raises(ValueError, match="weights must be an array"):
        read_smpl_model(save(tmp_path, model, ".npz"))


def test_a_pickle_with_code_is_refused(tmp_path, model):
    class Evil:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'ran'}",)

    model["extra"] = Evil()
    path = tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps(model, protocol=2))
    with pytest.raises(ValueError, match="refused.*system"):
        read_smpl_model(path)
    assert not (tmp_path / "ran").exists()


def test_an_npz_with_pickled_objects_is_refused(tmp_path, model):
    model["weights"] = np.array([{"a": 1}], dtype=object)
    path = tmp_path / "objects.npz"
    np.savez(path, **model)
    with pytest.raises(ValueError, match="without pickled objects"):
        read_smpl_model(path)


def test_other_files_are_refused(tmp_path):
    listed = tmp_path / "list.pkl"
    listed.write_bytes(pickle.dumps([1, 2]))
    with pytest.raises(ValueError, match="holds a list"):
        read_smpl_model(listed)
    with pytest.raises(ValueError, match="end in .pkl or .npz, got '.pth'"):
        read_smpl_model(tmp_path / "model.pth")
    with pytest.raises(FileNotFoundError):
        read_smpl_model(tmp_path / "none.npz")
