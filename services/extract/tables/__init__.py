"""Tables into rows: the columns of a head, the cells below it, the lines they make."""

from services.extract.tables.line_items import LineItem, find_line_items

__all__ = ["LineItem", "find_line_items"]
