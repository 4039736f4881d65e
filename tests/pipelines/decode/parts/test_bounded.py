"""What looks into bodies: in another process, within a budget, without our secrets; a body breaks only itself."""

import multiprocessing
import os
import resource
import signal
import threading

import faulty
import pytest
from heavy_bodies import SHAPES
from tiers import few

from catalog.errors import SourceError
from pipelines.decode import Formatted
from pipelines.decode.parts import bounded
from pipelines.decode.parts.bounded import DecodeBudget, OverBudget

SMALL = DecodeBudget(memory_bytes=64 << 20, memory_per_byte=1, processor_seconds=1, bytes_per_second=1_000_000)
CSV = Formatted(format="csv", reading={})


@pytest.fixture(autouse=True)
def _own_process():
    """No test is told of what another one used."""
    bounded.end()
    yield
    bounded.end()


def test_a_body_is_looked_into_elsewhere_without_our_secrets(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MOENV_API_KEY", "a-key-of-the-ministry")
    first, second = (bounded.call(faulty.in_process, body) for body in (b"a", b"bc"))
    assert first["pid"] == second["pid"] != os.getpid(), "one process for many bodies"
    assert (first["bytes"], second["bytes"]) == (1, 2)
    assert {"MOENV_API_KEY", "HOME", "PATH"}.isdisjoint(first["environment"])


def test_a_large_pipeline_has_one_process_for_many_bodies_too():
    """A new process inherits what the system tells of the largest memory so far."""
    held = bytearray(600 << 20)
    held[::4096] = b"x" * len(held[::4096])
    first, second = (bounded.call(faulty.in_process, b"") for _ in range(2))
    assert first["pid"] == second["pid"]


@pytest.mark.soak
def test_a_process_that_grew_is_not_kept(monkeypatch: pytest.MonkeyPatch):
    first = bounded.call(faulty.in_process, b"")
    monkeypatch.setattr(bounded, "BUDGET", DecodeBudget(memory_bytes=2 << 30))
    assert len(bounded.call(faulty.gives_many_bytes, b"")) == 600 << 20
    assert bounded.call(faulty.in_process, b"")["pid"] != first["pid"]


def test_a_table_comes_back_whole():
    body = b"a,b\n" + b"1,x\n" * 100_000
    assert bounded.call(CSV.records, body).equals(CSV.records(body))


def test_what_is_raised_is_raised_here():
    with pytest.raises(SourceError, match="expected CSV, found an empty body"):
        bounded.call(CSV.records, b"")
    with pytest.raises(KeyError, match="boom"):
        bounded.call(faulty.failing, len, KeyError("boom"), None, b"faulty")


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (faulty.endless, "expected a body that is decoded within 1 s of a processor, found none"),
        (faulty.hungry, "expected a body that is decoded within 67,108,868 bytes of memory, found none"),
    ],
)
def test_a_body_without_end_is_refused_and_the_next_one_is_read(
    monkeypatch: pytest.MonkeyPatch, function: object, words: str
):
    bounded.call(CSV.records, b"a\n1\n")  # the libraries are there
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with monkeypatch.context() as patch:
        patch.setattr(bounded, "BUDGET", SMALL)
        with pytest.raises(OverBudget, match=words):
            bounded.call(function, b"body")  # type: ignore[arg-type]
    assert bounded.call(CSV.records, b"a\n1\n").to_pylist() == [{"a": "1"}]
    bounded.end()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 10


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT])
def test_a_body_that_breaks_a_library_is_refused(number: signal.Signals):
    with pytest.raises(OverBudget, match=rf"found one that ends its decoder \({number.name}\)"):
        bounded.call(faulty.killed, b"body", int(number))


def test_a_process_that_the_machine_ends_is_no_fault_of_the_body():
    with pytest.raises(RuntimeError, match="the process that looks into bodies ended with -9"):
        bounded.call(faulty.killed, b"body", int(signal.SIGKILL))
    assert bounded.call(CSV.records, b"a\n1\n").num_rows == 1


def test_a_value_that_cannot_be_sent_is_a_fault_of_ours():
    with pytest.raises(RuntimeError, match="no way to send"):
        bounded.call(faulty.gives_a_function, b"body")
    assert bounded.call(CSV.records, b"a\n1\n").num_rows == 1


def test_an_argument_that_cannot_be_sent_leaves_no_half_task():
    with pytest.raises((AttributeError, TypeError), match=r"pickle|lambda"):
        bounded.call(faulty.in_process, lambda: b"")  # type: ignore[arg-type]
    assert bounded.call(CSV.records, b"a\n1\n").num_rows == 1


def test_many_threads_take_turns():
    found: dict[int, object] = {}

    def read(number: int) -> None:
        found[number] = bounded.call(CSV.records, b"a\n%d\n" % number).to_pylist()

    threads = [threading.Thread(target=read, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: [{"a": str(number)}] for number in range(16)}


def _in_fork(pid: int) -> None:
    assert bounded.call(faulty.in_process, b"")["pid"] != pid
    bounded.end()


def test_a_fork_has_a_process_of_its_own():
    pid = bounded.call(faulty.in_process, b"")["pid"]
    child = multiprocessing.get_context("fork").Process(target=_in_fork, args=(pid,))
    child.start()
    child.join()
    assert child.exitcode == 0
    assert bounded.call(faulty.in_process, b"")["pid"] == pid


def test_the_budget_grows_with_the_bodies_up_to_what_a_machine_has():
    budget = DecodeBudget()
    small, large = budget.task(len, 0), budget.task(len, 1_000_000)
    assert (small.memory_bytes, small.processor_seconds) == (512 << 20, 30)
    assert (large.memory_bytes, large.processor_seconds) == ((512 << 20) + 48_000_000, 34)
    assert budget.task(len, 1 << 40).memory_bytes == 8 << 30


@pytest.mark.parametrize(
    ("name", "number"),
    few(
        [
            ("json: empty records", 1_000_000),
            ("csv: short rows, padded", 5_000),
            ("ods: repeated cells", 15_000_000),
            ("zip: blanks", 60_000_000),
            ("json: empty lists", 4_000_000),
            ("xml: elements", 200_000),
            ("xlsx: one text in many cells", 10_000),
            ("ods: blanks of a cell", 1_000_000),
            ("ods: a long text in repeated rows", 200_000),
        ],
        4,
    ),
)
def test_memory_is_bounded_whatever_the_body(monkeypatch: pytest.MonkeyPatch, name: str, number: int):
    """The largest process so far is told; the budget is far below what each of these bodies takes."""
    shape = SHAPES[name]
    body, reading = shape.make(number), Formatted(format=shape.format, reading=shape.reading)
    monkeypatch.setattr(bounded, "BUDGET", DecodeBudget(memory_bytes=100 << 20, memory_per_byte=4))
    with pytest.raises(SourceError, match="expected "):
        bounded.call(reading.records, body)
