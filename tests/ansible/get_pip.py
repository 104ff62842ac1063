"""Puts pip into an environment that has none, from the wheel that Python carries and then from the package index."""
import subprocess
import sys

OF_GET_PIP = {"--no-setuptools", "--no-wheel"}

subprocess.check_call([sys.executable, "-m", "ensurepip"], stdout=subprocess.DEVNULL)
wanted = [word for word in sys.argv[1:] if word not in OF_GET_PIP]
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", *wanted]))
