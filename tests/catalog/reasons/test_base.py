"""What everyone may read is decided by how a field is marked."""

import datetime
from typing import Annotated, Any, Literal, get_args

import pydantic
import pytest
from reasons import EVERY, EXAMPLES, SECRET

from catalog.reasons.base import OWN_WORDS, STEWARDS, ForStewards, OwnWords, Told, Value
from catalog.reasons.sentences import LANGUAGES, sentence
from catalog.reasons.stored import public_json
from catalog.reasons.values import Blocked, CheckFailed, NotData


def kinds() -> set[type[Value]]:
    """Every kind of value there is, measures too."""

    def below(kind: type[Value]) -> set[type[Value]]:
        return {kind}.union(*(below(one) for one in kind.__subclasses__()))

    return {one for one in below(Value) if "kind" in one.__annotations__ and one is not Value}


def marks(annotation: Any, metadata: list[Any]) -> set[str]:
    """How the texts of a field are marked: one mark for each text that is not one of a closed list."""
    if annotation is str:
        return {mark for mark in (STEWARDS, OWN_WORDS) if mark in metadata} or {"none"}
    parts = get_args(annotation)
    if hasattr(annotation, "__metadata__"):
        return marks(parts[0], [*metadata, *annotation.__metadata__])
    words = [one for one in parts if isinstance(one, str)]
    return set() if words else {mark for one in parts for mark in marks(one, metadata)}


@pytest.mark.parametrize("kind", sorted(kinds(), key=lambda one: one.__name__))
def test_every_text_is_marked_as_ours_or_as_for_stewards(kind: type[Value]):
    for name, field in kind.model_fields.items():
        assert "none" not in marks(field.annotation, field.metadata), f"{name}: who wrote it? Mark it"
        if STEWARDS in field.metadata:
            assert not field.is_required(), f"{name}: the public view needs a value for it"


def test_a_class_that_does_not_say_who_wrote_a_field_cannot_be_made():
    """Each annotation is the only field of a class."""
    unsaid: list[Any] = [str, str | None, tuple[str, ...], dict[str, int], list[str], Any, object, bytes, tuple, dict]
    unsaid += [tuple[int | str, ...], Annotated[str, "a mark of another kind"], NotData | str, datetime.datetime]
    for annotation in unsaid:
        with pytest.raises(TypeError, match=r"Unsaid\.field: who wrote it\?"):
            type("Unsaid", (Told,), {"__annotations__": {"kind": Literal["unsaid"], "field": annotation}})
    with pytest.raises(TypeError, match="needs a default"):
        type("Unsaid", (Told,), {"__annotations__": {"field": ForStewards[str]}})
    for number, annotation in enumerate([int, float | None, OwnWords, tuple[OwnWords, ...], Literal["a"], NotData]):
        said = {"kind": f"said-{number}", "__annotations__": {"kind": Literal["said"], "field": annotation}}
        assert type("Said", (Value,), said)


def test_every_reason_has_an_example():
    assert {type(one) for one in EXAMPLES} == set(EVERY)


@pytest.mark.parametrize("reason", EXAMPLES, ids=lambda one: one.kind)
def test_the_public_view_holds_nothing_for_stewards(reason: Value):
    public = reason.public()
    assert SECRET not in public.model_dump_json()
    assert SECRET not in str(public_json([reason]))  # type: ignore[list-item]
    for language in LANGUAGES:
        said = sentence(public, language)  # type: ignore[arg-type]
        assert said
        assert SECRET not in said
    assert public.public() == public


def test_the_examples_do_hold_something_for_stewards():
    held = [one.kind for one in EXAMPLES if SECRET in one.model_dump_json()]
    assert len(held) > 8


def test_reasons_within_a_reason_are_shown_publicly_too():
    failed = CheckFailed(check="level.range", failed=1, rows=2, values=(SECRET,))
    assert Blocked(reasons=(failed,)).public().reasons == (failed.public(),)
    assert failed.public().values is None


def test_a_value_never_changes():
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        NotData(detail="a").detail = "b"
