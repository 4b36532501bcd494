"""Version 2: résumés, invoices and job descriptions, each a resource of its own."""
