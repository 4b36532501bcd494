"""Engines that find and read words in a picture."""
