#!/bin/sh
# Makes the course's environment in .venv; with `lock`, writes uv.lock anew; with `colab`, makes one
# like Colab's in .venv-colab. `make` calls it; it can also be run by hand.
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
# The locked environment is for Linux on x86-64. A Mac gets the one for laptops, and so does Windows,
# where `make` is seldom at hand. Better said now than after a download of 1 GB.

colab="$(from_pyproject Repository | sed 's|https://github.com|https://colab.research.google.com/github|')"
colab="Use Google Colab, in any browser: $colab/blob/main/notebooks/00_start_here.ipynb"
system="$(uname -s)"
processor="$(uname -m)"

case "$system" in
    Linux) ;;
    Darwin)
        [ "$processor" = arm64 ] ||
            stop "This Mac has an Intel processor, and TensorFlow is no longer built for those." "$colab" ;;
    MINGW* | MSYS* | CYGWIN* | Windows*)
        stop "This is Windows, where make is not the way: run 'py -3.13 tools\\laptop.py' in this folder." \
            "Or use WSL2: run 'wsl --install' in PowerShell, restart, and run make in the Ubuntu that it opens." \
            "Or $(printf '%s' "$colab" | sed 's/^Use/use/')" ;;
    *)
        stop "This is $system, and TensorFlow is not built for it." "$colab" ;;
esac

if [ "$system" = Linux ]; then

case "$processor" in
    x86_64 | amd64) ;;
    aarch64)
        stop "This processor is $processor, and the locked environment is for x86-64." \
            "Run 'python3.13 tools/laptop.py' in this folder, or" \
            "$(printf '%s' "$colab" | sed 's/^Use/use/')" ;;
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

find_uv() {
    if command -v uv >/dev/null && new_enough uv; then
        uv=uv
    else
        uv=.uv/bin/uv
        { [ -x "$uv" ] && new_enough "$uv"; } || fetch_uv
    fi
}

# Without a lock, pip does; then uv is only called where there is no Python.
[ "$system" = Darwin ] && [ -z "${1:-}" ] || find_uv

if [ "${1:-}" = lock ]; then
    exec "$uv" lock
fi

# -- Python -----------------------------------------------------------------------------------------
# pyenv's, the system's, or one that uv downloads. A pyenv shim can be on PATH and lead nowhere, and a
# Python built by hand can lack parts that Jupyter imports: so each is tried before it is taken.

case "$system-${1:-}" in
    Linux-) wanted=3.11 ;;
    *) wanted=3.13 ;;
esac

works() {
    "$1" -c "import sys, bz2, ctypes, lzma, sqlite3, ssl
sys.exit('%d.%d' % sys.version_info[:2] != '$wanted')" 2>/dev/null
}

python=
for candidate in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$wanted".*/bin/"python$wanted" "python$wanted" python3; do
    if works "$candidate"; then
        python="$candidate"
        break
    fi
done
if [ -z "$python" ]; then
    say "No Python $wanted here: asking uv for one ..."
    find_uv
    "$uv" python install "$wanted" ||
        stop "Python $wanted is needed, was not found, and could not be downloaded: the message above is uv's own." \
            "Install it yourself, then run make again. Any of these will do:" \
            "    pyenv install $wanted" \
            "    sudo apt-get install python$wanted    (on Ubuntu with the deadsnakes PPA)" \
            "    sudo dnf install python$wanted        (Fedora, RHEL)" \
            "    brew install python@$wanted           (macOS)"
    python="$("$uv" python find "$wanted")"
fi

# -- the environment --------------------------------------------------------------------------------

if [ "${1:-}" = colab ]; then
    say "Making an environment like Colab's in .venv-colab (the first time downloads about 1 GB) ..."
    # Without the overrides of pyproject.toml, which are for the lock.
    "$uv" venv --quiet --clear --seed --python "$python" .venv-colab &&
        "$uv" pip install --quiet --no-config --python .venv-colab/bin/python -r tests/colab.txt ||
        stop "The environment could not be installed: the message above is uv's own."
    exit
fi

if [ "$system" = Darwin ]; then
    exec "$python" tools/laptop.py --dev --no-lab
fi

say "Installing the locked environment into .venv (the first time downloads about 1 GB) ..."
if ! UV_PROJECT_ENVIRONMENT=.venv "$uv" sync --locked --all-extras --all-groups --python "$python"; then
    "$uv" lock --check --offline >/dev/null 2>&1 ||
        stop "pyproject.toml asks for something that uv.lock does not hold: run 'make lock'."
    stop "The environment could not be installed: the message above is uv's own." \
        "This step needs a connection to Python's package index and 3 GB of free disk; when they are there, run make again."
fi
