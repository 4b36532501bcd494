"""The media types that pages are made of: a module of its own, which costs nothing to import."""

_OOXML = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"

WORD = f"{_OOXML}.wordprocessingml.document"
WORD_WITH_MACROS = "application/vnd.ms-word.document.macroEnabled.12"
EXCEL = f"{_OOXML}.spreadsheetml.sheet"
EXCEL_WITH_MACROS = "application/vnd.ms-excel.sheet.macroEnabled.12"
OPEN_TEXT = f"{_OPEN}.text"
OPEN_SHEET = f"{_OPEN}.spreadsheet"
RICH_TEXT = "application/rtf"
WEB_PAGE = "text/html"
PLAIN_TEXT = "text/plain"
OLD_WORD = "application/msword"
OLD_EXCEL = "application/vnd.ms-excel"

PAGELESS = frozenset(
    {
        WORD, WORD_WITH_MACROS, EXCEL, EXCEL_WITH_MACROS, OPEN_TEXT, OPEN_SHEET, RICH_TEXT,
        WEB_PAGE, PLAIN_TEXT, OLD_WORD, OLD_EXCEL,
    }
)  # fmt: skip
