"""The one family of errors of the sandbox: somebody told it something that it cannot do."""


class SandboxError(Exception):
    """A sandbox.yaml, a fault or a setting is wrong; the sentence names the place and what was expected."""
