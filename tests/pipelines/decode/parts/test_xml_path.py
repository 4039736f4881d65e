"""Paths in XML."""

from xml.etree.ElementTree import fromstring

from pipelines.decode.parts.xml_path import find, is_named, local, shared, steps_of


def test_a_path_is_steps_and_leads_to_elements_with_those_on_the_way():
    steps = list(steps_of("r//b/c"))
    assert steps == [(False, "r"), (True, "b"), (False, "c")]
    root = fromstring("<r><a><b><c/></b></a><b><c/><c/></b></r>")
    assert [[local(one) for one in trail] for trail in find(root, steps, {})] == [["r", "b", "c"]] * 3
    assert shared(steps, list(steps_of("r//b/d"))) == 2


def test_a_name_with_a_prefix_is_found_in_its_namespace_only():
    element = fromstring('<a xmlns="u"/>')
    assert is_named(element, "a", {})
    assert is_named(element, "p:a", {"p": "u"})
    assert not is_named(element, "p:a", {"p": "v"})
