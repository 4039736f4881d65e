"""Each family of errors is a reason of its own; what the message quotes is for stewards."""

import pytest
from reasons import CHECK, SECRET

from catalog.errors import (
    DecisionError,
    DeclarationError,
    IntegrityError,
    MinshengError,
    SourceError,
    StoreError,
)
from catalog.reasons.faults import UnfitDeclaration, of_error
from catalog.reasons.sentences import sentence
from catalog.reasons.values import DeclarationBlocks, Fault


@pytest.mark.parametrize(
    ("error", "family"),
    [
        (DeclarationError(SECRET, place="rivers"), "declaration"),
        (SourceError(SECRET, place="rivers"), "source"),
        (StoreError(SECRET), "store"),
        (IntegrityError(SECRET), "integrity"),
        (DecisionError(SECRET), "decision"),
        (MinshengError(SECRET), "software"),
    ],
)
def test_a_family_is_a_reason(error: MinshengError, family: str):
    reason = of_error(error)
    assert reason == Fault(of=family, detail=SECRET)  # type: ignore[arg-type]
    software = "a fault of the software, please report it: " if family == "software" else ""
    assert sentence(reason) == f"{software}{SECRET}"
    assert SECRET not in sentence(reason.public()) + sentence(reason.public(), "zh-TW")


def test_any_other_error_is_a_fault_of_the_software():
    reason = of_error(ValueError(SECRET))
    assert reason == Fault(of="software", detail=f"ValueError: {SECRET}")
    assert sentence(reason.public()) == "a fault of the software, please report it"


def test_a_declaration_that_does_not_fit_says_why():
    reason = DeclarationBlocks(reasons=(CHECK,))
    error = UnfitDeclaration("rivers", reason)
    assert of_error(error) == reason
    assert str(error) == f"rivers: {sentence(reason)}"


def test_the_place_stands_before_the_sentence_and_apart_from_it():
    assert (str(StoreError("a", place="rivers")), StoreError("a", place="rivers").message) == ("rivers: a", "a")
    assert (str(StoreError("a")), StoreError("a").message) == ("a", "a")
