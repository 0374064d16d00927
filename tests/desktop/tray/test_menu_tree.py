"""The numbers of menu rows: which item a click on an open menu still reaches."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pystray import Menu, MenuItem

from tray_app.desktop.tray.menu_tree import ROOT, Change, MenuTree


class Deeds:
    """Methods to click on: the same method of the same object is the same action."""

    def one(self) -> None:
        """Takes no item."""

    def two(self) -> None:
        """Takes no item, either."""

    def told(self, _icon: object, item: MenuItem) -> None:
        """Takes the item, so its text may steer it."""


def numbers(tree: MenuTree) -> list[int]:
    """The top rows."""
    _, _, rows = tree.layout(ROOT, 1)
    return [row[0] for _, row in rows]


def labels(tree: MenuTree) -> list[str]:
    """What the top rows say."""
    _, _, rows = tree.layout(ROOT, 1, ["label"])
    return [row[1].get("label", ("s", "-"))[1] for _, row in rows]


def test_an_empty_tree_has_a_root() -> None:
    """A panel may ask before there is a menu."""
    tree = MenuTree()
    assert tree.layout(ROOT, -1) == (ROOT, {"children-display": ("s", "submenu")}, [])
    assert tree.update(None) == Change()
    assert tree.revision == 0


def test_same_menu_changes_nothing() -> None:
    """The panel gets only what is new."""
    deeds, tree = Deeds(), MenuTree()
    assert tree.update(Menu(MenuItem("One", deeds.one))).moved
    assert tree.update(Menu(MenuItem("One", deeds.one))) == Change()
    assert tree.revision == 1


def test_new_label_is_a_property() -> None:
    """A label changes in place; numbers and revision stay."""
    deeds, tree = Deeds(), MenuTree()
    tree.update(Menu(MenuItem("One", deeds.one)))
    (number,) = numbers(tree)
    change = tree.update(Menu(MenuItem("Uno", deeds.one)))
    assert change == Change(updated=((number, {"label": ("s", "Uno")}),))
    assert tree.revision == 1


def test_property_that_falls_away_is_named() -> None:
    """An item that was checkable, or disabled, and is no longer."""
    deeds, tree = Deeds(), MenuTree()
    tree.update(Menu(MenuItem("One", deeds.one, lambda _: True, enabled=False)))
    change = tree.update(Menu(MenuItem("One", deeds.one)))
    (number,) = numbers(tree)
    assert change.removed == ((number, ["enabled", "toggle-type", "toggle-state"]),)


def test_rows_keep_their_numbers_when_they_move() -> None:
    """Place is not identity."""
    deeds, tree = Deeds(), MenuTree()
    tree.update(Menu(MenuItem("One", deeds.one), MenuItem("Two", deeds.two)))
    before = numbers(tree)
    change = tree.update(Menu(MenuItem("Two", deeds.two), MenuItem("One", deeds.one)))
    assert change.moved
    assert numbers(tree) == before[::-1]


def test_a_number_is_never_reused() -> None:
    """The row that takes the place of another has a number of its own."""
    deeds, tree = Deeds(), MenuTree()
    tree.update(Menu(MenuItem("One", deeds.one)))
    (old,) = numbers(tree)
    tree.update(Menu(MenuItem("Two", deeds.two)))
    assert tree.item(old) is None
    assert old not in tree
    tree.update(Menu(MenuItem("One", deeds.one)))
    assert old not in tree


def test_items_that_read_their_own_text_differ_by_it() -> None:
    """A and B share a method that asks which was clicked: B must not inherit A's number."""
    deeds, tree = Deeds(), MenuTree()
    tree.update(Menu(MenuItem("A", deeds.told), MenuItem("B", deeds.told)))
    first, second = numbers(tree)
    tree.update(Menu(MenuItem("B", deeds.told)))
    assert numbers(tree) == [second]
    assert tree.item(first) is None


def test_the_same_object_stays_itself_whatever_its_text() -> None:
    """An item kept by the program needs no other sign of identity."""
    deeds, tree, text = Deeds(), MenuTree(), ["A"]
    item = MenuItem(lambda _: text[0], deeds.told)
    tree.update(Menu(item))
    before = numbers(tree)
    text[0] = "B"
    tree.update(Menu(item))
    assert numbers(tree) == before


def test_of_two_equal_items_the_one_that_stays_keeps_its_number() -> None:
    """Two kept items do the same; hiding the first does not rename the second."""
    deeds, tree = Deeds(), MenuTree()
    first, second = MenuItem("First", deeds.one), MenuItem("Second", deeds.one)
    tree.update(Menu(first, second))
    before = numbers(tree)
    tree.update(Menu(second))
    assert numbers(tree) == before[1:]


def test_a_separator_never_becomes_an_item() -> None:
    """Panels draw a row once as what it is; its kind cannot change."""
    tree = MenuTree()
    tree.update(Menu(MenuItem("a", None), Menu.SEPARATOR, MenuItem("b", None)))
    separator = numbers(tree)[1]
    tree.update(Menu(MenuItem("a", None), MenuItem("b", None), MenuItem("c", None)))
    assert separator not in numbers(tree)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("a|b|c", "a|b|c"),
        ("A|b|c", "b|c"),
        ("a|B|c", "a|c"),
        ("a||b", "a|b"),
        ("|a|", "a"),
        ("a|b|C", "a|b"),
        ("A|B|C", ""),
        ("ab|C|d", "ab|d"),
    ],
)
def test_a_separator_is_shown_only_between_shown_rows(shown: str, expected: str) -> None:
    """`|` is a separator, a capital a hidden row. Hidden ones stay in the layout."""
    tree = MenuTree()
    tree.update(
        Menu(
            *(
                Menu.SEPARATOR if name == "|" else MenuItem(name, None, visible=name.islower())
                for name in shown
            )
        )
    )
    assert len(numbers(tree)) == len(shown)
    texts = (row.properties.get("label", ("s", "|"))[1] for row in tree.rows())
    assert "".join(texts) == expected


def test_a_hidden_row_cannot_be_clicked() -> None:
    """A late click on a row that has been hidden does nothing."""
    deeds, tree, shown = Deeds(), MenuTree(), [True]
    menu = Menu(MenuItem("One", deeds.one, visible=lambda _: shown[0]))
    tree.update(menu)
    (number,) = numbers(tree)
    assert tree.item(number) is not None
    shown[0] = False
    assert tree.update(menu) == Change(updated=((number, {"visible": ("b", False)}),))
    assert tree.item(number) is None


def test_new_lambda_is_a_new_item() -> None:
    """What cannot be known to be the same gets a new number: no click rather than a wrong one."""
    tree = MenuTree()

    def menu(value: int) -> Menu:
        return Menu(MenuItem("Act", lambda: value))

    tree.update(menu(1))
    before = numbers(tree)
    tree.update(menu(2))
    assert numbers(tree) != before


def test_unhashable_action_is_compared_by_identity() -> None:
    """A callable object may refuse to be hashed."""

    class Act(list[int]):
        def __call__(self, _icon: object, _item: object) -> None: ...

    act, tree = Act(), MenuTree()
    tree.update(Menu(MenuItem("Act", act)))
    before = numbers(tree)
    tree.update(Menu(MenuItem("Act", act)))
    assert numbers(tree) == before
    tree.update(Menu(MenuItem("Act", Act())))
    assert numbers(tree) != before


def test_rows_without_action_and_separators_stay() -> None:
    """Lines of information are made anew each time, and are the same lines."""
    tree = MenuTree()

    def menu(text: str) -> Menu:
        return Menu(MenuItem(text, None), Menu.SEPARATOR, MenuItem("end", None, enabled=False))

    tree.update(menu("valid until 14:07"))
    assert not tree.update(menu("valid until 15:07")).moved
    assert labels(tree) == ["valid until 15:07", "-", "end"]


def test_submenu_rows_are_numbered_within_it() -> None:
    """A submenu made anew keeps its rows; clicking the submenu itself does nothing."""
    deeds, tree = Deeds(), MenuTree()

    def menu(*, with_two: bool) -> Menu:
        two = [MenuItem("Two", deeds.two)] if with_two else []
        return Menu(MenuItem("More", Menu(*two, MenuItem("One", deeds.one))))

    tree.update(menu(with_two=False))
    (more,) = numbers(tree)
    _, _, ((_, (one, _, _)),) = tree.layout(more, 1)
    change = tree.update(menu(with_two=True))
    assert change.moved
    _, _, rows = tree.layout(more, 1)
    assert [row[0] for _, row in rows][1] == one
    assert tree.item(more) is None


def test_layout_goes_as_deep_as_asked_and_names_what_is_asked() -> None:
    """Depth 0 is the row alone; names filter its properties."""
    tree = MenuTree()
    tree.update(Menu(MenuItem("More", Menu(MenuItem("a_b", None, enabled=False)))))
    assert tree.layout(ROOT, 0)[2] == []
    ((_, (more, _, below)),) = tree.layout(ROOT, 1)[2]
    assert below == []
    ((_, leaf),) = tree.layout(more, -1, ["label"])[2]
    assert leaf[1:] == ({"label": ("s", "a__b")}, [])
    with pytest.raises(KeyError):
        tree.layout(9999, -1)


@given(st.lists(st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans()), max_size=6)))
def test_a_number_always_means_the_same_action(menus: list[list[tuple[str, bool]]]) -> None:
    """Through any series of menus, new objects or kept ones: a number never changes its meaning."""
    deeds: dict[str, Callable[[], str]] = {
        letter: (lambda letter=letter: letter)  # type: ignore[misc]  # bound at once
        for letter in "abcdef"
    }
    kept = {letter: MenuItem(letter, deed) for letter, deed in deeds.items()}
    tree, meaning = MenuTree(), dict[int, str]()
    for rows in menus:
        new = [kept[name] if keep else MenuItem(name.upper(), deeds[name]) for name, keep in rows]
        tree.update(Menu(*new))
        for number, (name, _) in zip(numbers(tree), rows, strict=True):
            assert meaning.setdefault(number, name) == name
