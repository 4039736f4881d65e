"""The one error class of the sandbox."""


class SandboxError(Exception):
    """A sandbox.yaml, a fault or a setting is wrong. The message names the place and what was expected."""
