"""What assets/ has of the program itself. To write it: `python -m tests.desktop.render_assets`.

What the wheel puts into `share/` (a menu entry and its icons), the icons of the README, and the
strips that panels and notifications get their pictures from.
"""

import io
import struct
import zlib
from pathlib import Path

from tray_app.desktop.icon_art import FIGURES, FILL, GRID, RIM, SIGN, draw
from tray_app.desktop.install.launcher import SIZES, application_entry, icon_path, icon_png
from tray_app.desktop.picture import STRIP_WIDTH
from tray_app.desktop.tray.pixmaps import SIZES as PANEL_SIZES
from tray_app.model.signs import Colour, Shape

ASSETS = Path(__file__).parents[2] / "assets"
PICTURES = (
    (Colour.GREEN, Shape.CHECK),
    (Colour.AMBER, Shape.BANG),
    (Colour.AMBER, Shape.QUERY),
    (Colour.RED, Shape.CROSS),
)
ENTRY = Path("share/applications/webex-token-tray.desktop")
SCALABLE = Path("share/icons/hicolor/scalable/apps/webex-token-tray.svg")


def icons() -> dict[Path, bytes]:
    """Every picture, by its path in assets/."""
    of_readme = {
        Path("icons", f"{colour}-{shape}.png"): _png(shape, colour) for colour, shape in PICTURES
    }
    strips = {
        Path("pixmaps", f"{colour}-{shape}.png"): _strip(shape, colour)
        for colour, shape in PICTURES
    }
    in_menus = {Path("share", icon_path(size)): icon_png(size) for size in SIZES}
    return of_readme | strips | in_menus


def entry() -> bytes:
    """The menu entry of an installation whose script is on the PATH."""
    return application_entry("Webex Token Tray", ["webex-token-tray"])


def scalable() -> bytes:
    """The program's icon as SVG, in the proportions of its largest picture."""
    figure, (x, y) = FIGURES[Shape.CHECK], FIGURES[Shape.CHECK].core[0]
    size = max(SIZES)
    whole = GRID * size / (2 * round(size * 0.42))
    margin, edge = (GRID - whole) / 2, 0.35 + 6 / size
    rim, fill, sign = (f"#{bytes(of[Colour.GREEN]).hex()}" for of in (RIM, FILL, SIGN))
    box = f"{margin:.3f} {margin:.3f} {whole:.3f} {whole:.3f}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="{box}">',
        f'<circle cx="{x}" cy="{y}" r="{figure.round}" fill="{rim}"/>',
        f'<circle cx="{x}" cy="{y}" r="{figure.round - edge:.3f}" fill="{fill}"/>',
        f'<g fill="none" stroke="{sign}" stroke-linecap="round" stroke-linejoin="round">',
    ]
    for stroke in figure.sign:
        points = " ".join(f"{x:.2f},{y:.2f}" for x, y in stroke.points)
        lines.append(f'<polyline points="{points}" stroke-width="{stroke.width}"/>')
    return "".join(f"{line}\n" for line in (*lines, "</g>", "</svg>")).encode()


def _png(shape: Shape, colour: Colour) -> bytes:
    written = io.BytesIO()
    draw(shape, colour, 32).save(written, "png", optimize=True)
    return written.getvalue()


def _strip(shape: Shape, colour: Colour) -> bytes:
    """The sizes of panels, one below the other; no row has a filter, which Pillow cannot write."""
    rows = []
    for size in PANEL_SIZES:
        pixels = draw(shape, colour, size).tobytes()
        rows += [pixels[at : at + 4 * size] for at in range(0, len(pixels), 4 * size)]
    packed = zlib.compress(b"".join(b"\0" + row.ljust(4 * STRIP_WIDTH, b"\0") for row in rows), 9)
    head = struct.pack(">IIBBBBB", STRIP_WIDTH, len(rows), 8, 6, 0, 0, 0)
    chunks = _chunk(b"IHDR", head), _chunk(b"IDAT", packed), _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    check = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)


def main() -> None:
    """Write them all."""
    for path, raw in {ENTRY: entry(), SCALABLE: scalable(), **icons()}.items():
        (ASSETS / path).parent.mkdir(parents=True, exist_ok=True)
        (ASSETS / path).write_bytes(raw)


if __name__ == "__main__":
    main()
