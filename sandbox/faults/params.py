"""What every fault can be told: which of the requests that it could meet it does meet."""

from pydantic import Field

from sandbox.messages import Strict


class Params(Strict):
    """Parameters that all faults have."""

    skip: int = Field(default=0, ge=0)
    """So many requests are answered well first."""
    times: int | None = Field(default=None, ge=0)
    """So many requests meet the fault, those after it are answered well; unsaid: all."""

    def meets(self, number: int) -> bool:
        """Say whether the fault is met by the request of this number, counted from 0 since it was set."""
        return number >= self.skip and (self.times is None or number < self.skip + self.times)


class Nothing(Params):
    """No parameters of its own."""
