"""What assets/ has of the program itself. To write it: `python -m tests.desktop.render_assets`.

What the wheel puts into `share/` (a menu entry and its icons), and the icons of the README.
"""

import io
from pathlib import Path

from tray_app.desktop.icon_art import draw
from tray_app.desktop.install.launcher import SIZES, application_entry, icon_path, icon_png
from tray_app.model.signs import Colour, Shape

ASSETS = Path(__file__).parents[2] / "assets"
PICTURES = (
    (Colour.GREEN, Shape.CHECK),
    (Colour.AMBER, Shape.BANG),
    (Colour.AMBER, Shape.QUERY),
    (Colour.RED, Shape.CROSS),
)
ENTRY = Path("share/applications/webex-token-tray.desktop")


def icons() -> dict[Path, bytes]:
    """Every picture, by its path in assets/."""
    of_readme = {
        Path("icons", f"{colour}-{shape}.png"): _png(shape, colour) for colour, shape in PICTURES
    }
    return of_readme | {Path("share", icon_path(size)): icon_png(size) for size in SIZES}


def entry() -> bytes:
    """The menu entry of an installation whose script is on the PATH."""
    return application_entry("Webex Token Tray", ["webex-token-tray"])


def _png(shape: Shape, colour: Colour) -> bytes:
    written = io.BytesIO()
    draw(shape, colour, 32).save(written, "png", optimize=True)
    return written.getvalue()


def main() -> None:
    """Write them all."""
    for path, raw in {ENTRY: entry(), **icons()}.items():
        (ASSETS / path).parent.mkdir(parents=True, exist_ok=True)
        (ASSETS / path).write_bytes(raw)


if __name__ == "__main__":
    main()
