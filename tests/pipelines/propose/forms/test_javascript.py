"""A value in a script."""

from pipelines.propose.forms.javascript import see


def test_the_largest_value_behind_a_name() -> None:
    body = 'var colours = ["#33CC33"];\nvar loadInfo = [\n"38,074.0",\n"113.07.05(五)10:00更新"\n];\n'.encode()
    form = see(body)
    assert form is not None
    assert form.reading == {"prefix": "var loadInfo =", "shape": "single", "columns": ["column_1", "column_2"]}
    assert form.records(body).num_rows == 1
    form = see(b'callback([{"a": 1}, {"a": 2}]);')
    assert form is not None
    assert form.reading == {"prefix": "callback("}


def test_a_text_without_a_value_is_none() -> None:
    assert see(b"a = b;\n") is None
