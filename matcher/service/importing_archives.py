"""Zip archives, which workbooks are too: checked before they are unpacked, then read whole."""

import io
import zipfile
import zlib
from collections.abc import Mapping

from matcher.errors import ImportRefused
from matcher.service.importing_files import MEGABYTE, Limits

ENCRYPTED = 0x1
# Small files may well grow a hundredfold; a bomb does so by gigabytes.
RATIO_COUNTS_FROM = MEGABYTE


def unpack(name: str, data: bytes, limits: Limits) -> dict[str, bytes]:
    """
    Return the entries of an archive by path, directories left out.

    Raises
    ------
    ImportRefused
        It is damaged or encrypted, or has more entries, bytes or compression than is allowed.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_contents(name, len(data), entries, limits)
            return {
                # Reading stops at the declared size, and a wrong checksum raises.
                entry.filename: archive.read(entry)
                for entry in entries
                if not entry.is_dir()
            }
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        OSError,
        OverflowError,
        ValueError,
    ):
        raise ImportRefused(
            f"{name} is damaged: it starts as a zip archive and cannot be unpacked. "
            "Maybe: it was cut off on the way; send it again.",
            code="damaged_archive",
        ) from None


def _check_contents(name: str, packed: int, entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.entries:
        raise ImportRefused(
            f"{name} has {len(entries)} entries; at most {limits.entries}.", code="too_many_entries"
        )
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        raise ImportRefused(
            f"{name} is protected by a password. Maybe: save it without one.", code="encrypted"
        )
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names):
        raise ImportRefused(f"{name} holds two entries of one name.", code="damaged_archive")
    size = sum(entry.file_size for entry in entries)
    if size > limits.total_bytes:
        raise ImportRefused(
            f"{name} unpacks to {size / MEGABYTE:.0f} MB; at most "
            f"{limits.total_bytes // MEGABYTE} MB.",
            code="too_large_unpacked",
        )
    if size > RATIO_COUNTS_FROM and size > limits.ratio * packed:
        raise ImportRefused(
            f"{name} unpacks to more than {limits.ratio} times its size.", code="too_much_packed"
        )


def pack(files: Mapping[str, bytes], *, compressed: bool = False) -> bytes:
    """Return files as an archive."""
    target = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(target, "w", method) as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return target.getvalue()


def zipped_files(name: str, data: bytes, limits: Limits) -> dict[str, bytes]:
    """
    Return the CSV files of a zipped folder by name.

    Raises
    ------
    ImportRefused
        As `unpack`, and when it holds folders, other files, or one that is too large.
    """
    files = unpack(name, data, limits)
    faults = [
        f"{path[:80]} is in a folder; zip the files, not the folder"
        for path in files
        if "/" in path or "\\" in path
    ]
    faults += [f"{path[:80]} is not a CSV file" for path in files if not path.endswith(".csv")]
    faults += [
        f"{path[:80]} is {len(content) / MEGABYTE:.1f} MB; at most "
        f"{limits.file_bytes // MEGABYTE} MB"
        for path, content in files.items()
        if len(content) > limits.file_bytes
    ]
    if faults or not files:
        raise ImportRefused(f"{name} is not a zip of CSV files only.", faults, code="bad_archive")
    return files
