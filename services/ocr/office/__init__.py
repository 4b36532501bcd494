"""Files without pages of their own, set in type: Word, Excel, OpenDocument, RTF, text, HTML.

Each reader walks its format and writes plain HTML of what is there, which ``shared.pdf`` sets.
Whatever follows has real pages then: words with boxes, tables, previews. To be called in child
processes only.
"""
