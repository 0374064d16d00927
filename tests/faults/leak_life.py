"""The worker's life with every logger talking, and all that comes of it."""

from __future__ import annotations

import gc
import logging
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from types import FunctionType, ModuleType
from urllib.parse import urlsplit

import pytest

from tests.consent import decide, free_redirect, use_redirect
from tests.faults.leak_profile import Leaks, quoting
from tests.faults.leak_scan import Hit, secrets_of_address
from tests.samples import TESTS
from tests.working import QUICK, Audience, Browser, OneProfile
from tray_app import bootstrap
from tray_app.desktop.notifications.backend import Click
from tray_app.desktop.notifications.notifier import Notifier
from tray_app.desktop.view_model import view_of
from tray_app.model.quiet_hours import NotificationTiming
from tray_app.model.sign_in import SignInResult
from tray_app.model.snapshot import Snapshot, UserRequest
from tray_app.pages.document import Document
from tray_app.pages.facts import Known, gather
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.service.engine import Engine
from tray_app.system import log

TOKEN_KINDS = (Kind.SERVICE_REFRESH, Kind.MINT, Kind.INTEGRATION_REFRESH)
SANDBOX = ("werkzeug", "tray_app.sandbox")


class Everything(logging.Handler):
    """Every record of every logger but the sandbox's own, as it is: nothing hides anything.

    Tracebacks with every local variable of every frame that is the program's.
    """

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[tuple[str, str]] = []
        self.loggers: set[str] = set()
        self.errors = 0

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(SANDBOX):
            return
        self.loggers.add(record.name.split(".")[0])
        self.lines.append((f"a line of {record.name}", record.getMessage()))
        if record.exc_info and record.exc_info[1] is not None:
            self.errors += 1
            self.lines.append((f"a traceback of {record.name}", with_locals(record.exc_info[1])))


def with_locals(error: BaseException) -> str:
    """The traceback, its causes and contexts, and the local variables of our frames."""
    lines, chain = [], [error]
    while chain:
        each = chain.pop()
        lines += [repr(each), repr(vars(each))]
        trace = traceback.TracebackException.from_exception(each, capture_locals=True)
        lines += [
            f"{frame.name}: {frame.locals}"
            for frame in trace.stack
            if not frame.filename.startswith(TESTS)
        ]
        chain += [other for other in (each.__cause__, each.__context__) if other is not None]
    return "\n".join(lines)


@contextmanager
def everything_logged(made: Leaks) -> Iterator[Everything]:
    """The program's own log, and beside it all that it would say without redaction."""
    heard, root = Everything(), logging.getLogger()
    level, ours = root.level, logging.getLogger("tray_app").level
    log.start(made.profile.folders, debug=False)
    logging.getLogger("tray_app").setLevel(logging.DEBUG)
    root.setLevel(logging.DEBUG)
    root.addHandler(heard)
    try:
        yield heard
    finally:
        log.stop()
        root.removeHandler(heard)
        root.setLevel(level)
        logging.getLogger("tray_app").setLevel(ours)


def visit(address: str) -> str:
    """The page there, fetched by a client that logs nothing of its own."""
    parts = urlsplit(address)
    with closing(HTTPConnection(parts.hostname or "", parts.port, timeout=60)) as client:
        client.request("GET", f"{parts.path}?{parts.query}")
        answer = client.getresponse()
        return f"{answer.headers}{answer.read().decode()}"


class LeakyLife:
    """What a person does and sees. `shown`: every text that a panel or a daemon would get."""

    def __init__(self, made: Leaks, patch: pytest.MonkeyPatch) -> None:
        patch.setattr("sys.excepthook", lambda *_: None)
        patch.setattr("threading.excepthook", lambda *_: None)
        self.made = made
        self.audience, self.browser = Audience(), Browser()
        self.shown: list[tuple[str, str]] = []
        self.engine: Engine | None = None
        self.worker = OneProfile(self._open, self._publish, browse=self.browser, pace=QUICK)
        self.notices = Notifier(
            self, {"": lambda _: None}, notification_timing=NotificationTiming(delay=timedelta())
        )
        use_redirect(made.profile, free_redirect(made.webex))

    @contextmanager
    def lived(self) -> Iterator[OneProfile]:
        self.notices.start()
        self.worker.start()
        try:
            yield self.worker
        finally:
            self.worker.stop()
            self.notices.stop()
            self.notices.wait(60)

    wakeup_socket = None

    def clicks(self) -> tuple[Click, ...]:
        return ()

    def refresh(self) -> Snapshot:
        self.worker.refresh()
        return self.audience.until(lambda snapshot: snapshot.asked is UserRequest.REFRESH, 10)

    def fail_and_recover(self) -> None:
        """Everything that Webex can say, quoting what it was sent; then every rung in turn."""
        webex = self.made.webex
        self.audience.until_idle()
        webex.revoke_service_access()
        for status in (400, 401, 403, 429, 500):
            for kind in (*TOKEN_KINDS, *([Kind.DATA_SOURCES] if status >= 429 else [])):
                webex.faults.next(kind, quoting(status))
            self.refresh()
        for fault in (Fault.truncated_json(), Fault.dropped(), Fault.redirected("http://x/?a=b")):
            webex.faults.next(Kind.SERVICE_REFRESH, fault)
            self.refresh()
        webex.revoke_service_refresh()
        self.refresh()
        webex.revoke_all()
        self.refresh()

    def sign_in(self, *, refused: bool = False) -> SignInResult:
        """Through the browser; the pages are read as well."""
        if refused:
            self.made.webex.faults.next(Kind.CODE_EXCHANGE, quoting(400))
        self.worker.authorize()
        url = self.browser.page()
        for name, value in secrets_of_address(url, "state", "code_challenge").items():
            self.made.other[f"{name} {len(self.made.other)}"] = value
        key = self.browser.opened[-1].rpartition("/")[2]
        self.made.other[f"key {len(self.made.other)}"] = key
        address = decide(url)
        for visited in (address[:-3], address):
            self.shown.append(("a page", visit(visited)))
        return self.audience.until_signed_in().ending

    def hits(self) -> list[Hit]:
        """Secrets in what was shown, and in the files that were left."""
        scanner = self.made.scanner
        seen = [hit for where, text in self.shown for hit in scanner.hits(where, text)]
        return seen + scanner.hits_in_files(self.made.profile.folder, self.made.allowed)

    def objects(self) -> list[object]:
        """All objects of ours, and of the HTTP library, that the engine and the worker reach."""
        seen: dict[int, object] = {}
        waiting: list[object] = [self.engine, self.worker, self.notices, *self.audience.heard]
        while waiting:
            each = waiting.pop()
            kinds = (ModuleType, FunctionType, type, str, bytes)
            if id(each) in seen or isinstance(each, kinds) or each is self.made:
                continue
            seen[id(each)] = each
            if type(each).__module__.split(".")[0] in ("tests", "_pytest", "pytest"):
                continue
            if type(each).__name__ == "MemoryStore" or "sandbox" in type(each).__module__:
                continue  # the keyring of this test, and Webex
            waiting += gc.get_referents(each)
        ours = ("tray_app", "requests", "urllib3", "threading", "queue")
        return [each for each in seen.values() if type(each).__module__.split(".")[0] in ours]

    def show(self, notice: object) -> None:
        """As a board."""
        self.shown.append(("a notice", repr(notice)))

    def close_shown(self) -> None:
        """As a board."""

    def close(self) -> None:
        """As a board."""

    def _details(self, snapshot: Snapshot) -> str:
        profile = self.made.profile
        setup = bootstrap.ProfileContext(profile.config_path, profile.folders)
        details = gather({"": Known(setup, snapshot.health, attended=True)}, [])
        return Document(details, style="", policy="").whole()

    def _open(self) -> Engine:
        tools = self.made.profile.tools(lambda: datetime.now(UTC))
        self.engine = Engine(replace(tools, pace=QUICK))
        return self.engine

    def _publish(self, snapshot: Snapshot) -> None:
        self.shown.append(("a snapshot", repr(snapshot)))
        self.shown.append(("the menu", repr(view_of(snapshot, datetime.now(UTC)))))
        self.shown.append(("the details page", self._details(snapshot)))
        self.notices.on_snapshot("", snapshot)
        self.audience(snapshot)
