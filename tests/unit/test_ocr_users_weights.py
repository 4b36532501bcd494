"""Weights that an operator brings from EasyOCR are checked, built and used; or asked for."""

import hashlib
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from services.ocr import users_models
from services.ocr.engines.fast import FastEngine, surest
from services.ocr.engines.recogniser import Glyph, LineReading, Recogniser
from services.ocr.engines.registry import loaded
from services.ocr.models import ModelName, Weights, model_path, packaged_weights
from services.ocr.reader import read_page
from services.ocr.results import ReadOptions
from services.ocr.users_models import Published, for_all, for_scripts, published, users_recogniser
from services.ocr.weights.pth import load_state
from services.ocr.weights.symbols import ENGLISH
from shared.errors import Code, Permanent
from shared.models.languages import LANGUAGES
from tests.samples import pages

CYRILLIC = "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩабвгдежзийклмнопрстуфхцчшщ"
LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
AS_CYRILLIC = str.maketrans(LATIN, CYRILLIC)


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def numbers(values: tuple[int, ...]) -> bytes:
    return b"(" + b"".join(b"J" + struct.pack("<i", value) for value in values) + b"t"


def tensor(key: str, values: np.ndarray) -> bytes:
    """The pickle of one tensor as torch writes it: a view of a storage kept beside."""
    strides = tuple(stride // values.itemsize for stride in values.strides)
    storage = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text(key) + text("cpu")
    storage += b"J" + struct.pack("<i", values.size) + b"tQ"
    view = storage + b"J" + struct.pack("<i", 0) + numbers(values.shape) + numbers(strides)
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + view + b"\x89NtR"


def built(users: tuple[Published, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The recogniser made of ``users``, in a cache of its own."""
    with monkeypatch.context() as patch:
        patch.setenv("DOCSTAGE_MODEL_CACHE", str(users[1] / "cache"))
        return users_recogniser(*users)


def write_weights(file: Path, state: dict[str, np.ndarray]) -> str:
    """Write ``state`` in torch's format, without torch; the file's MD5 digest."""
    arrays = {name: np.ascontiguousarray(it, np.float32) for name, it in state.items()}
    rows = (text(f"module.{name}") + tensor(name, it) for name, it in arrays.items())
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("made/data.pkl", b"\x80\x02}(" + b"".join(rows) + b"u.")
        for name, values in arrays.items():
            archive.writestr(f"made/data/{name}", values.tobytes())
    return hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()


@pytest.fixture
def users(tmp_path: Path) -> tuple[Published, Path]:
    """english_g2 as if it were a file of the operator's that writes Cyrillic letters."""
    (source,) = packaged_weights(ModelName.RECOGNISER)
    state = load_state(source, "5864788e1821be9e454ec108d61b887d")
    md5 = write_weights(tmp_path / "made_g2.pth", state)
    entry = Published(Weights("made_g2.pth", md5), ("ru",), ENGLISH.translate(AS_CYRILLIC))
    return entry, tmp_path


def test_users_weights_read_with_their_own_letters(
    users: tuple[Published, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = np.asarray(pages.drawn_page(("Total amount due",), width=560, height=130))[70:130, 60:]
    users_own = Recogniser(built(users, monkeypatch))
    (english,) = Recogniser(model_path(ModelName.RECOGNISER)).read([line])
    (read,) = users_own.read([line])
    assert english.text.replace(" ", "") == "Totalamountdue"
    assert read.text == english.text.translate(AS_CYRILLIC)
    assert set(CYRILLIC) <= users_own.letters
    assert not set(LATIN) & users_own.letters


def test_other_scripts_are_read_beside_our_own(
    users: tuple[Published, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = model_path(ModelName.RECOGNISER_LATIN_INT8)
    assert set(CYRILLIC + LATIN) <= FastEngine(own, others=[built(users, monkeypatch)]).letters
    sure, unsure = (
        LineReading([Glyph(letter, 0, 1, chance)], chance)
        for letter, chance in (("Щ", 0.9), ("W", 0.4))
    )
    assert [it.text for it in surest([[sure, unsure], [unsure, sure]])] == ["Щ", "Щ"]


def test_a_page_is_read_with_weights_from_the_model_directory(
    users: tuple[Published, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, folder = users
    monkeypatch.setattr(users_models, "published", lambda: (entry,))
    monkeypatch.setenv("DOCSTAGE_MODEL_CACHE", str(folder / "cache"))
    pages.drawn_page(("Total amount due", "Quantity"), width=560, height=260).save(
        folder / "page.png"
    )
    options = ReadOptions(engine="fast", languages=("ru",), model_dir=str(folder))
    page = read_page(str(folder / "page.png"), "image/png", 0, options)
    said = "Total amount due Quantity".translate(AS_CYRILLIC)
    assert page.error is None
    assert "".join(page.text.split()) == "".join(said.split())  # it leaves blanks out
    assert all(word.confidence > 0 for word in page.words)
    assert [it.name.split("-")[1] for it in (folder / "cache").glob("*.onnx")] == ["made_g2"]


def test_a_changed_file_is_refused_before_it_is_read(users: tuple[Published, Path]) -> None:
    entry, folder = users
    file = folder / entry.weights.file
    file.write_bytes(file.read_bytes() + b"\0")
    with pytest.raises(Permanent) as failed:
        users_recogniser(entry, folder)
    assert failed.value.code == Code.MODEL_MISSING


def test_a_file_with_other_symbols_is_refused(users: tuple[Published, Path]) -> None:
    entry, folder = users
    with pytest.raises(Permanent, match="does not fit"):
        users_recogniser(Published(entry.weights, entry.languages, "абв"), folder)


@pytest.mark.parametrize("engine", ["fast", "exact", "auto"])
def test_a_missing_file_is_named_with_its_place(engine: str, tmp_path: Path) -> None:
    with pytest.raises(Permanent) as failed:
        loaded(engine, ("en", "ru"), str(tmp_path))
    assert failed.value.code == Code.MODEL_MISSING
    assert str(tmp_path / "cyrillic_g2.pth") in failed.value.detail
    assert "DOCSTAGE_OCR_MODEL_DIR" in failed.value.detail


def test_a_page_says_which_file_it_lacks(tmp_path: Path) -> None:
    pages.drawn_page().save(tmp_path / "page.png")
    options = ReadOptions(engine="fast", languages=("en", "ru"), model_dir=str(tmp_path))
    page = read_page(str(tmp_path / "page.png"), "image/png", 0, options)
    assert page.error == Code.MODEL_MISSING
    assert str(tmp_path / "cyrillic_g2.pth") in page.warnings[0]


@pytest.mark.parametrize(
    ("languages", "file"),
    [
        ("en", None),
        ("en,de", "latin_g2.pth"),
        ("de,uk", "cyrillic_g2.pth"),
        ("ja,ru", "japanese_g2.pth"),
        ("ru,ja", "cyrillic_g2.pth"),
        ("el", None),
    ],
)
def test_files_are_chosen_as_easyocr_does(languages: str, file: str | None) -> None:
    chosen = for_all(languages.split(","))
    assert (chosen.weights.file if chosen else None) == file


def test_a_script_is_not_said_to_be_unread_where_its_weights_are() -> None:
    letters = loaded("fast").letters
    written = {code for it in published() if not it.latin for code in it.languages}
    for code, language in LANGUAGES.items():
        beside = {it for entry in for_scripts((code,)) for it in entry.characters}
        assert language.is_in_script(letters) == language.latin
        assert language.is_in_script(letters | beside) == (language.latin or code in written)


def test_table_is_sound() -> None:
    table = published()
    assert len({it.weights.md5 for it in table}) == len(table) == 5
    for entry in table:
        assert len(set(entry.characters)) == len(entry.characters)
        assert len(entry.weights.md5) == 32
    assert [it.weights.file for it in for_scripts(("de", "ru", "zh"))] == [
        "cyrillic_g2.pth",
        "zh_sim_g2.pth",
    ]
