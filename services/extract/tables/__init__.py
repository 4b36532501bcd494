"""Tables into rows: the columns of a head, the cells below it, the lines they make."""

from services.extract.tables.line_item import LineItem
from services.extract.tables.line_items import find_line_items

__all__ = ["LineItem", "find_line_items"]
