"""What a notebook's processes may not ask the kernel for, as a filter for bubblewrap (seccomp).

The list is short. It forbids what would get around the sandbox's limits: memory that belongs neither to
one process nor to a folder, where nobody could count it, such as pages that only a pipe or a socket still
holds; larger buffers of sockets; threads with open files of their own; namespaces of their own, in which
they could mount more folders in memory; sockets that no network namespace keeps in; and cores that belong
to the notebook that is graded beside it. If root grades, it also keeps the rights of files as they are.
"""

import errno
import os
import platform
import struct

# The kernel's number for the processor, and the numbers of its calls.
_PROCESSORS = {
    "x86_64": (0xC000003E, {
        "mmap": 9, "shmget": 29, "sendfile": 40, "socket": 41, "setsockopt": 54, "clone": 56,
        "semget": 64, "msgget": 68, "sched_setaffinity": 203, "add_key": 248, "keyctl": 250, "unshare": 272,
        "splice": 275, "tee": 276, "vmsplice": 278, "perf_event_open": 298, "setns": 308, "memfd_create": 319,
        "bpf": 321, "userfaultfd": 323, "io_uring_setup": 425, "clone3": 435, "memfd_secret": 447,
    }),
    "aarch64": (0xC00000B7, {
        "mmap": 222, "shmget": 194, "sendfile": 71, "socket": 198, "setsockopt": 208, "clone": 220,
        "semget": 190, "msgget": 186, "sched_setaffinity": 122, "add_key": 217, "keyctl": 219, "unshare": 97,
        "splice": 76, "tee": 77, "vmsplice": 75, "perf_event_open": 241, "setns": 268, "memfd_create": 279,
        "bpf": 280, "userfaultfd": 282, "io_uring_setup": 425, "clone3": 435, "memfd_secret": 447,
    }),
}  # fmt: skip
# What changes the rights of a file, and what adds to them.
_RIGHTS = {
    "x86_64": ((90, 91, 268, 452), (188, 189, 190, 463)),  # chmod and its kin, setxattr and its kin
    "aarch64": ((52, 53, 452), (5, 6, 7, 463)),
}
# Shared memory without a file: it stays when no process has it in use any more.
_SHARED_ANONYMOUS = 0x21
# `clone` is how processes and threads begin. Only new user namespaces are forbidden, and threads with open
# files of their own, which nobody would count. The arguments of `clone3` can't be seen here. Without it,
# programs use `clone`.
_CLONE_NEWUSER, _CLONE_THREAD, _CLONE_FILES = 0x10000000, 0x10000, 0x400
_SOCKETS = (1, 2, 10, 16)  # AF_UNIX, AF_INET, AF_INET6, AF_NETLINK
# What a socket may hold: SO_SNDBUF, SO_RCVBUF, both with FORCE, and SO_ZEROCOPY.
_SOL_SOCKET, _BUFFERS = 1, (7, 8, 32, 33, 60)

_LOAD, _AND, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
_NUMBER, _PROCESSOR, _ARGUMENTS = 0, 4, 16  # places in what the filter looks at
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000


def is_known_processor() -> bool:
    """Say whether there is a filter for this machine's processor."""
    return platform.machine() in _PROCESSORS


def program() -> bytes:
    """Write the filter for this machine's processor.

    Returns:
        The program for bubblewrap's `--seccomp`: steps of a code, two distances to jump (if true, if
        false) and a value.

    Raises:
        KeyError: there is no filter for this processor.
    """
    processor, numbers = _PROCESSORS[platform.machine()]
    numbers = dict(numbers)
    clone, clone3, mmap, socket, setsockopt = map(
        numbers.pop, ("clone", "clone3", "mmap", "socket", "setsockopt")
    )
    steps = [
        (_LOAD, 0, 0, _PROCESSOR),
        (_EQUAL, 1, 0, processor),  # 32-bit calls have other numbers
        _fail(errno.ENOSYS),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, 0x40000000),  # so have "x32" calls
        _fail(errno.ENOSYS),
        (_EQUAL, 0, 1, clone3),
        _fail(errno.ENOSYS),
    ]
    refused = dict.fromkeys(numbers.values(), errno.EPERM)
    if os.stat(os.devnull).st_uid == os.geteuid():
        # Root grades. The devices in the sandbox are this machine's own, so their rights must stay. To
        # change rights seems to work, as otherwise no file could be copied.
        ignored, unknown = _RIGHTS[platform.machine()]
        refused |= dict.fromkeys(ignored, 0) | dict.fromkeys(unknown, errno.ENOTSUP)
    for number, error in refused.items():
        steps += [(_EQUAL, 0, 1, number), _fail(error)]
    steps += [
        (_EQUAL, 0, 6, clone),
        (_LOAD, 0, 0, _ARGUMENTS),
        (_ANY_BIT, 2, 0, _CLONE_NEWUSER),
        (_AND, 0, 0, _CLONE_THREAD | _CLONE_FILES),
        (_EQUAL, 0, 1, _CLONE_THREAD),
        _fail(errno.EPERM),
        (_RETURN, 0, 0, _ALLOW),
        (_EQUAL, 0, 5, mmap),
        (_LOAD, 0, 0, _ARGUMENTS + 3 * 8),
        (_AND, 0, 0, _SHARED_ANONYMOUS),
        (_EQUAL, 0, 1, _SHARED_ANONYMOUS),
        _fail(errno.ENOMEM),
        (_RETURN, 0, 0, _ALLOW),
        (_EQUAL, 0, len(_SOCKETS) + 3, socket),
        (_LOAD, 0, 0, _ARGUMENTS),
        *((_EQUAL, len(_SOCKETS) - place, 0, kind) for place, kind in enumerate(_SOCKETS)),
        _fail(errno.EAFNOSUPPORT),
        (_RETURN, 0, 0, _ALLOW),
        (_EQUAL, 0, len(_BUFFERS) + 3, setsockopt),
        (_LOAD, 0, 0, _ARGUMENTS + 1 * 8),
        (_EQUAL, 0, len(_BUFFERS) + 1, _SOL_SOCKET),
        (_LOAD, 0, 0, _ARGUMENTS + 2 * 8),
        *((_EQUAL, len(_BUFFERS) - place, 0, what) for place, what in enumerate(_BUFFERS)),
        (_RETURN, 0, 0, _ALLOW),
        _fail(0),  # ignored, as the kernel ignores what is too much
    ]
    return b"".join(struct.pack("<HBBI", *step) for step in steps)


def _fail(error):
    return _RETURN, 0, 0, _FAIL | error
