"""What can go wrong, in five families: a caller catches a family, a person reads the sentence.

Each message says what was expected, what was found and what to do next, and never holds a secret.
"""


class MinshengError(Exception):
    """The root of the families below; `str(error)` is one sentence for a person.

    Attributes:
        message: the sentence without the place.
    """

    def __init__(self, message: str = "", *, place: str | None = None) -> None:
        """Make an error.

        Args:
            message: the sentence.
            place: the dataset, or the file, that it is about; it stands before the sentence.
        """
        super().__init__(f"{place}: {message}" if place else message)
        self.message = message


class DeclarationError(MinshengError):
    """A steward's file says something that cannot be; names file, key, what was expected, what to write."""


class SourceError(MinshengError):
    """The agency's side: what it answered is not data, or it did not answer."""


class StoreError(MinshengError):
    """The object store did not do what was asked, or does not keep its promises."""


class IntegrityError(MinshengError):
    """Bytes, hashes or the chain of releases are not what a document says."""


class DecisionError(MinshengError):
    """A steward's decision, or a command, cannot be carried out as things stand."""
