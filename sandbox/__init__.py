"""The sandbox: a stand-in for the agencies over real HTTP, with their protocols and faults. All data are made up."""

from sandbox.errors import SandboxError
from sandbox.server import Sandbox

__all__ = ["Sandbox", "SandboxError"]
