"""Reads a page as a browser would: its elements in order, each with its attributes and text."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from tray_app.pages.html import NAME

VOID = {"meta"}


@dataclass
class Node:
    """An element. `text`: with that of the elements in it."""

    tag: str
    attributes: dict[str, str]
    path: tuple[str, ...]
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def all(self, tag: str) -> list[Node]:
        """The elements of this kind below it."""
        found = [each for each in self.children if each.tag == tag]
        return found + [node for each in self.children for node in each.all(tag)]


class Reader(HTMLParser):
    """`nodes`: in the order of the page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.nodes: list[Node] = []
        self.open: list[Node] = []
        self.feed(page)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        path = tuple(node.tag for node in self.open)
        node = Node(tag, {name: value or "" for name, value in attrs}, path)
        if self.open:
            self.open[-1].children.append(node)
        self.nodes.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for node in self.open:
            node.text += data

    def all(self, tag: str) -> list[Node]:
        return [node for node in self.nodes if node.tag == tag]

    def first(self, tag: str) -> Node:
        return self.all(tag)[0]


def words(node: Node) -> str:
    """Its text with single spaces."""
    return " ".join(node.text.split())


def title(page: Reader) -> str:
    """What a tab shows, without the program's name."""
    return words(page.first("title")).replace("\N{EN DASH}", "-").removesuffix(f" - {NAME}")


def tab_icon(page: Reader) -> str:
    """The address of the icon of its tab."""
    (link,) = page.all("link")
    assert link.attributes["rel"] == "icon"
    return link.attributes["href"]
