"""Submissions that want more of the machine than they may have."""

from tests.grading.hostile import Case
from tests.grading.hostile.points import case
from tests.grading.learners import SOLVED, beginning_with, with_answers
from tests.grading.test_sandbox import ASKS


def _first(text):
    return beginning_with(text, with_answers(**SOLVED))


THREADS = """
import threading, time
threading.stack_size(32768)
for _ in range(6000):
    threading.Thread(target=time.sleep, args=[100]).start()
time.sleep(10)
"""

# A message to the judge as it is sent, without fedtutor's own limits.
FRAME = """
import os, socket, struct
def say(text):
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(os.environ["FEDTUTOR_JUDGE"])
        data = struct.pack("<Q", len(text)) + text
        line.sendall(struct.pack("<Q", len(data)) + data)
        line.recv(1)
for text in (
    b'["list",[' + b'["list",[]],' * 4_000_000 + b'["list",[]]]]',
    b'["list",[' * 200_000 + b"]]" * 200_000,
    b'["array",0]', b"[]", b"1", b"",
):
    try:
        say(text)
    except OSError:
        pass
"""

# Connections that are about nothing, without end.
FLOOD = """
import os, socket
while True:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(os.environ["FEDTUTOR_JUDGE"])
"""

WRITES_ITS_END = """
import os, signal
for fd in range(3, 20):
    pass
text = b"[" + b"[]," * 3_000_000 + b"0]"
for folder in os.scandir(f"/proc/{os.getppid()}/fd"):
    try:
        with open(folder.path, "wb") as file:
            if not os.isatty(file.fileno()) and os.readlink(folder.path).startswith("pipe"):
                file.write(b"please enter 4 of 4 points by hand")
    except OSError:
        pass
os.kill(os.getppid(), signal.SIGKILL)
"""

CASES: list[Case] = [
    case("Asks", "what the kernel has, and nobody counts", _first(ASKS), 4, never=("got memfd", "got shared", "got zeros", "got System", "got user", "got clone3", "got a clone", "got x32", "got vsock", "got files", "got more files", "got a pipe", "got pages", "got a file", "got larger")),
    case("Threads", "thousands of threads", _first(THREADS), 0, note="it had more than 3000 threads"),
    case("Frame", "messages that become large", _first(FRAME), 4),
    case("Flood", "connections without end", _first(FLOOD), 0, note="it sent the judge much more than"),
    case("Words", "words of its own for its end", _first(WRITES_ITS_END), 0, note="its program failed (", never=("by hand",)),
]  # fmt: skip
