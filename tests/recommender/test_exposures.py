"""The exposure log: whole lines, from several processes, and nobody waits for it."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from recommender.errors import InvalidParameterError
from recommender.exposures import ExposureLog, check_file, exposures

WRITER = """
import sys
from pathlib import Path
from recommender.exposures import ExposureLog
log = ExposureLog(Path(sys.argv[1]))
for number in range(2000):
    log.note({"writer": sys.argv[2], "number": number, "items": ["x" * 50] * 20})
log.close()
"""


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_lines_are_appended_in_order(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text('{"number": -1}\n')
    log = ExposureLog(file)
    for number in range(1000):
        log.note({"number": number, "unit": "ü\n\ud800"})
    log.close()
    assert [line["number"] for line in lines(file)] == list(range(-1, 1000))


def test_lines_of_several_processes_do_not_mix(tmp_path: Path) -> None:
    file = tmp_path / "log"
    command = [sys.executable, "-c", WRITER, str(file)]
    writers = [subprocess.Popen([*command, name]) for name in ("one", "two", "three")]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    found = lines(file)
    for name in ("one", "two", "three"):
        assert [line["number"] for line in found if line["writer"] == name] == list(range(2000))


def test_a_file_that_was_moved_away_is_opened_anew(tmp_path: Path) -> None:
    file, moved = tmp_path / "log", tmp_path / "log.1"
    log = ExposureLog(file)
    log.note({"number": 1})
    give_up = time.monotonic() + 30
    while not file.read_text() and time.monotonic() < give_up:
        time.sleep(0.01)
    file.rename(moved)
    log.note({"number": 2})
    log.close()
    assert [line["number"] for line in [*lines(moved), *lines(file)]] == [1, 2]


def _all(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb") as opened:
        return opened.read()


def test_nobody_waits_for_a_disk_that_is_stuck(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    log = ExposureLog(pipe, most_waiting=100)
    for number in range(5_000):  # a pipe holds 64 KiB: the thread is stuck from some 60 lines on
        log.note({"number": number, "filling": "x" * 1000})
    os.set_blocking(reader, True)
    read: list[bytes] = []
    reading = threading.Thread(target=lambda: read.append(_all(reader)))
    reading.start()
    log.close()
    reading.join()
    found = [json.loads(line)["number"] for line in read[0].splitlines()]
    assert found == sorted(set(found))
    assert 100 <= len(found) < 5_000
    assert "exposures were dropped" in caplog.text


def test_without_a_file_exposures_go_to_their_logger(caplog: pytest.LogCaptureFixture) -> None:
    log = ExposureLog()
    log.note({"number": 1})
    with caplog.at_level(logging.INFO, logger=exposures.name):
        log.note({"number": 2})
        log.close()
    said = [record.getMessage() for record in caplog.records if record.name == exposures.name]
    assert said == ['{"number": 2}']


def test_a_file_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameterError, match="cannot be written"):
        check_file(tmp_path / "nowhere" / "log")
