"""What a notebook can see, allocate and leave behind, tried out with small programs in the sandbox."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
import pytest

from fedtutor import exercises
from fedtutor.grading import grade, judge, mounts, package_copy, sandbox, scratch, usage
from tests.conftest import ROOT
from tests.grading import learners

LESSON = exercises.lesson("start_here")
MEBIBYTE = 2**20


def run_program(text, *, runner_settings=None, command=None, **limits):
    """Run a program in the sandbox, instead of a notebook; returns how it ended, and what it printed."""
    settings = {"seconds": 60, **limits}
    with sandbox.NotebookRunner(
        LESSON, limits=sandbox.Limits(**settings), **(runner_settings or {})
    ) as runner:
        program = runner.folder / "package" / "fedtutor" / "grading" / "run_notebook.py"
        program.write_text("import sys; sys.stdin.read()\n" + text)
        socket_folder = runner.folder / "judge"
        socket_folder.mkdir()
        running = runner.start("", socket_folder)
        return running.result(), running.stopped


PROGRAMS = {
    "folders in memory": """
for path in ("/tmp/a", "/dev/shm/b", "c"):
    with open(path, "wb") as file:
        file.write(bytes(120 * 2**20))
""",
    "empty files": """
for number in range(200_000):
    open(f"/tmp/{number}", "w").close()
""",
    "processes whose first thread has ended": """
import ctypes, os, platform, threading
exit_thread = {"x86_64": 60, "aarch64": 93}[platform.machine()]
for _ in range(3):
    if os.fork() == 0:
        def hold():
            kept = b"x" * (120 * 2**20)
            time.sleep(60)
        threading.Thread(target=hold).start()
        ctypes.CDLL(None).syscall(exit_thread, 0)
""",
    "processes called like their memory": """
import ctypes, os, platform, threading
exit_thread = {"x86_64": 60, "aarch64": 93}[platform.machine()]
for _ in range(3):
    if os.fork() == 0:
        def hold():
            time.sleep(0.5)
            kept = b"x" * (120 * 2**20)
            time.sleep(60)
        threading.Thread(target=hold).start()
        ctypes.CDLL(None).prctl(15, b"VmRSS:", 0, 0, 0)
        ctypes.CDLL(None).syscall(exit_thread, 0)
""",
    "threads that only start the next one": """
import ctypes, os, platform, threading
exit_thread = {"x86_64": 60, "aarch64": 93}[platform.machine()]
for _ in range(3):
    if os.fork() == 0:
        begin = time.monotonic()
        threading.stack_size(65536)  # many of them may wait for their end on a busy machine
        def hand_over():
            if not kept and time.monotonic() > begin + 0.5:
                kept.append(b"x" * (120 * 2**20))
            threading.Thread(target=hand_over).start()
        hand_over()
        ctypes.CDLL(None).syscall(exit_thread, 0)
""",
    "sockets": """
import socket
def fill(end):
    end.setblocking(False)
    try:
        while True:
            end.send(bytes(60_000))
    except BlockingIOError:
        kept.append(end)
for _ in range(420):
    for end in socket.socketpair():
        fill(end)
""",
    "connections that nobody accepts": """
import socket
listener = socket.socket(socket.AF_UNIX)
listener.bind("/tmp/listener")
listener.listen(1000)
for _ in range(420):
    with socket.socket(socket.AF_UNIX) as line:
        line.connect("/tmp/listener")
""",
    "page tables": """
import mmap
for _ in range(100):
    area = mmap.mmap(-1, 2**40, flags=mmap.MAP_PRIVATE | 0x4000, prot=mmap.PROT_READ)
    kept.append(area)
    for place in range(0, 2**40, 2**21):
        area[place]
""",
}


@pytest.mark.parametrize("what", PROGRAMS)
def test_memory_counts_wherever_it_is(what, needs_sandbox):
    text = f"import time\nkept = []\n{PROGRAMS[what]}\ntime.sleep(30)\nprint('survived')"
    printed, stopped = run_program(text, memory=300 * MEBIBYTE)
    assert "GiB of memory" in stopped and "survived" not in printed


@pytest.mark.parametrize(
    "what, text",
    [
        (
            "200 threads",
            "import threading\nthreading.stack_size(65536)\n"
            "for _ in range(300):\n    threading.Thread(target=time.sleep, args=[30]).start()",
        ),
        (
            "200 open files",
            "import os\nkept = [os.pipe() for _ in range(150)]",
        ),
        (
            "200 open files",
            "import ctypes, os, platform, threading\n"
            "def hold():\n    kept = [os.dup(0) for _ in range(250)]\n    time.sleep(30)\n"
            "exit_thread = {'x86_64': 60, 'aarch64': 93}[platform.machine()]\n"
            "if os.fork() == 0:\n    threading.Thread(target=hold).start()\n"
            "    ctypes.CDLL(None).syscall(exit_thread, 0)",
        ),
        (
            "100 sockets",
            "import socket\nkept = [socket.socketpair() for _ in range(70)]",
        ),
        (
            "20 processes",
            "import os\nfor _ in range(30):\n    if os.fork() == 0:\n        break",
        ),
    ],
)
def test_what_the_kernel_keeps_for_a_program_counts_too(what, text, needs_sandbox):
    text = f"import time\n{text}\ntime.sleep(30)\nprint('survived')"
    printed, stopped = run_program(text, threads=200, files=200, sockets=100, processes=20)
    assert stopped == f"it had more than {what}" and "survived" not in printed


ASKS = """
import ctypes, mmap, os, platform, resource, socket, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
def attempt(name, function, *args):
    try:
        if function(*args) != -1:
            print("got", name)
    except OSError:
        pass
def map_zeros():
    with open("/dev/zero", "r+b") as file:
        return mmap.mmap(file.fileno(), 4096)
attempt("memfd", os.memfd_create, "x")
attempt("shared memory", mmap.mmap, -1, 4096)
attempt("shared memory, validated", lambda: mmap.mmap(-1, 4096, flags=0x23))
attempt("zeros", map_zeros)
attempt("System V memory", libc.shmget, 0, 4096, 0o1600)
attempt("System V messages", libc.msgget, 0, 0o1600)
attempt("user namespace", libc.unshare, 0x10000000)
attempt("user and mount namespace", libc.unshare, 0x10020000)
attempt("clone3", libc.syscall, 435, ctypes.create_string_buffer(88), 88)
clone = {"x86_64": 56, "aarch64": 220}[platform.machine()]
if libc.syscall(clone, 0x10000000 | 17, 0, 0, 0, 0) == 0:
    os._exit(0 * print("got a clone"))
if platform.machine() == "x86_64":
    attempt("x32", libc.syscall, 0x40000000 + 319, b"x", 0)
attempt("other cores", os.sched_setaffinity, 0, range(64))
attempt("vsock", socket.socket, 40, socket.SOCK_STREAM)
thread = 0x100 | 0x800 | 0x10000
attempt("files of a thread's own", libc.syscall, clone, thread, 0, 0, 0, 0)
if max(resource.getrlimit(resource.RLIMIT_NOFILE)) > 1024:
    print("got more files")
reads, writes = os.pipe()
attempt("a pipe of pages", libc.vmsplice, writes, ctypes.create_string_buffer(16), 0, 0)
attempt("pages of a file", os.splice, os.open(sys.executable, os.O_RDONLY), writes, 10)
attempt("a file's pages", os.sendfile, writes, os.open(sys.executable, os.O_RDONLY), 0, 10)
line = socket.socket()
for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
    before = line.getsockopt(socket.SOL_SOCKET, option)
    line.setsockopt(socket.SOL_SOCKET, option, before * 2)
    if line.getsockopt(socket.SOL_SOCKET, option) != before:
        print("got larger buffers")
line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
print("reused", line.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR))
attempt("memory by a program", lambda: -subprocess.run(["unshare", "-Urm", "true"]).returncode or 0)
print("private", len(mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE)))
print("child", os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)[1])
"""


def test_nothing_can_be_had_that_nobody_counts(needs_sandbox):
    printed, stopped = run_program(ASKS)
    assert stopped is None and "got" not in printed.replace("got memory by a program", "")
    assert printed.splitlines()[-3:] == ["reused 1", "private 4096", "child 0"]


CHANGES_THE_MACHINE = """
import os, shutil, stat
for folder, folders, files in os.walk("/proc"):
    if folder == "/proc":
        folders[:] = [name for name in folders if not name.isdigit()]
    for name in files:
        try:
            os.close(os.open(f"{folder}/{name}", os.O_WRONLY | os.O_NONBLOCK))
            print("can write", folder, name)
        except OSError:
            pass
for name in ("null", "zero", "full", "random", "urandom", "tty"):
    path, mode = f"/dev/{name}", stat.S_IMODE(os.stat(f"/dev/{name}").st_mode)
    with open("/dev/null") as file:
        for change in (
            lambda: os.chmod(path, mode),
            lambda: os.fchmod(file.fileno(), mode),
            lambda: os.chmod(path, mode, dir_fd=os.open("/", os.O_RDONLY)),
            lambda: os.setxattr(path, "system.posix_acl_access", bytes([2, 0, 0, 0])),
        ):
            try:
                change()
            except OSError:
                pass
with open("/dev/null", "w") as file:
    print("written", file.write("x"))
with open("first", "w") as file:
    file.write("kept")
for copied in (shutil.copy("first", "second"), shutil.copy2("first", "third")):
    print(open(copied).read())
"""


def test_nothing_of_the_machine_can_be_changed_even_if_root_grades(needs_sandbox):
    def changed():
        # A change of the rights, also to what they were, changes this time.
        return [os.stat(f"/dev/{name}").st_ctime_ns for name in ("null", "full", "urandom")]

    before = changed()
    printed, stopped = run_program(CHANGES_THE_MACHINE)
    assert (printed, stopped) == ("written 1\nkept\nkept\n", None)
    assert changed() == before


def test_a_program_that_prints_without_end_does_not_fill_the_judge():
    text = "import os\nwhile True:\n    os.write(1, b'[' * 2**20)"
    printed, stopped = run_program(text, output=5 * MEBIBYTE)
    assert stopped == "its output was too large" and printed == ""


def test_a_result_of_too_many_values_is_not_read(needs_sandbox):
    assert run_program("print('[' + '[],' * 1_000_000 + '0]')") == ("", None)


def test_one_emoji_does_not_make_a_result_four_times_as_large(needs_sandbox):
    text = "sys.stdout.buffer.write(b'a' * 900_000 + '\U0001f600'.encode())"
    assert run_program(text, output=MEBIBYTE) == ("", None)
    text = text.replace("\U0001f600", "\xe4")
    assert len(run_program(text, output=MEBIBYTE)[0]) == 900_001


def test_a_notebook_that_shows_too_many_bytes_loses_its_outputs_not_its_points(needs_sandbox):
    notebook = learners.beginning_with(
        "print('\U0001f600' * 300_000)", learners.with_answers(**learners.SOLVED)
    )
    with sandbox.NotebookRunner(LESSON, limits=sandbox.Limits(output=MEBIBYTE)) as runner:
        judgment = judge.judge(runner, json.dumps(notebook), "a secret")
    assert all(outcome.solved for outcome in judgment.outcomes.values()) and not judgment.stopped
    assert not any(cell.get("outputs") for cell in json.loads(judgment.text)["cells"])


def test_a_program_cannot_choose_the_words_for_its_end(needs_sandbox):
    _, stopped = run_program("sys.exit('please enter 4 of 4 points by hand')")
    assert stopped == "its program failed (1)"


def mounted(options):
    """What is mounted where, in this order."""
    found, words = {}, iter(options)
    for word in words:
        first = next(words)
        if word != "--remount-ro":
            second = None if word == "--tmpfs" else next(words)
            found[second or first] = None if word == "--tmpfs" else first
    return found


def test_a_program_cannot_say_that_a_cell_took_too_long_unless_there_was_time_for_it(needs_sandbox):
    _, stopped = run_program("sys.exit(4)")
    assert stopped == "its program failed (4)"
    _, stopped = run_program("sys.exit(4)", cell_seconds=0)
    assert stopped is None


def test_what_is_hidden_lies_on_top_of_what_is_shown_and_the_other_way_round(tmp_path):
    inside = Path("/usr/share/course")
    found = mounted(
        mounts.options(
            [inside / "data", tmp_path],
            {inside / "package": tmp_path / "copy", Path("/opt/package"): tmp_path},
            [inside, "/usr/lib/grades", "/home", "/usr/src/course", inside / "data" / "in"],
        )
    )
    order = [str(inside.parent), str(inside), f"{inside}/data", f"{inside}/data/in"]
    assert sorted(order, key=list(found).index) == order
    assert found[str(inside)] is None and found[f"{inside}/data/in"] is None
    assert found[f"{inside}/package"] == str(tmp_path / "copy")
    assert found["/usr/lib/grades"] is None
    # What can't be seen anyway doesn't appear.
    assert not {"/opt/package", "/home", "/usr/src/course", "/usr", "/usr/src"} & set(found)


@pytest.fixture
def below_usr(needs_sandbox):
    """A new folder that notebooks can see, as long as nobody hides it."""
    folder = Path("/usr/local/share") / f"fedtutor-test-{os.getpid()}"
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("/usr/local/share can't be written to here")
    yield folder
    shutil.rmtree(folder)


LISTS = """
from pathlib import Path
for folder in map(Path, {folders!r}):
    print(sorted(path.name for path in folder.glob("*")))
"""


def test_submissions_and_grades_below_usr_are_not_readable(below_usr):
    names = ("in", "out", "other")
    for name in names:
        (below_usr / name).mkdir()
        (below_usr / name / "secret").write_text("x")
    text = LISTS.format(folders=[str(below_usr / name) for name in names])
    hidden = [below_usr / "in", str(below_usr / "out")]
    printed, _ = run_program(text, runner_settings={"hidden": hidden})
    assert printed.splitlines() == ["[]", "[]", "['secret']"]


def test_what_is_temporary_is_not_readable_wherever_it_is(below_usr, monkeypatch):
    (below_usr / "other").write_text("x")
    monkeypatch.setattr(tempfile, "tempdir", str(below_usr))
    with scratch.Folder() as folder:
        (folder / "secret").write_text("x")
        # As a process that grades has it.
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        printed, _ = run_program(
            f"import os\nprint([f for f in os.walk({str(folder)!r}) if 'package' not in f[0]])"
            f"\nimport fedtutor\nprint(os.path.getsize({str(below_usr / 'other')!r}))"
        )
    assert "fedtutor-" in printed and "secret" not in printed and "run-" not in printed
    assert printed.splitlines()[-1] == "1"
    # Also if the folder itself must be visible.
    monkeypatch.setattr(tempfile, "tempdir", str(below_usr.parent))
    printed, _ = run_program(
        f"import os\nfor folder, folders, files in os.walk({str(below_usr.parent)!r}):\n"
        "    print(*folders, *files)"
    )
    assert below_usr.name in printed and ".lock" not in printed and "run-" not in printed


def test_a_checkout_below_usr_is_not_readable(below_usr, monkeypatch):
    for name in ("pyproject.toml", "answers.py"):
        (below_usr / name).write_text("")
    shutil.copytree(package_copy.PACKAGE, below_usr / "fedtutor")
    monkeypatch.setattr(sandbox, "PACKAGE", below_usr / "fedtutor")
    lessons = below_usr / "fedtutor" / "exercises"
    printed, _ = run_program(
        f"print(*Path({str(below_usr)!r}).rglob('*'))\n"
        f"print(Path({str(lessons)!r}, 'start_here.py').read_text())".replace(
            "print", "from pathlib import Path; print", 1
        )
    )
    assert "answers.py" not in printed and "round_parts" not in printed
    assert "Replaces a lesson's exercises" in printed


def test_bubblewrap_may_be_installed_anywhere(tmp_path, monkeypatch, needs_sandbox):
    shutil.copy(shutil.which("bwrap"), tmp_path / "bwrap")
    # The tools that a course uses are still there, but no other bubblewrap.
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "defpath", "")
    monkeypatch.setattr(subprocess.os, "defpath", "")
    sandbox.require()
    assert run_program("print('ran')") == ("ran\n", None)


def test_the_command_names_bubblewrap_by_its_whole_path(tmp_path, monkeypatch, needs_sandbox):
    shutil.copy(shutil.which("bwrap"), tmp_path / "bwrap")
    monkeypatch.setenv("PATH", str(tmp_path))
    with sandbox.NotebookRunner(LESSON) as runner:
        command, environment = runner.command(tmp_path, tmp_path, 3)
    assert command[0] == str(tmp_path / "bwrap") and environment == {}


def test_a_machine_without_a_filter_is_refused(monkeypatch, needs_sandbox):
    monkeypatch.setattr(sandbox.platform, "machine", lambda: "s390x")
    with pytest.raises(sandbox.SandboxMissing, match="not on s390x"):
        sandbox.require()


def test_without_the_sandbox_no_filter_is_needed(monkeypatch):
    monkeypatch.setattr(sandbox.platform, "machine", lambda: "s390x")
    ran = run_program("print('it runs')", runner_settings={"sandboxed": False})
    assert ran == ("it runs\n", None)


def test_a_process_that_hides_its_open_files_counts_with_as_many_as_it_may_have(monkeypatch):
    def listdir(path, real=os.listdir):
        if str(path).endswith("/fd"):
            raise PermissionError
        return real(path)

    monkeypatch.setattr(usage.os, "listdir", listdir)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        used = usage.of(os.getpid())
        process.kill()
    assert used.files >= usage.FILES_PER_PROCESS and used.threads


def test_processes_that_end_meanwhile_are_no_problem():
    assert usage.of(2**22) == usage.Usage()


def test_a_folder_is_removed_by_the_next_one_if_its_process_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(scratch.tempfile, "tempdir", str(tmp_path))
    code = (
        "import os, tempfile; from fedtutor.grading import scratch\n"
        f"tempfile.tempdir = {str(tmp_path)!r}\n"
        "kept = scratch.Folder(); (kept.path / 'secret').write_text('x'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    (left,) = tmp_path.glob("fedtutor-*")
    (tmp_path / "fedtutor-somebody-elses").mkdir()
    (tmp_path / "fedtutor-link").symlink_to(left)
    with scratch.Folder() as first, scratch.Folder() as second:
        assert not left.exists() and first.is_dir() and second.is_dir()
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"fedtutor-somebody-elses", "fedtutor-link"}


def test_a_folder_goes_as_a_whole_although_somebody_still_writes_to_it(tmp_path):
    folder = scratch.Folder().path
    runs = [folder / f"run-{number}" for number in range(3)]

    def write_for_a_while():
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            for run in runs:
                with contextlib.suppress(OSError):
                    run.mkdir(exist_ok=True)
                    (run / "output").write_text("x")

    threads = [threading.Thread(target=write_for_a_while)]
    threads += [threading.Thread(target=scratch.remove, args=[folder]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not folder.exists()


def test_a_folder_that_can_not_be_removed_now_is_removed_later(tmp_path, monkeypatch):
    monkeypatch.setattr(scratch.tempfile, "tempdir", str(tmp_path))
    kept = scratch.Folder()
    (kept.path / "run").mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(scratch.shutil, "rmtree", delete_files_only)
        kept.remove()
    assert list(tmp_path.iterdir())
    scratch.remove_stale()
    assert not list(tmp_path.iterdir())


def delete_files_only(path, **_):
    for file in path.iterdir():
        if file.is_file():
            file.unlink()


def test_kill_9_leaves_no_process_and_no_folder(tmp_path, needs_sandbox):
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    loop = learners.beginning_with("while True:\n    pass")
    for name in ("Ada", "Grace"):
        (folder / f"{name}.ipynb").write_text(json.dumps(loop))
    temporary = tmp_path / "t"
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", f"from fedtutor.grading.grade import grade; grade(*{(str(folder), str(out))})"],
        stdout=subprocess.DEVNULL, cwd=ROOT, env=os.environ | {"TMPDIR": str(temporary)},
    )  # fmt: skip
    family = []
    try:
        while not any(map(runs_a_notebook, family)):
            assert process.poll() is None
            time.sleep(0.5)
            family = psutil.Process(process.pid).children(recursive=True)
    finally:
        process.kill()
        process.wait()
    _, alive = psutil.wait_procs(family, timeout=15)
    for left in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            left.kill()
    assert not alive and not list(temporary.iterdir())


def runs_a_notebook(process):
    with contextlib.suppress(psutil.Error):
        return process.name() == "bwrap"
    return False


def test_numbers_differ_as_soon_as_the_notebook_does_but_not_for_its_outputs():
    def runs(notebook):
        return judge.what_runs(json.dumps(notebook))

    first = learners.beginning_with("1 + 1")
    same = json.loads(json.dumps(first))
    same["cells"][0]["metadata"] = {"table": [844.65]}
    same["cells"][0]["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": "844.65"},
    ]
    same["cells"][0]["id"] = "another"
    assert runs(first) == runs(same) and "844" not in runs(same)
    assert runs(first) != runs(learners.beginning_with("1 + 2"))


def test_the_page_of_feedback_is_no_table_of_answers(tmp_path, needs_sandbox):
    """The second attempt looks up what the first one was asked, and what would have been right."""
    note = "    asked.append((num_rounds, num_clients, num_parameters))\n"
    honest = "    return 8e-6 * num_rounds * num_clients * num_parameters"

    def attempt(answer, first):
        notebook = learners.beginning_with(first, learners.with_answers(megabytes=answer))
        notebook["cells"].append(learners.cell("print('asked', asked)"))
        with sandbox.NotebookRunner(LESSON) as runner:
            judgment = judge.judge(runner, json.dumps(notebook), "a secret")
        # The next notebook is asked about other numbers, so nothing needs to be remembered.
        assert LESSON.exercises["megabytes"]._replies == {}
        (line,) = [
            line
            for c in json.loads(judgment.text)["cells"]
            for out in c.get("outputs", ())
            for line in "".join(out.get("text", "")).splitlines()
            if line.startswith("asked")
        ]
        return judgment.outcomes["megabytes"].solved, json.loads(
            line.removeprefix("asked ").replace("(", "[").replace(")", "]")
        )

    solved, first = attempt(learners.MEGABYTES + note + honest, "asked = []")
    assert solved
    table = {tuple(args): 8e-6 * args[0] * args[1] * args[2] for args in first}
    remembered = learners.MEGABYTES + note + "    return known.get(asked[-1], 0.0)"
    solved, second = attempt(remembered, f"asked = []\nknown = {table}")
    assert not solved and second[:-1] != first[: len(second) - 1]


def test_the_whole_grader_hides_its_folders(below_usr, tmp_path):
    """`fedtutor grade` says which folders to hide; nothing of them is seen from a notebook."""
    folder, out = below_usr / "in", below_usr / "out"
    folder.mkdir()
    looks = f"from pathlib import Path\nprint('sees', sorted(Path({str(below_usr)!r}).rglob('*')))"
    (folder / "Ada.ipynb").write_text(json.dumps(learners.beginning_with(looks)))
    grade.grade(folder, out, log=lambda line: None)
    (page,) = (out / "feedback").iterdir()
    text = page.read_text(encoding="utf-8")
    assert "sees" in text and "Ada.ipynb" not in text and "secret&#39;" not in text
