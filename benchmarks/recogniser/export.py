"""Writes what was trained as the file that Docstage ships.

``python -m benchmarks.recogniser.export --from DIR --into FILE``
"""

import argparse
import hashlib
from pathlib import Path

import torch

from benchmarks.recogniser.charset import SYMBOLS
from benchmarks.recogniser.network import merged
from benchmarks.recogniser.packing import packed


def main() -> None:
    """Export, and say the digest that ``services/ocr/models.py`` is to know."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="folder", type=Path, required=True)
    parser.add_argument("--into", type=Path, required=True)
    arguments = parser.parse_args()
    training = torch.load(arguments.folder / "training.pt", weights_only=True)
    content = packed(merged(training["network"]), SYMBOLS)
    arguments.into.write_bytes(content)
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    print(f"{arguments.into}: {len(content) / 2**20:.2f} MiB, MD5 {digest}")
    print(f"after {training['progress']['lines']} lines")


if __name__ == "__main__":
    main()
