import hashlib
import re
import shutil

import numpy as np
import pytest

from fedtutor import data
from tests.conftest import ROOT, run_python
from tools import writers

ARCHIVES = (data.DIGITS, data.WRITERS)


def test_the_arrays_have_the_documented_shapes_and_types(mnist):
    for archive in ARCHIVES:
        for name, (shape, dtype, _) in archive.arrays.items():
            array = getattr(mnist, name)
            assert array.shape == shape and array.dtype == dtype
    assert mnist.x_train.max() == 255 and mnist.x_train.min() == 0
    assert set(np.unique(mnist.y_test)) == set(range(10))


def test_the_people_are_as_many_as_the_readme_says_and_nobody_is_on_both_sides(mnist):
    for people, series, employees, students in (
        (mnist.writer_train, mnist.series_train, 289, 250),
        (mnist.writer_test, mnist.series_test, 48, 249),
    ):
        assert len(np.unique(people[series == data.EMPLOYEES])) == employees
        assert len(np.unique(people[series == data.STUDENTS])) == students
        assert len(np.unique(people)) == employees + students
    assert not np.isin(mnist.writer_test, mnist.writer_train).any()


def test_the_arrays_belong_to_the_caller():
    first = data.load_mnist()
    first.x_test[:] = 0
    first.writer_test[:] = 0
    assert data.load_mnist().x_test.any() and data.load_mnist().writer_test.any()


def test_a_folder_and_a_file_can_be_named(tmp_path, mnist):
    shutil.copy(ROOT / "data" / "mnist.npz", tmp_path)
    for path in (tmp_path, tmp_path / "mnist.npz", str(tmp_path)):
        loaded = data.load_mnist(path)
        assert np.array_equal(loaded.y_test, mnist.y_test)
        assert np.array_equal(loaded.writer_test, mnist.writer_test)


@pytest.fixture(params=ARCHIVES, ids=lambda archive: archive.name)
def archive(request):
    return request.param


@pytest.fixture
def copy(archive, tmp_path, monkeypatch):
    """A copy of the course's data, to spoil one of its files."""
    for other in ARCHIVES:
        shutil.copy(ROOT / "data" / other.name, tmp_path)
    monkeypatch.setattr(data, "FOLDERS", (tmp_path,))
    return tmp_path / archive.name


def arrays_of(archive, mnist):
    return {name: getattr(mnist, name) for name in archive.arrays}


def complaint(file):
    with pytest.raises(data.DataError) as error:
        data.load_mnist()
    text = str(error.value)
    assert f"git checkout data/{file.name}" in text, "it must say what to do"
    return text


def test_the_same_arrays_saved_again_are_accepted(copy, archive, mnist):
    np.savez(copy, **arrays_of(archive, mnist))
    for name, array in arrays_of(archive, mnist).items():
        assert np.array_equal(getattr(data.load_mnist(), name), array)


def test_a_missing_file_is_named(copy):
    copy.unlink()
    assert copy.name in complaint(copy) and str(copy.parent) in complaint(copy)


def test_a_missing_file_of_ones_own_is_named(tmp_path):
    with pytest.raises(data.DataError, match="git checkout data/mnist.npz") as error:
        data.load_mnist(tmp_path)
    assert str(tmp_path / "mnist.npz") in str(error.value)


def test_a_truncated_file_is_named(copy):
    everything = copy.read_bytes()
    for size in (0, 10, len(everything) // 2, len(everything) - 1):
        copy.write_bytes(everything[:size])
        text = complaint(copy)
        assert "truncated" in text and str(copy) in text


def test_a_changed_byte_inside_the_file_is_noticed(copy):
    raw = bytearray(copy.read_bytes())
    raw[len(raw) // 2] ^= 255
    copy.write_bytes(raw)
    assert str(copy) in complaint(copy)


def test_an_altered_array_is_named_with_what_was_expected(copy, archive, mnist):
    name, (_, _, digest) = list(archive.arrays.items())[-1]
    altered = getattr(mnist, name).copy()
    altered[0] += 1
    np.savez(copy, **{**arrays_of(archive, mnist), name: altered})
    text = complaint(copy)
    assert name in text and digest[:12] in text


def test_a_wrong_shape_or_type_or_a_missing_array_is_named(copy, archive, mnist):
    name, (shape, dtype, _) = list(archive.arrays.items())[-1]
    arrays = arrays_of(archive, mnist)
    np.savez(copy, **{**arrays, name: arrays[name][:5]})
    assert str(shape) in complaint(copy)
    np.savez(copy, **{**arrays, name: arrays[name].astype(float)})
    assert f"should be {dtype}" in complaint(copy)
    del arrays[name]
    np.savez(copy, **arrays)
    assert name in complaint(copy)


def test_the_tool_takes_the_writers_out_of_qmnists_tables():
    rows = np.arange(24, dtype=">i4").reshape(3, 8)
    raw = np.array([0x0C02, 3, 8], ">i4").tobytes() + rows.tobytes()
    table = writers.table(raw)
    assert np.array_equal(table, rows)
    made = writers.arrays(table, table[:2])
    assert made["writer_train"].tolist() == [2, 10, 18] and made["series_test"].tolist() == [1, 9]
    for name, array in made.items():
        assert array.dtype == data.WRITERS.arrays[name][1]
    with pytest.raises(ValueError, match="no idx2-int file"):
        writers.table(rows.tobytes())


def test_the_volunteers_are_apart_from_everyone_who_holds_a_device(mnist):
    writers = mnist.writer_train
    general, on_devices = data.volunteers_and_devices(writers)
    assert np.array_equal(np.sort(np.concatenate([general, on_devices])), np.arange(60000))
    volunteers, others = (set(writers[index].tolist()) for index in (general, on_devices))
    assert len(volunteers) == 9 and len(others) == 530 and not volunteers & others
    assert len(general) == 1037
    again, _ = data.volunteers_and_devices(writers)
    assert np.array_equal(general, again)
    differently, _ = data.volunteers_and_devices(writers, seed=1)
    assert set(writers[differently].tolist()) != volunteers
    assert len(np.unique(writers[data.volunteers_and_devices(writers, 538)[1]])) == 1
    for number in (0, 539, -1):
        with pytest.raises(ValueError, match=r"num_volunteers is .* 539 people"):
            data.volunteers_and_devices(writers, number)


def test_a_missing_result_is_named_with_the_command_that_makes_it():
    with pytest.raises(data.DataError, match="make experiments"):
        data.results("nothing.csv")


def test_the_checksums_in_the_readme_are_those_of_the_file_and_the_code(mnist):
    text = (ROOT / "data" / "README.md").read_text()
    actual = {
        hashlib.sha256((ROOT / "data" / archive.name).read_bytes()).hexdigest()
        for archive in ARCHIVES
    }
    for archive in ARCHIVES:
        for name, (_, _, digest) in archive.arrays.items():
            assert hashlib.sha256(getattr(mnist, name).tobytes()).hexdigest() == digest
            actual.add(digest)
    assert actual >= {archive.sha256 for archive in ARCHIVES}
    raw_files = set(writers.FILES.values())  # what the list of writers was made from
    assert set(re.findall(r"\b[0-9a-f]{64}\b", text)) == actual | raw_files


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
