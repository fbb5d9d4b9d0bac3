from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recommender.serve.cache import KEEP_ENTRIES, ArrayCache, Arrays

KEY = {"version": "one"}


def always(found: Arrays) -> bool:
    return True


class Maker:
    """Makes arrays and counts how often."""

    def __init__(self) -> None:
        self.n_made = 0

    def __call__(self) -> Arrays:
        self.n_made += 1
        return {"unit": np.arange(6, dtype=np.float32).reshape(3, 2)}


def entries(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir()]


def test_what_was_made_once_is_mapped_from_the_file_afterwards(tmp_path: Path) -> None:
    make = Maker()
    first = ArrayCache(tmp_path).open_or_make(KEY, make, always)
    again = ArrayCache(tmp_path).open_or_make(KEY, make, always)
    assert make.n_made == 1
    assert np.array_equal(first["unit"], again["unit"])
    assert isinstance(again["unit"].base, np.memmap)
    assert not again["unit"].flags.writeable


def test_another_key_has_another_entry(tmp_path: Path) -> None:
    make = Maker()
    for version in ("one", "two", "one"):
        ArrayCache(tmp_path).open_or_make({"version": version}, make, always)
    assert make.n_made == 2


def test_stale_entry_is_made_anew(tmp_path: Path) -> None:
    make = Maker()
    ArrayCache(tmp_path).open_or_make(KEY, make, always)
    ArrayCache(tmp_path).open_or_make(KEY, make, lambda found: False)
    assert make.n_made == 2


def flip_a_byte(entry: Path) -> None:
    content = bytearray((entry / "unit.npy").read_bytes())
    content[-1] ^= 1
    (entry / "unit.npy").write_bytes(content)


def cut_short(entry: Path) -> None:
    os.truncate(entry / "unit.npy", 100)


def lose_an_array(entry: Path) -> None:
    (entry / "unit.npy").unlink()


def lose_the_manifest(entry: Path) -> None:
    (entry / "manifest.json").unlink()


def spoil_the_manifest(entry: Path) -> None:
    (entry / "manifest.json").write_text("[]")


@pytest.mark.parametrize(
    "damage", [flip_a_byte, cut_short, lose_an_array, lose_the_manifest, spoil_the_manifest]
)
def test_damaged_entry_is_made_anew(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    make = Maker()
    ArrayCache(tmp_path).open_or_make(KEY, make, always)
    damage(entries(tmp_path)[0])
    found = ArrayCache(tmp_path).open_or_make(KEY, make, always)
    assert make.n_made == 2
    assert found["unit"].tolist() == [[0, 1], [2, 3], [4, 5]]
    ArrayCache(tmp_path).open_or_make(KEY, make, always)
    assert make.n_made == 2


def test_failure_while_making_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail() -> Arrays:
        raise ValueError("no vectors")

    with pytest.raises(ValueError, match="no vectors"):
        ArrayCache(tmp_path).open_or_make(KEY, fail, always)
    assert not entries(tmp_path)


def test_entries_used_least_lately_go_and_drafts_of_the_dead_too(tmp_path: Path) -> None:
    make = Maker()
    (tmp_path / "draft-1").mkdir()
    for number in range(KEEP_ENTRIES + 2):
        ArrayCache(tmp_path).open_or_make({"version": str(number)}, make, always)
        time.sleep(0.02)  # the file system's clock may be coarse
    assert len(entries(tmp_path)) == KEEP_ENTRIES
    ArrayCache(tmp_path).open_or_make({"version": str(KEEP_ENTRIES + 1)}, make, always)
    assert make.n_made == KEEP_ENTRIES + 2


def test_arrays_stay_readable_after_their_entry_is_gone(tmp_path: Path) -> None:
    found = ArrayCache(tmp_path).open_or_make(KEY, Maker(), always)
    for number in range(KEEP_ENTRIES):
        ArrayCache(tmp_path).open_or_make({"version": str(number)}, Maker(), always)
    assert found["unit"].sum() == 15


def test_of_several_who_want_one_entry_only_one_makes_it(tmp_path: Path) -> None:
    make = Maker()

    def slowly() -> Arrays:
        time.sleep(0.1)
        return make()

    def want() -> None:
        ArrayCache(tmp_path).open_or_make(KEY, slowly, always)

    threads = [threading.Thread(target=want) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert make.n_made == 1


def test_folder_that_cannot_be_written_is_done_without(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    found = ArrayCache(tmp_path / "file").open_or_make(KEY, Maker(), always)
    assert found["unit"].shape == (3, 2)
    assert "cannot be used" in caplog.text


def test_only_the_owner_can_look_into_the_folder(tmp_path: Path) -> None:
    ArrayCache(tmp_path / "new").open_or_make(KEY, Maker(), always)
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
