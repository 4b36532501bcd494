"""Topic patterns, as AMQP 0-9-1 has them (section 3.1.3.3, the topic exchange)."""


def matches(pattern: str, topic: str) -> bool:
    """Whether a topic fits a pattern: words between dots, ``*`` one word, ``#`` any number."""
    return _match(pattern.split("."), topic.split("."))


def _match(pattern: list[str], words: list[str]) -> bool:
    if not pattern:
        return not words
    head, rest = pattern[0], pattern[1:]
    if head == "#":
        return any(_match(rest, words[skipped:]) for skipped in range(len(words) + 1))
    return bool(words) and head in {"*", words[0]} and _match(rest, words[1:])
