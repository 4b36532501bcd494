"""Documents as files for other programs: JSON, CSV, workbooks."""
