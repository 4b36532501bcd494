"""The same page read again and again, in a child process."""

import time

from services.ocr.reader import read_pages
from services.ocr.results import ReadOptions


def read_often(path: str, times: int, options: ReadOptions) -> list[tuple[float, float]]:
    """Wall and CPU seconds of opening a file of one page and reading it."""
    taken = []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        read_pages(path, "application/pdf", 0, 1, options)
        taken.append((time.perf_counter() - wall, time.process_time() - cpu))
    return taken
