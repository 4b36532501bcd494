"""What Docstage is connected to: keys, webhooks, result queues, mail; and how much it is used."""
