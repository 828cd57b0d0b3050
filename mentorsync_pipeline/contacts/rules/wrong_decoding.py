"""Recognise text that a program decoded with a wrong character set and saved again: `ZoÃ«` for `Zoë`.

UTF-8 read as Windows-1252 or Latin-1 shows each letter beyond ASCII as a letter from Â to ï, followed by characters
that hardly ever follow such a letter. A character that a program could not decode is U+FFFD.
"""

# The characters for the bytes 0x80 to 0xBF in Windows-1252, letters and quotation marks last.
_SYMBOLS = "€‚„…†‡ˆ‰‹”•–—˜™›¡-©«-¶¸¹»-¿\x80-\x9f"
_CONTINUATION = f"{_SYMBOLS}ƒŠŒŽ‘’“šœžŸ·ªº"

WRONGLY_DECODED = (
    f"[Â-ß][{_SYMBOLS}]|[ÃÂÐÑ][{_CONTINUATION}]|[à-ï][{_CONTINUATION}][{_CONTINUATION}]|ð[Ÿ\x9f]|[a-z]Ã|\ufffd"
)
"""Pattern for Python and PostgreSQL."""
