"""Engines that ask a language model: what it is asked, and what is believed of its answer.

All of it runs in child processes, and nothing in it calls anybody: who does is
``services.extract.asking``. A model's answer is data like the document's own words. It can say
what stands in a field of the schema, and nothing else.
"""
