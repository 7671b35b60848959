#!/bin/sh
# Makes the course's environment in .venv; with `lock`, writes uv.lock anew. `make` calls it; it can
# also be run by hand.
#
# A shell script, because a machine that can run `make` has a shell, and because its first duty is to
# tell what is missing, which may be Python itself.
set -eu
cd "$(dirname "$0")/.."

say() {
    printf '%s\n' "$*" >&2
}

stop() {
    say
    for line in "$@"; do say "$line"; done
    exit 1
}

# Value of a quoted entry of pyproject.toml, which is the one place that holds it.
from_pyproject() {
    sed -n "s/^$1 = \"\(.*\)\".*/\1/p" pyproject.toml
}

# -- the machine ------------------------------------------------------------------------------------
# TensorFlow Federated is built for Linux on x86-64 and for nothing else. Better said now than after
# a download of 1 GB.

colab="$(from_pyproject Repository | sed 's|https://github.com|https://colab.research.google.com/github|')"
colab="Use Google Colab, in any browser: $colab/blob/main/notebooks/00_start_here.ipynb"
system="$(uname -s)"
processor="$(uname -m)"

case "$system" in
    Linux) ;;
    Darwin)
        stop "This is macOS; TensorFlow Federated runs on Linux only." "$colab" ;;
    MINGW* | MSYS* | CYGWIN* | Windows*)
        stop "This is Windows; TensorFlow Federated runs on Linux only." \
            "Either use WSL2: run 'wsl --install' in PowerShell, restart, and run make in the Ubuntu that it opens." \
            "Or $(printf '%s' "$colab" | sed 's/^Use/use/')" ;;
    *)
        stop "This is $system; TensorFlow Federated runs on Linux only." "$colab" ;;
esac

case "$processor" in
    x86_64 | amd64) ;;
    *) stop "This processor is $processor; TensorFlow Federated is built for x86-64 only." "$colab" ;;
esac

if [ -r /proc/cpuinfo ] && ! grep -qw avx /proc/cpuinfo; then
    stop "This processor has no AVX instructions, and TensorFlow needs them." "$colab"
fi

# The wheel asks for glibc 2.31. Alpine and its like have another C library.
glibc="$(getconf GNU_LIBC_VERSION 2>/dev/null | sed -n 's/^glibc 2\.\([0-9]*\).*/\1/p')"
if [ -z "$glibc" ] || [ "$glibc" -lt 31 ]; then
    stop "TensorFlow Federated needs a Linux with glibc 2.31 or newer (Ubuntu 20.04, Debian 11, Fedora 32, or later)." "$colab"
fi

# -- uv ---------------------------------------------------------------------------------------------
# It installs the locked environment. Yours if it is new enough, else a private one in .uv.

uv_wanted="$(from_pyproject required-version)"

new_enough() {
    # uv itself reads required-version here, and refuses to work where it does not meet it.
    "$1" export --quiet --frozen --only-group dev >/dev/null 2>&1
}

can_fetch_uv() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null
}

fetch_uv() {
    python=
    for candidate in python3 python3.11 python3.12 python3.13 python3.10 python3.9 python3.8; do
        if can_fetch_uv "$candidate"; then
            python="$candidate"
            break
        fi
    done
    [ -n "$python" ] || stop "No Python 3.8 or newer was found, and one is needed to fetch the installer uv." \
        "Install one (on Debian and Ubuntu: sudo apt-get install python3-venv; on Fedora: sudo dnf install python3), then run make again."

    say "Fetching uv, the installer, into .uv ..."
    rm -rf .uv
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        "$python" -m venv .uv &&
            .uv/bin/python -m pip install --quiet --disable-pip-version-check "uv$uv_wanted" &&
            return
    elif "$python" -m pip --version >/dev/null 2>&1; then
        # Debian leaves ensurepip out of python3; a folder of packages needs no venv.
        "$python" -m pip install --quiet --disable-pip-version-check --target .uv "uv$uv_wanted" &&
            return
    else
        stop "$python has neither venv nor pip, and one of them is needed to fetch the installer uv." \
            "Install it (on Debian and Ubuntu: sudo apt-get install python3-venv; on Fedora: sudo dnf install python3-pip), then run make again."
    fi
    rm -rf .uv
    stop "uv could not be fetched: the message above is pip's own." \
        "This step needs a connection to Python's package index and 100 MB of free disk; when they are there, run make again."
}

if command -v uv >/dev/null && new_enough uv; then
    uv=uv
else
    uv=.uv/bin/uv
    { [ -x "$uv" ] && new_enough "$uv"; } || fetch_uv
fi

if [ "${1:-}" = lock ]; then
    exec "$uv" lock
fi

# -- Python 3.11 ------------------------------------------------------------------------------------
# pyenv's, the system's, or one that uv downloads. A pyenv shim can be on PATH and lead nowhere, and a
# Python built by hand can lack parts that Jupyter imports: so each is tried before it is taken.

works() {
    "$1" -c 'import sys, bz2, ctypes, lzma, sqlite3, ssl; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null
}

python=
for candidate in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.11.*/bin/python3.11 python3.11 python3; do
    if works "$candidate"; then
        python="$candidate"
        break
    fi
done
if [ -z "$python" ]; then
    say "No Python 3.11 here: asking uv for one ..."
    "$uv" python install 3.11 ||
        stop "Python 3.11 is needed, was not found, and could not be downloaded: the message above is uv's own." \
            "Install it yourself, then run make again. Any of these will do:" \
            "    pyenv install 3.11" \
            "    sudo apt-get install python3.11    (Debian 12, Ubuntu 22.04; newer ones with the deadsnakes PPA)" \
            "    sudo dnf install python3.11        (Fedora, RHEL)"
    python=3.11
fi

# -- the environment --------------------------------------------------------------------------------

say "Installing the locked environment into .venv (the first time downloads about 1 GB) ..."
if ! UV_PROJECT_ENVIRONMENT=.venv "$uv" sync --locked --all-extras --all-groups --python "$python"; then
    "$uv" lock --check --offline >/dev/null 2>&1 ||
        stop "pyproject.toml asks for something that uv.lock does not hold: run 'make lock'."
    stop "The environment could not be installed: the message above is uv's own." \
        "This step needs a connection to Python's package index and 3 GB of free disk; when they are there, run make again."
fi
