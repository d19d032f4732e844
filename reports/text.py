"""Text that came from a cluster, made safe to print: names are hostile input."""

import re
import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~&#@])")


def one_line(text: str) -> str:
    r"""Return the text on one line, with every control or format character shown, not obeyed.

    A pod, node or message may carry escape sequences that repaint a terminal, or marks that turn
    the reading direction; they come out as `\x1b` or `\u202e`.
    """
    return _visible(" ".join(text.split()))


def block(text: str) -> str:
    """Return the text with its line breaks and tabs, everything else as in `one_line`."""
    return "\n".join(
        "\t".join(_visible(part) for part in line.split("\t")) for line in text.splitlines()
    )


def markdown(text: str) -> str:
    """Return the text on one line so that Markdown shows it as it is, in a table too."""
    return _MARKDOWN.sub(r"\\\1", one_line(text))


def _visible(text: str) -> str:
    # Nothing that is hidden counts as printable, and a page has a million printable characters.
    if text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in _HIDDEN
        else character
        for character in text
    )


def web_address(text: str) -> str | None:
    """Return the text if it is a plain https address that may become a link, else None."""
    return text if re.fullmatch(r"https://[A-Za-z0-9._~:/?#@!$&*+,;=%()-]+", text) else None
