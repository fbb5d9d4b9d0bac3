"""Arrays of served models on disk, mapped into memory: a start reads them, workers share them.

    FOLDER/lock                 held while an entry is opened or made
    FOLDER/<digest of its key>/ one entry: an .npy file for each array, and
        manifest.json           the key, and each file's SHA-256

An entry is written under another name and renamed, so it is whole or not there. One that is damaged
is thrown away and made anew. The folder can be deleted at any time.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.errors import InvalidDataError

logger = logging.getLogger(__name__)

FORMAT = 1  # of entries; another number and the old ones are not found
KEEP_ENTRIES = 9  # vectors, lists, graph of the active model and of those one may go back to
MANIFEST = "manifest.json"

Arrays = dict[str, NDArray[Any]]
Key = Mapping[str, Any]


class ArrayCache:
    """A folder of arrays by key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open_or_make(
        self, key: Key, make: Callable[[], Arrays], is_current: Callable[[Arrays], bool]
    ) -> Arrays:
        """Return the arrays of a key, read-only and mapped into memory; made if they are not there.

        Of several processes one makes an entry and the others wait for it. Where the folder cannot
        be written, the arrays are made in this process's own memory, and the log says so.

        Parameters
        ----------
        key : mapping
            Plain JSON that says what the arrays belong to.
        make : callable
            Gives the arrays where there is no good entry.
        is_current : callable
            Whether the arrays of an entry are still what ``make`` would give.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._locked():
                entry = self.folder / _digest(key)
                found = self._open(entry)
                if found is None or not is_current(found):
                    self._save(entry, key, make())
                    found = self._open(entry) or {}
                self._prune(entry)
            return found
        except OSError as error:
            logger.warning("The cache %s cannot be used: %s", self.folder, error)
            return make()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _open(self, entry: Path) -> Arrays | None:
        """Return the arrays of an entry, or None if there is none that is whole."""
        if not entry.exists():
            return None
        try:
            manifest = json.loads((entry / MANIFEST).read_text("utf-8"))
            arrays = {}
            for name, expected in manifest["sha256"].items():
                file = entry / f"{name}.npy"
                if _sha256(file) != expected:
                    raise InvalidDataError(f"{file.name} is not what was written.")
                # Slices of a plain array cost a third of a memmap's.
                arrays[name] = np.load(file, mmap_mode="r", allow_pickle=False).view(np.ndarray)
            os.utime(entry)
        except (
            OSError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            InvalidDataError,
        ) as error:
            logger.warning("The cached model %s is damaged (%s); making it anew.", entry, error)
            return None
        return arrays

    def _save(self, entry: Path, key: Key, arrays: Arrays) -> None:
        draft = Path(tempfile.mkdtemp(prefix="draft-", dir=self.folder))
        try:
            for name, array in arrays.items():
                np.save(draft / f"{name}.npy", array, allow_pickle=False)
            hashes = {name: _sha256(draft / f"{name}.npy") for name in arrays}
            manifest = json.dumps({"key": key, "sha256": hashes}, indent=1)
            (draft / MANIFEST).write_text(manifest, "utf-8")
            shutil.rmtree(entry, ignore_errors=True)
            draft.rename(entry)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise

    def _prune(self, used: Path) -> None:
        """Remove the entries that were used least lately, and drafts of processes that died."""
        entries = [path for path in self.folder.iterdir() if path.is_dir() and path != used]
        entries.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        kept = [path for path in entries if not path.name.startswith("draft-")][: KEEP_ENTRIES - 1]
        for path in entries:
            if path not in kept:
                shutil.rmtree(path, ignore_errors=True)


def _digest(key: Key) -> str:
    text = json.dumps([FORMAT, key], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
