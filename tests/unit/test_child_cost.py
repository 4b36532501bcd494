"""What a child process that reads holds in memory."""

from functools import partial
from pathlib import Path

from child_contents import loaded_in_vain

from benchmarks.processes import peak_mib
from services.ocr.reader import read_pages, warm
from services.ocr.results import ReadOptions
from shared.compute.pool import ComputePool
from tests.samples.scans import scan_file, scanned_pages

OPTIONS = ReadOptions(engine="fast", languages=("en", "de", "fr"))
MOST_MIB = 350


async def test_a_child_that_reads_pages_of_wide_lines_stays_small(tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(scan_file(scanned_pages(2, words=11)))
    async with ComputePool(1, warm=partial(warm, OPTIONS)) as pool:
        (pid,) = pool.pids
        path = str(tmp_path / "scan.pdf")
        found = await pool.run(read_pages, path, "application/pdf", 0, None, OPTIONS, timeout=120)
        assert all(page.words > 200 for page in found.pages)
        assert peak_mib(pid) <= MOST_MIB


async def test_a_child_loads_neither_pymupdf_s_own_extras_nor_what_its_parent_needs() -> None:
    async with ComputePool(1, warm=partial(warm, OPTIONS)) as pool:
        assert await pool.run(loaded_in_vain, timeout=60) == []
