#!/bin/sh
# Makes the course's environment in .venv from uv.lock. With `lock` it writes uv.lock; with `colab` it
# makes an environment like Colab's in .venv-colab. `make` calls it; it can also be run by hand.
#
# It is a shell script because a machine that can run `make` has a shell, and because its first duty is
# to say what is missing, which may be Python itself. On Windows, tools/laptop.py does the same.
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

# The value of a quoted entry of pyproject.toml.
from_pyproject() {
    sed -n "s/^$1 = \"\(.*\)\".*/\1/p" pyproject.toml
}

# -- the machine ------------------------------------------------------------------------------------
# What TensorFlow has packages for. It is better to say so now than after a download of 1 GB.

colab="$(from_pyproject Repository | sed 's|https://github.com|https://colab.research.google.com/github|')"
colab="Use Google Colab, in any browser: $colab/blob/lessons/notebooks/00_start_here.ipynb"
system="$(uname -s)"
processor="$(uname -m)"

case "$system" in
    Linux) ;;
    Darwin)
        [ "$processor" = arm64 ] ||
            stop "This Mac has an Intel processor, and TensorFlow is no longer built for those." "$colab" ;;
    MINGW* | MSYS* | CYGWIN* | Windows*)
        stop "This is Windows. Instead of make, run 'py -3.13 tools\\laptop.py' in this folder." \
            "Or use WSL2: run 'wsl --install' in PowerShell, restart, and run make in the Ubuntu that it opens." \
            "Or $(printf '%s' "$colab" | sed 's/^Use/use/')" ;;
    *)
        stop "This is $system, and TensorFlow is not built for it." "$colab" ;;
esac

if [ "$system" = Linux ]; then

case "$processor" in
    x86_64 | amd64 | aarch64) ;;
    *) stop "This processor is $processor, and TensorFlow is built for x86-64 and aarch64 only." "$colab" ;;
esac

if [ "$processor" != aarch64 ] && [ -r /proc/cpuinfo ] && ! grep -qw avx /proc/cpuinfo; then
    stop "This processor has no AVX instructions, and TensorFlow needs them." "$colab"
fi

# TFF's worker asks for glibc 2.31. Alpine and similar systems have another C library.
glibc="$(getconf GNU_LIBC_VERSION 2>/dev/null | sed -n 's/^glibc 2\.\([0-9]*\).*/\1/p')"
if [ -z "$glibc" ] || [ "$glibc" -lt 31 ]; then
    stop "The course needs a Linux with glibc 2.31 or newer (Ubuntu 20.04, Debian 11, Fedora 32, or later)." "$colab"
fi

fi

# -- uv ---------------------------------------------------------------------------------------------
# It installs the locked environment. Yours is used if it is new enough, otherwise a private one in .uv.

uv_wanted="$(from_pyproject required-version)"

new_enough() {
    # uv reads required-version itself, and refuses to work if it doesn't meet it.
    "$1" export --quiet --frozen --only-group dev >/dev/null 2>&1
}

can_fetch_uv() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null
}

fetch_uv() {
    python=
    for candidate in python3 python3.13 python3.12 python3.11 python3.10 python3.9 python3.8; do
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
        # Debian's python3 lacks ensurepip; a folder of packages needs no venv.
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

find_uv() {
    if command -v uv >/dev/null && new_enough uv; then
        uv=uv
    else
        uv=.uv/bin/uv
        { [ -x "$uv" ] && new_enough "$uv"; } || fetch_uv
    fi
}

find_uv

if [ "${1:-}" = lock ]; then
    exec "$uv" lock
fi

# -- Python -----------------------------------------------------------------------------------------
# pyenv's, the system's, or one that uv downloads: 3.13, as Colab has, or 3.12. A pyenv shim can be on
# PATH and lead nowhere, and a Python built by hand can lack parts that Jupyter imports, so each is
# tried before it is used.

works() {
    "$1" -c "import sys, bz2, ctypes, lzma, sqlite3, ssl
sys.exit('%d.%d' % sys.version_info[:2] != '$2')" 2>/dev/null
}

find_python() {
    for version in "$@"; do
        for python in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version".*/bin/"python$version" "python$version" python3; do
            if works "$python" "$version"; then
                return
            fi
        done
    done
    python=
}

if [ "${1:-}" = colab ]; then
    find_python 3.13
else
    find_python 3.13 3.12
fi
if [ -z "$python" ]; then
    say "No Python 3.13 here: asking uv for one ..."
    "$uv" python install 3.13 ||
        stop "Python 3.13 or 3.12 is needed, was not found, and could not be downloaded: the message above is uv's own." \
            "Install it yourself, then run make again. Any of these will do:" \
            "    pyenv install 3.13" \
            "    sudo apt-get install python3.13    (on Ubuntu with the deadsnakes PPA)" \
            "    sudo dnf install python3.13        (Fedora, RHEL)" \
            "    brew install python@3.13           (macOS)"
    python="$("$uv" python find 3.13)"
fi

# -- the environment --------------------------------------------------------------------------------
# Where Python may not keep what it compiles, it compiles TensorFlow each time that a program imports it:
# 22 seconds instead of 6 on a slow machine, and about 70 times in `make test`. There, the installer
# compiles everything once.
compile="${PYTHONDONTWRITEBYTECODE:+--compile-bytecode}"

if [ "${1:-}" = colab ]; then
    say "Making an environment like Colab's in .venv-colab (the first time downloads about 1 GB) ..."
    # --no-config: Colab knows nothing of what pyproject.toml tells uv.
    "$uv" venv --quiet --clear --seed --python "$python" .venv-colab &&
        "$uv" pip install --quiet --no-config --python .venv-colab/bin/python -r tests/colab.txt $compile ||
        stop "The environment could not be installed: the message above is uv's own."
    exit
fi

say "Installing the locked environment into .venv (the first time downloads about 1 GB) ..."
if ! UV_PROJECT_ENVIRONMENT=.venv "$uv" sync --locked --all-extras --all-groups --python "$python" $compile; then
    "$uv" lock --check --offline >/dev/null 2>&1 ||
        stop "pyproject.toml asks for something that uv.lock does not hold: run 'make lock'."
    stop "The environment could not be installed: the message above is uv's own." \
        "This step needs a connection to Python's package index and 3 GB of free disk; when they are there, run make again."
fi

# TFF's wheel is for Linux on x86-64. Elsewhere its Python files are installed, without its worker.
.venv/bin/python -m fedtutor.install || exit
