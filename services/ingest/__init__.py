"""The gateway: everything comes in through here."""
