"""The agencies' protocols on loopback, over real HTTP, with their faults; everything it says is synthetic."""

from sandbox.errors import SandboxError
from sandbox.server import Sandbox

__all__ = ["Sandbox", "SandboxError"]
