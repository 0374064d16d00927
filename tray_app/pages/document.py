"""The details page as a whole: one profile, or several with a table of them in front."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo

from tray_app.model.details import Details, ProfileDetails
from tray_app.model.health import LinkState
from tray_app.pages.html import NAME, Html, element, join, page_title, whole_page
from tray_app.pages.moments import Moments
from tray_app.pages.profile import Place, article
from tray_app.pages.signs import TAB_ICONS, WORDS, sign
from tray_app.text.details import zone_name
from tray_app.text.health import headline, step_line
from tray_app.text.profiles import summary_line, worst_first

TITLE = "Details"
_WORKING = (LinkState.WORKS, LinkState.UNDER_SCOPED)


class Document:
    """Makes the page of these details. Pure.

    `style`: the style sheet; `policy`: a Content-Security-Policy that allows it; `reload`: whether
    the page is served, so that it can be loaded again.
    """

    def __init__(
        self,
        details: Details,
        *,
        style: str,
        policy: str,
        reload: bool = False,
        zone: tzinfo | None = None,
    ) -> None:
        self._details = details
        self._style = style
        self._policy = policy
        self._reload = reload
        self._moments = Moments(details.at, zone)
        healths = {profile.name: profile.health for profile in details.profiles}
        by_name = {profile.name: profile for profile in details.profiles}
        self._profiles = [by_name[name] for name in worst_first(healths)]
        self._line = summary_line(healths, len(healths), details.at, zone)

    def whole(self) -> str:
        """Return the page with all profiles."""
        if len(self._profiles) == 1:
            return self._of_one(self._profiles[0], None)
        articles = [
            article(profile, self._moments, Place(_anchor(number), 2, _to_top()))
            for number, profile in enumerate(self._profiles)
        ]
        table = self._table(lambda number, _: f"#{_anchor(number)}")
        return self._page(page_title(TITLE, self._line), self._profiles[0], table, *articles)

    def overview(self, address: Callable[[str], str]) -> str:
        """Return the page with the table alone; the page of one profile, if there is only one.

        `address`: of the page of the profile of this name.
        """
        if len(self._profiles) == 1:
            return self._of_one(self._profiles[0], None)
        table = self._table(lambda _, profile: address(profile.name))
        return self._page(page_title(TITLE, self._line), self._profiles[0], table)

    def of_profile(self, name: str, overview: str) -> str | None:
        """Return the page of this profile; None if there is none of this name.

        `overview`: the address of the page with all of them.
        """
        found = next((profile for profile in self._profiles if profile.name == name), None)
        back = overview if len(self._profiles) > 1 else None
        return self._of_one(found, back) if found else None

    def _of_one(self, profile: ProfileDetails, overview: str | None) -> str:
        back = element("a", "All profiles", href=overview) if overview else None
        corner = element("nav", back, self._reload_link()) if back or self._reload else join()
        line = headline(profile.health, self._moments.at, self._moments.zone)
        title = page_title(TITLE, line, profile.name)
        shown = article(profile, self._moments, Place("profile", 1, corner))
        return self._page(title, profile, shown)

    def _reload_link(self) -> Html | None:
        return element("a", "Reload", href="") if self._reload else None

    def _page(self, title: str, worst: ProfileDetails, *content: Html) -> str:
        tab = TAB_ICONS[worst.health.shape]
        body = element("body", element("main", *content), self._foot(), class_="wide", id="top")
        return whole_page(title, body, self._style, self._policy, tab=tab)

    def _foot(self) -> Html:
        now, zone = self._moments.at, self._moments.zone
        made = element("span", "Made ", self._moments.time(now), ".")
        times = element("span", f"Times are local: {zone_name(now, zone)}.")
        return element("footer", made, " ", times, " ", " · ".join(self._details.versions))

    def _table(self, address: Callable[[int, ProfileDetails], str]) -> Html:
        heads = [
            element("th", text, scope="col", role="columnheader")
            for text in ("State", "Profile", "What", "Expires", "Next step")
        ]
        rows = [
            self._row(profile, address(number, profile))
            for number, profile in enumerate(self._profiles)
        ]
        table = element(
            "table",
            element("caption", "All profiles, the worst first", class_="unseen"),
            element("thead", element("tr", *heads, role="row"), role="rowgroup"),
            element("tbody", *rows, role="rowgroup"),
            class_="all",
            role="table",
        )
        words = element("div", element("h1", self._line))
        corner = element("nav", self._reload_link()) if self._reload else None
        worst = self._profiles[0].health.shape
        head = element("header", sign(worst, 52, named=True), words, corner)
        return join(head, element("section", table))

    def _row(self, profile: ProfileDetails, address: str) -> Html:
        health, now, zone = profile.health, self._moments.at, self._moments.zone
        until = "\N{EN DASH}"
        if health.until is not None and any(link.state in _WORKING for link in health.links):
            until = self._moments.time(health.until)
        state = join(sign(health.shape, 18), element("span", WORDS[health.shape]))
        cells: Sequence[tuple[str, str]] = (
            ("What", headline(health, now, zone)),
            ("Expires", until),
            ("Next step", step_line(health, now, zone)),
        )
        return element(
            "tr",
            element("td", state, role="cell", class_="sign-and-word"),
            element("th", element("a", profile.name, href=address), scope="row", role="rowheader"),
            *(element("td", text, role="cell", data_label=name) for name, text in cells),
            role="row",
        )


def note(page: str, said: str, sentences: Sequence[str], *, style: str, policy: str) -> str:
    """Return a page with a few sentences, about a page that is not shown. `page`: which one."""
    first, *others = sentences
    text = element("p", first), *(element("p", other, class_="next") for other in others)
    main = element("main", element("h1", said), *text)
    body = element("body", main, element("footer", NAME), class_="note")
    return whole_page(page_title(page, said), body, style, policy)


def _anchor(number: int) -> str:
    return f"profile-{number + 1}"


def _to_top() -> Html:
    return element("nav", element("a", "All profiles", href="#top"))
