"""Form fields of a PDF (AcroForm)."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.models.embedded import FormField

_MOST_FIELDS = 2000
_EMPTY = ("", "Off")
_CHECK_BOX = 2  # a widget's type in PyMuPDF


def filled_fields(document: Any) -> "list[FormField]":  # noqa: ANN401 (PyMuPDF is not typed)
    """The fields of ``document`` that hold a value, and all check boxes, page by page."""
    if not document.is_form_pdf:
        return []
    # Only who has fields pays for importing pydantic.
    from shared.models.embedded import FormField  # noqa: PLC0415
    from shared.models.page import Box  # noqa: PLC0415

    found: list[FormField] = []
    for page in document:
        for widget in page.widgets() or ():
            value = widget.field_value
            ticked = None
            if widget.field_type == _CHECK_BOX:
                ticked = value is True or str(value).strip() not in (*_EMPTY, "None", "False")
            elif value is None or isinstance(value, bool) or str(value).strip() in _EMPTY:
                continue
            area = widget.rect * page.rotation_matrix
            box = Box(page=page.number, x0=area.x0, y0=area.y0, x1=area.x1, y1=area.y1)
            name, label = widget.field_name or "", widget.field_label or ""
            found.append(
                FormField(name=name, value=str(value), box=box, label=label, ticked=ticked)
            )
            if len(found) == _MOST_FIELDS:
                return found
    return found
