# @title Setup: in Colab, installs the course (about a minute); elsewhere, does nothing
import importlib.util
import os
import subprocess
import sys

if "COLAB_RELEASE_TAG" in os.environ:
    if importlib.util.find_spec("fedtutor") is None:
        print("Installing the course …", flush=True)
        course = "https://github.com/OWNER/fedtutor/archive/refs/heads/main.zip"
        course = os.environ.get("FEDTUTOR_SOURCE", course)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", course]
        done = subprocess.run(pip, capture_output=True, text=True)
        if done.returncode:
            advice = "Is there a connection? Then run this cell again."
            raise RuntimeError(f"pip could not install {course}. {advice}\n{done.stderr}")
        importlib.invalidate_caches()
    from fedtutor import install

    install.complete()
