"""A faithful Webex on 127.0.0.1, for `demo` and the tests.

It imports nothing else of this program, so it cannot share its mistakes.
"""

from tray_app.sandbox.clock import Clock, ManualClock
from tray_app.sandbox.datasources import DataSource, Registration
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind, Request
from tray_app.sandbox.registrations import Client, Integration, Person, ServiceApp
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import ErrorShape, Lifetimes, RefreshPolicy, Switches
from tray_app.sandbox.tokens import Pair

__all__ = [
    "Client",
    "Clock",
    "DataSource",
    "ErrorShape",
    "Fault",
    "Integration",
    "Kind",
    "Lifetimes",
    "ManualClock",
    "Pair",
    "Person",
    "RefreshPolicy",
    "Registration",
    "Request",
    "Sandbox",
    "ServiceApp",
    "Switches",
]
