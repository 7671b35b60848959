import hashlib
import re
import shutil

import numpy as np
import pytest

from fedtutor import data
from tests.conftest import ROOT, run_python


def test_the_digits_have_the_documented_shapes_and_types(mnist):
    for name, (shape, _) in data.ARRAYS.items():
        array = getattr(mnist, name)
        assert array.shape == shape and array.dtype == np.uint8
    assert mnist.x_train.max() == 255 and mnist.x_train.min() == 0
    assert set(np.unique(mnist.y_test)) == set(range(10))


def test_the_arrays_belong_to_the_caller():
    first = data.load_mnist()
    first.x_test[:] = 0
    assert data.load_mnist().x_test.any()


def test_a_folder_and_a_file_can_be_named(tmp_path, mnist):
    shutil.copy(ROOT / "data" / "mnist.npz", tmp_path)
    for path in (tmp_path, tmp_path / "mnist.npz", str(tmp_path)):
        assert np.array_equal(data.load_mnist(path).y_test, mnist.y_test)


def test_the_same_digits_saved_anew_are_accepted(tmp_path, mnist):
    np.savez(tmp_path / "mnist.npz", **vars(mnist))
    assert np.array_equal(data.load_mnist(tmp_path).x_test, mnist.x_test)


def complaint(path):
    with pytest.raises(data.DataError) as error:
        data.load_mnist(path)
    text = str(error.value)
    assert "git checkout data/mnist.npz" in text, "it must say what to do"
    return text


def test_a_missing_file_is_named(tmp_path):
    assert str(tmp_path / "mnist.npz") in complaint(tmp_path)


def test_a_truncated_file_is_named(tmp_path):
    whole = (ROOT / "data" / "mnist.npz").read_bytes()
    for size in (0, 10, len(whole) // 2, len(whole) - 1):
        (tmp_path / "mnist.npz").write_bytes(whole[:size])
        text = complaint(tmp_path)
        assert "truncated" in text and str(tmp_path / "mnist.npz") in text


def test_a_changed_byte_inside_the_file_is_noticed(tmp_path):
    raw = bytearray((ROOT / "data" / "mnist.npz").read_bytes())
    raw[len(raw) // 2] ^= 255
    (tmp_path / "mnist.npz").write_bytes(raw)
    assert str(tmp_path / "mnist.npz") in complaint(tmp_path)


def test_an_altered_array_is_named_with_what_was_expected(tmp_path, mnist):
    arrays = dict(vars(mnist))
    arrays["y_test"] = arrays["y_test"].copy()
    arrays["y_test"][0] = 9 - arrays["y_test"][0]
    np.savez(tmp_path / "mnist.npz", **arrays)
    text = complaint(tmp_path)
    assert "y_test" in text and data.ARRAYS["y_test"][1][:12] in text


def test_a_wrong_shape_or_a_missing_array_is_named(tmp_path, mnist):
    arrays = dict(vars(mnist))
    np.savez(tmp_path / "mnist.npz", **{**arrays, "x_test": arrays["x_test"][:5]})
    assert "(10000, 28, 28)" in complaint(tmp_path)
    del arrays["y_train"]
    np.savez(tmp_path / "mnist.npz", **arrays)
    assert "y_train" in complaint(tmp_path)


def test_general_and_device_digits_are_apart_and_complete(mnist):
    general, devices = data.general_and_devices(mnist.y_train)
    assert len(general) == 1000 and len(devices) == 59000
    assert np.array_equal(np.sort(np.concatenate([general, devices])), np.arange(60000))
    again, _ = data.general_and_devices(mnist.y_train)
    assert np.array_equal(general, again)
    for number in (0, 60000, -1):
        with pytest.raises(ValueError, match="num_general"):
            data.general_and_devices(mnist.y_train, number)


def test_a_missing_result_is_named_with_the_command_that_makes_it():
    with pytest.raises(data.DataError, match="make experiments"):
        data.results("nothing.csv")


def test_the_checksums_in_the_readme_are_those_of_the_file_and_the_code(mnist):
    text = (ROOT / "data" / "README.md").read_text()
    stated = set(re.findall(r"\b[0-9a-f]{64}\b", text))
    actual = {hashlib.sha256((ROOT / "data" / "mnist.npz").read_bytes()).hexdigest()}
    actual |= {hashlib.sha256(getattr(mnist, name).tobytes()).hexdigest() for name in data.ARRAYS}
    assert stated == actual
    assert actual == {data.FILE_SHA256} | {digest for _, digest in data.ARRAYS.values()}


def test_every_result_is_described_in_the_readme():
    text = (ROOT / "data" / "README.md").read_text()
    for file in (ROOT / "data" / "results").iterdir():
        assert f"results/{file.name}" in text


def test_an_installed_package_finds_its_own_digits(tmp_path):
    """Without a checkout beside it, as after `pip install`."""
    package = tmp_path / "site"
    shutil.copytree(ROOT / "fedtutor", package / "fedtutor")
    shutil.copytree(ROOT / "data", package / "fedtutor" / "_data")
    code = (
        f"import sys; sys.path.insert(0, {str(package)!r})\n"
        "from fedtutor import data; print(data.__file__); data.load_mnist()\n"
        "print(len(data.results('fedavg_2nn_iid.csv').columns))"
    )
    done = run_python(code)
    assert done.returncode == 0, done.stderr
    assert str(package) in done.stdout
