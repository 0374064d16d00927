"""The panel's side of StatusNotifier: where an item registers, and whether a panel shows it.

https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/StatusNotifierWatcher/
"""

from jeepney import DBusAddress, DBusErrorResponse, MatchRule, Message, new_method_call
from jeepney.wrappers import unwrap_msg

from tray_app.desktop.tray.bus import connect

WATCHER = "org.kde.StatusNotifierWatcher"
PATH = "/StatusNotifierWatcher"


def registration(item_path: str) -> Message:
    """Return the call that puts an item into the panel.

    By object path, not by a well-known name: GNOME's AppIndicator extension lost items that were
    registered by name in a third of the runs.
    """
    address = DBusAddress(PATH, WATCHER, WATCHER)
    return new_method_call(address, "RegisterStatusNotifierItem", "s", (item_path,))


def arrivals() -> MatchRule:
    """Return the rule for the signal that is sent when a panel starts or ends."""
    rule = MatchRule(type="signal", interface="org.freedesktop.DBus", member="NameOwnerChanged")
    rule.add_arg_condition(0, WATCHER)
    return rule


def host_is_there(address: str, timeout: float = 1.0) -> bool:
    """Return whether a panel on this bus shows items; False if it gives no valid reply.

    Blocks for `timeout` seconds at most. Raises NoSessionBusError.
    """
    with connect(address) as bus:
        try:
            properties = DBusAddress(PATH, WATCHER, "org.freedesktop.DBus.Properties")
            wanted = (WATCHER, "IsStatusNotifierHostRegistered")
            question = new_method_call(properties, "Get", "ss", wanted)
            ((_, registered),) = unwrap_msg(bus.send_and_get_reply(question, timeout=timeout))
            return bool(registered)
        except (OSError, DBusErrorResponse):
            return False
