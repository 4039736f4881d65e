"""The parameters that all faults have: which requests meet the fault."""

from pydantic import Field

from sandbox.messages import StrictModel


class FaultParams(StrictModel):
    """Parameters of every fault."""

    skip: int = Field(default=0, ge=0)
    """Number of requests that are answered well before the fault begins."""
    times: int | None = Field(default=None, ge=0)
    """Number of requests that meet the fault. None: all."""

    def applies_to(self, request_number: int) -> bool:
        """Tell whether a request meets the fault. Requests are counted from 0 since the fault was set."""
        return request_number >= self.skip and (self.times is None or request_number < self.skip + self.times)


class NoParams(FaultParams):
    """No parameters of its own."""
