"""The colours of the page itself and of the ground under every map, by day and by night."""

from __future__ import annotations

INTERFACE = {
    "paper": "#ffffff",
    "paper-soft": "#f6f7f8",
    "ink": "#17212b",
    "ink-soft": "#4d5a67",
    "rule": "#dde2e7",
    "accent": "#0b5394",
    "focus": "#0b63ce",
    "outside": "#e4e8eb",
    "land": "#faf8f3",
    "outline": "#2b3a48",
    "town-border": "#5d6b78",
    "village-border": "#8d99a5",
    "water": "#79a9cf",
    "water-ink": "#2a6594",
    "halo": "#ffffff",
    "notice": "#fff4d6",
    "notice-ink": "#5c4300",
    "good": "#e2f1e8",
    "good-ink": "#0f3d29",
    "alarm": "#fbe3e6",
    "alarm-ink": "#7a0c22",
    "emergency": "#a50f2d",
    "on-emergency": "#ffffff",
    "emergency-ink": "#a50f2d",
    "closed": "#a50f2d",
    "shadow": "#17212b40",
    "hq": "#8c1420",
    "post": "#0b5394",
    "station": "#33424f",
    "incident": "#6a1b7a",
    "incident-done": "#66717c",
    "detection": "#5b3d8f",
    "exposed": "#17212b",
    "road-motorway": "#c26a4a",
    "road-trunk": "#b98a3e",
    "road-primary": "#a68d5b",
    "road-secondary": "#a39b8b",
    "road-tertiary": "#b5b0a6",
    "road-casing": "#ffffff",
    "backdrop-water": "#d3e4f1",
    "backdrop-green": "#e6efdc",
    "backdrop-building": "#e4dfd6",
    "backdrop-land": "#f7f5ef",
    "backdrop-stream": "#9fc1dc",
    "backdrop-road": "#cfc6b6",
    "backdrop-border": "#a7b0b8",
}
"""Style sheets name them as `var(--name)`."""

DARK = {
    "paper": "#151c24",
    "paper-soft": "#212b36",
    "ink": "#e8edf2",
    "ink-soft": "#aab6c2",
    "rule": "#36434f",
    "accent": "#86bdf7",
    "focus": "#ffc94d",
    "outside": "#0b1015",
    "land": "#232b32",
    "outline": "#c8d2dc",
    "town-border": "#93a1ae",
    "village-border": "#6a7a88",
    "water": "#3f7cae",
    "water-ink": "#93c5ee",
    "halo": "#10161c",
    "notice": "#4b3a08",
    "notice-ink": "#ffe08a",
    "good": "#173d2b",
    "good-ink": "#b5e8cb",
    "alarm": "#5a1220",
    "alarm-ink": "#ffc9d1",
    "emergency": "#c8173a",
    "emergency-ink": "#ff8496",
    "closed": "#ff5c76",
    "shadow": "#000000b0",
    "incident": "#b97fcb",
    "exposed": "#e8edf2",
    "road-motorway": "#a8644a",
    "road-trunk": "#8f7140",
    "road-primary": "#8c7d5c",
    "road-secondary": "#767166",
    "road-tertiary": "#625f59",
    "road-casing": "#12181e",
    "backdrop-water": "#16293a",
    "backdrop-green": "#1f2b22",
    "backdrop-building": "#2b3036",
    "backdrop-land": "#1c2329",
    "backdrop-stream": "#2c5273",
    "backdrop-road": "#4b4a46",
    "backdrop-border": "#58646f",
}
"""What is another colour on a dark screen; the rest stays. Paper is always light."""


def colour(name: str) -> str:
    """An interface colour by name, as it is on paper; KeyError when there is none."""
    return INTERFACE[name]


def variable(name: str) -> str:
    """An interface colour by name, light or dark as the page is; KeyError when there is none."""
    if name not in INTERFACE:
        raise KeyError(name)
    return f"var(--{name})"


def on_paper(colour: str) -> str:
    """What `variable` gave as a light colour; any other colour as it is."""
    return INTERFACE[colour[6:-1]] if colour.startswith("var(--") else colour
