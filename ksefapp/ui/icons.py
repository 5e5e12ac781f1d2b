"""The drawings: line icons on a grid of 20, status glyphs on a grid of 16.

They are put into the page as they are, so that they take the colour of the text, need no request
and work under `img-src 'self'` in every browser. Each status has its own outline, so a print in
grey still reads.
"""

ICONS = {
    "home": "M3 9.5 10 3.5l7 6M5 8.5V16.5h10V8.5M8.5 16.5v-5h3v5",
    "document": "M5 2.5h6.5L15.5 6.5v11h-10.5zM11 2.5V7h4.5M7.5 10.5h5.5M7.5 13.5h5.5",
    "inbox": "M3 11.5 5.5 4h9L17 11.5v5H3zM3 11.5h4c0 3.5 6 3.5 6 0h4",
    "wallet": "M3.5 6.5v9a1.5 1.5 0 0 0 1.5 1.5h12V7H5A1.5 1.5 0 0 1 5 3.5h10.5V7M13.5 12h.01",
    "people": "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 16.5c0-6 11-6 11 0"
    "M13 3.8a3 3 0 0 1 0 5.5M15 12c2 .7 3 2.2 3 4.5",
    "box": "M10 2.5 17 6v8l-7 3.5L3 14V6zM3 6l7 3.5L17 6M10 9.5v8",
    "chart": "M3 3v14h14M7 14v-3M10.5 14V7M14 14V9.5",
    "send": "M17.5 2.5 2.5 8.5l6 3 3 6zM17.5 2.5l-9 9",
    "journal": "M5 2.5h10.5v15H5a1.5 1.5 0 0 1 0-3h10.5M3.5 16V4A1.5 1.5 0 0 1 5 2.5M7 6h5M7 9h5",
    "history": "M3.5 3.5v4h4M4 7.5a7 7 0 1 1-.9 4M10 6.5V10l2.5 1.8",
    "bell": "M4 14.5c1.5-1.5 1.5-3 1.5-5.5a4.5 4.5 0 0 1 9 0c0 2.5 0 4 1.5 5.5zM8.5 17h3",
    "key": "M7 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM9.5 10.5 16.5 3.5M13 7l2.5 2.5",
    "settings": "M3 6h7M14 6h3M12 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM3 14h3M10 14h7"
    "M8 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
    "search": "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM13 13l4 4",
    "plus": "M10 4v12M4 10h12",
    "minus": "M4 10h12",
    "upload": "M10 13V3.5M6 7l4-4 4 4M3.5 12.5v4h13v-4",
    "download": "M10 3v9.5M6 9l4 4 4-4M3.5 12.5v4h13v-4",
    "print": "M6 7V2.5h8V7M6 14H3V7h14v7h-3M6 11.5h8v6H6z",
    "copy": "M7 7h10v10H7zM13 7V3H3v10h4",
    "more": "M4 10a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0M9.5 10a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0"
    "M15 10a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0",
    "down": "M5 8l5 5 5-5",
    "right": "M8 5l5 5-5 5",
    "left": "M12 5l-5 5 5 5",
    "updown": "M6.5 7.5 10 4l3.5 3.5M6.5 12.5 10 16l3.5-3.5",
    "sort-down": "M10 4v12M5.5 11.5 10 16l4.5-4.5",
    "sort-up": "M10 16V4M5.5 8.5 10 4l4.5 4.5",
    "close": "M5 5l10 10M15 5 5 15",
    "check": "M4 10.5l4 4 8-9",
    "lock": "M4.5 9h11v8h-11zM7 9V6a3 3 0 0 1 6 0v3",
    "filter": "M3 5h14M6 10h8M8.5 15h3",
    "refresh": "M16.5 8A7 7 0 0 0 4 6.5M3.5 3v4h4M3.5 12A7 7 0 0 0 16 13.5M16.5 17v-4h-4",
    "building": "M4 17V3h8v14M12 8h4v9M2.5 17h15M7 6.5h2M7 10h2M7 13.5h2",
    "calendar": "M3.5 4.5h13v12h-13zM3.5 8.5h13M7 2.5v4M13 2.5v4",
    "logout": "M8 3.5H4v13h4M8 10h9M13.5 6.5 17 10l-3.5 3.5",
    "edit": "M4 16l.8-3.5L13 4.3l2.7 2.7-8.2 8.2zM11 6.3 13.7 9",
    "trash": "M3.5 5.5h13M8 5.5V3h4v2.5M5 5.5l1 11.5h8l1-11.5M8.5 8.5v5.5M11.5 8.5v5.5",
    "external": "M8 4H4v12h12v-4M11 3.5h5.5V9M16.5 3.5 9 11",
    "shield": "M10 2.5 16.5 5v5c0 4-2.8 6.3-6.5 7.5C6.3 16.3 3.5 14 3.5 10V5zM7 10l2.5 2.5 4-5",
    "mail": "M2.5 4.5h15v11h-15zM2.5 5.5 10 11l7.5-5.5",
    "user": "M10 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3.5 17.5c0-7 13-7 13 0",
    "globe": "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM2.5 10h15"
    "M10 2.5c4 4 4 11 0 15M10 2.5c-4 4-4 11 0 15",
    "sun": "M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM10 1.5v2M10 16.5v2M1.5 10h2"
    "M16.5 10h2M4 4l1.4 1.4M14.6 14.6 16 16M4 16l1.4-1.4M14.6 5.4 16 4",
    "moon": "M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5z",
    "system": "M2.5 4h15v10h-15zM7 17h6M10 14v3",
    "code": "M7 5 2.5 10 7 15M13 5l4.5 5-4.5 5M11.5 3.5l-3 13",
    "qr": "M3 3h5v5H3zM12 3h5v5h-5zM3 12h5v5H3zM12 12h2M17 12v2M12 17h2M16 16h1v1",
}

_DISC = '<circle class="solid" cx="8" cy="8" r="7"/>'

GLYPHS = {
    "ok": _DISC + '<path class="cut" d="M4.9 8.3 7.1 10.5 11.2 5.8"/>',
    "bad": '<path class="solid" d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z"/>'
    '<path class="cut" d="M5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6"/>',
    "info": _DISC + '<path class="cut" d="M8 7.5v3.8M8 4.9h.01"/>',
    "warn": '<path class="solid" d="M8 1.2 15.3 14.3H.7z"/>'
    '<path class="cut" d="M8 6v3.8M8 12.2h.01"/>',
    "unknown": '<path class="solid" d="M8 .3 15.7 8 8 15.7.3 8z"/>'
    '<path class="cut" d="M6.3 6.4c.1-2.3 3.5-2.3 3.5-.1 0 1.4-1.8 1.4-1.8 2.9M8 11.4h.01"/>',
    "half": '<circle cx="8" cy="8" r="6.2"/><path class="solid" d="M8 1.8a6.2 6.2 0 0 1 0 12.4z"/>',
    "queued": '<circle cx="8" cy="8" r="6.2" stroke-dasharray="2.4 2.47"/>',
    "clock": '<circle cx="8" cy="8" r="6.2"/><path d="M8 4.5V8l2.3 1.8"/>',
    "ring": '<circle cx="8" cy="8" r="6.2"/>',
    "dot": '<circle class="solid" cx="8" cy="8" r="3"/>',
    "draft": '<rect x="2.5" y="2.5" width="11" height="11" stroke-dasharray="2.2 2.2"/>',
    "withdrawn": '<circle cx="8" cy="8" r="6.2"/><path d="M3.8 12.2 12.2 3.8"/>',
}
