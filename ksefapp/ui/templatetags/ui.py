"""Everything a page is built from: formats as filters, components as tags (docs/ui.md)."""

from itertools import count, groupby

from django import template
from django.forms import (
    BaseForm,
    BaseFormSet,
    CheckboxInput,
    CheckboxSelectMultiple,
    FileInput,
    RadioSelect,
)
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from ksefapp.lib import clock
from ksefapp.ui import formats
from ksefapp.ui.icons import GLYPHS, ICONS
from ksefapp.ui.states import MODES, PILLS
from ksefapp.ui.views import DENSITIES, THEMES

register = template.Library()

for _name in (
    "amount",
    "money",
    "nip",
    "account_number",
    "date_pl",
    "time_pl",
    "datetime_pl",
    "weekday_date",
    "short_day",
    "plural",
    "initials",
):
    register.filter(_name, getattr(formats, _name))
register.filter("tie", formats.tie, is_safe=True)

NOTE_GLYPHS = {"neutral": "info", "ok": "ok", "warn": "warn", "bad": "bad", "unknown": "unknown"}
MESSAGE_KINDS = {"success": "ok", "warning": "warn", "error": "bad"}
GROUPS = {"segmented", "choices", "cards", "checks"}
_reason_ids = count(1)


# --- Drawings -------------------------------------------------------------------------------
@register.simple_tag
def icon(name: str) -> str:
    """A line icon in the colour of the text; decoration, so hidden from screen readers."""
    return format_html(
        '<svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d="{}"/></svg>',
        ICONS[name],
    )


@register.simple_tag
def glyph(name: str, kind: str = "") -> str:
    """A solid status shape; `kind` colours it (ok, warn, bad, unknown, quiet)."""
    return format_html(
        '<svg class="glyph{}" viewBox="0 0 16 16" aria-hidden="true">{}</svg>',
        f" glyph-{kind}" if kind else "",
        mark_safe(GLYPHS[name]),  # noqa: S308 drawn in icons.py
    )


# --- Page frame -----------------------------------------------------------------------------
@register.simple_tag(takes_context=True)
def appearance(context) -> str:
    """`data-theme` and `data-density` of the page from the person's cookies."""
    cookies = getattr(context.get("request"), "COOKIES", {})
    chosen = {
        "data-theme": cookies.get("theme") if cookies.get("theme") in THEMES else None,
        "data-density": cookies.get("density") if cookies.get("density") in DENSITIES else None,
    }
    return flatatt({name: value for name, value in chosen.items() if value})


@register.filter
def message_kind(message) -> str:
    """The kind of note for a message of django.contrib.messages."""
    if message.extra_tags in NOTE_GLYPHS:
        return message.extra_tags
    return MESSAGE_KINDS.get(message.level_tag, "neutral")


@register.inclusion_tag("ui/breadcrumb.html")
def breadcrumb(*steps: str) -> dict:
    """The way back: url, label, url, label …"""
    return {"steps": list(zip(steps[::2], steps[1::2], strict=True))}


@register.simple_block_tag
def section(content, title, *, link="", link_text="", aside="", id="") -> str:
    """A part of a page under a hairline: heading, an optional link or remark, content."""
    return render_to_string(
        "ui/section.html",
        {
            "content": content,
            "title": title,
            "link": link,
            "link_text": link_text,
            "aside": aside,
            "id": id,
        },
    )


# --- Actions --------------------------------------------------------------------------------
@register.simple_tag
def button(text, kind="", *, icon="", href="", small=False, busy="", disabled="", **attrs) -> str:
    """A button, or a link that looks like one when `href` is given.

    `kind`: main, text, danger, icon or nothing. `disabled` is the reason in words: it stands
    beside the button, which then does nothing. `busy` is the verb shown while a form is sent.
    Other keywords become attributes (`hx_post=url` is `hx-post`).
    """
    attrs = {"type": "submit", **attrs} if not href else {"href": href, **attrs}
    classes = ["button", f"button-{kind}" if kind else "", "button-small" if small else ""]
    attrs["class"] = " ".join([*filter(None, classes), attrs.pop("classes", "")]).strip()
    if busy:
        attrs["data_busy"] = busy
    if disabled:
        href, icon = "", "lock"
        attrs = _disabled(attrs, f"reason-{next(_reason_ids)}")
    return render_to_string(
        "ui/button.html",
        {
            "element": "a" if href else "button",
            "attrs": attributes(attrs),
            "text": text,
            "icon": icon,
            "bare": kind == "icon",
            "reason": disabled,
            "reason_id": attrs.get("aria_describedby", ""),
        },
    )


def _disabled(attrs: dict, reason_id: str) -> dict:
    kept = {"class": attrs["class"], "type": "button"}
    return {**kept, "aria_disabled": "true", "aria_describedby": reason_id}


def attributes(attrs: dict) -> str:
    """HTML attributes from keywords: underscores become hyphens, True a bare attribute."""
    return flatatt({name.replace("_", "-"): value for name, value in attrs.items()})


@register.simple_block_tag
def menu(content, label, *, icon="more", text="", small=False, up=False, left=False) -> str:
    """A folded menu of `.menu-item` links and buttons; `label` names it, `text` shows a word."""
    return render_to_string(
        "ui/menu.html",
        {
            "content": content,
            "label": label,
            "icon": icon,
            "text": text,
            "small": small,
            "up": up,
            "left": left,
        },
    )


# --- Forms ----------------------------------------------------------------------------------
@register.inclusion_tag("ui/field.html")
def field(
    bound,
    *,
    hint="",
    label="",
    kind="",
    width="",
    prefix="",
    suffix="",
    details=None,
    optional=None,
    **attrs,
) -> dict:
    """A bound field with label, error, control and hint, tied together for screen readers.

    `kind` is guessed from the widget: text, file, check, checks, segmented, choices; `cards` must
    be said and takes `details`, {value: {"text", "needs", "badge"}}. `width` is in twelfths of
    `.form-grid`. `hint=False` leaves the form's own help text out. A form field may carry `code`,
    the name of its element, for the small tag of the full form. Other keywords become attributes
    of the control.
    """
    kind = kind or _kind(bound)
    hint = "" if hint is False else str(hint or bound.help_text)
    own_id = bound.auto_id or bound.html_name
    described = _described(bound, own_id, hint)
    if optional is None:
        optional = kind != "check" and not bound.field.required
    return {
        **{"field": bound, "id": own_id, "kind": kind, "group": kind in GROUPS, "hint": hint},
        **{"width": width, "prefix": prefix, "suffix": suffix, "optional": optional},
        "label": label or bound.label,
        "code": getattr(bound.field, "code", ""),
        "described": described,
        "choices": _choices(bound, details or {}) if kind in GROUPS else [],
        "control": bound.as_widget(attrs=_control_attributes(bound, kind, described, attrs)),
    }


def _described(bound, own_id: str, hint) -> str:
    ids = [f"{own_id}_error"] * bool(bound.errors) + [f"{own_id}_hint"] * bool(hint)
    return " ".join(ids)


def _control_attributes(bound, kind: str, described: str, attrs: dict) -> dict:
    own = {name.replace("_", "-"): value for name, value in attrs.items()}
    if described:
        own["aria-describedby"] = described
    if bound.errors and kind not in GROUPS:
        own["aria-invalid"] = "true"
    return own


def _kind(bound) -> str:
    widget = bound.field.widget
    if isinstance(widget, CheckboxSelectMultiple):
        return "checks"
    if isinstance(widget, RadioSelect):
        return "segmented" if len(list(bound.field.choices)) <= 4 else "choices"
    if isinstance(widget, CheckboxInput):
        return "check"
    return "file" if isinstance(widget, FileInput) else "text"


def _choices(bound, details: dict) -> list[dict]:
    return [
        {
            "tag": option.tag(),
            "label": option.choice_label,
            **details.get(str(option.data["value"]), {}),
        }
        for option in bound
    ]


@register.inclusion_tag("ui/problems.html")
def problems(*sources, title="", before="") -> dict:
    """The list of what to correct, with links to the fields; nothing when all is well.

    A source is a form, a formset or a list of {"text", "href"}. `before` ends the heading:
    "Popraw 2 pola, zanim wystawisz fakturę".
    """
    found = [problem for source in sources if source for problem in _problems(source)]
    return {"problems": found, "count": len(found), "title": title, "before": before}


def _problems(source) -> list[dict]:
    if isinstance(source, BaseFormSet):
        own = [{"text": text} for text in source.non_form_errors()]
        return own + [problem for form in source.forms for problem in _problems(form)]
    if not isinstance(source, BaseForm):
        return list(source)
    own = [{"text": text} for text in source.non_field_errors()]
    return own + [
        {"text": text, "href": f"#{_first_id(bound)}", "label": bound.label}
        for bound in source
        for text in bound.errors
    ]


def _first_id(bound) -> str:
    grouped = isinstance(bound.field.widget, RadioSelect)
    return f"{bound.auto_id}_0" if grouped else bound.id_for_label


# --- States ---------------------------------------------------------------------------------
@register.simple_tag
def pill(state: str, *, label="", time=None) -> str:
    """One delivery state (ksefapp.ui.states); `time` is an instant shown after the word."""
    style, shape, word = PILLS[state]
    text = " ".join(filter(None, [str(label or word), _hour(time)]))
    return format_html(
        '<span class="pill{}">{}{}</span>',
        f" pill-{style}" if style else "",
        glyph(shape, "ok" if state == "accepted" else ""),
        text,
    )


def _hour(moment) -> str:
    """`13:23` today, `20.11, 13:23` on another day."""
    if not moment or isinstance(moment, str):
        return moment or ""
    day = formats.local(moment)
    hour = formats.time_pl(moment)
    return hour if day.date() == clock.today() else f"{day.day}.{day:%m}, {hour}"


@register.simple_tag
def mode_tag(mode: str) -> str:
    """The mode of issue, only when it is not online."""
    return format_html('<span class="tag">{}</span>', MODES[mode]) if mode in MODES else ""


@register.simple_block_tag
def note(content, kind="neutral", *, title="", id="", glyph="") -> str:
    """A banner: neutral, ok, warn, bad or unknown; a sentence, the reason, at most two buttons."""
    return render_to_string(
        "ui/note.html",
        {
            "content": content,
            "kind": kind,
            "title": title,
            "id": id,
            "glyph": glyph or NOTE_GLYPHS[kind],
        },
    )


@register.simple_block_tag
def empty_state(content, title, text="") -> str:
    """A dashed frame: what belongs here, the first step (buttons as content)."""
    return render_to_string("ui/empty.html", {"content": content, "title": title, "text": text})


@register.inclusion_tag("ui/route.html")
def route(stations) -> dict:
    """The way of an invoice: four {"label", "state", "detail"}.

    States: done, now, todo, waiting, unknown, bad.
    """
    shapes = {
        "done": ("ok", "ok"),
        "now": ("half", "quiet"),
        "todo": ("ring", "quiet"),
        "waiting": ("clock", "warn"),
        "unknown": ("unknown", "unknown"),
        "bad": ("bad", "bad"),
    }
    return {"stations": [{**station, "shape": shapes[station["state"]]} for station in stations]}


@register.inclusion_tag("ui/timeline.html")
def timeline(entries) -> dict:
    """What happened, newest first: {"at", "text", "detail", "who", "kind"}, grouped by day.

    Kinds: ok, half, warn, bad, unknown, failed (grey, a try that failed), nothing (a dot).
    """
    days = groupby(entries, key=lambda entry: formats.local(entry["at"]).date())
    return {"days": [(day, list(of_day)) for day, of_day in days]}


# --- Tables and lists -----------------------------------------------------------------------
@register.inclusion_tag("ui/views.html")
def views(items, label) -> dict:
    """Saved views of a list with counts: {"url", "label", "count", "active", "alarm"}."""
    return {"items": items, "label": label}


@register.inclusion_tag("ui/pagination.html", takes_context=True)
def pagination(context, page) -> dict:
    """Which rows of how many, and the way to the others; keeps the rest of the query string."""
    return {"page": page, "request": context["request"]}


@register.inclusion_tag("ui/steps.html")
def steps(labels: str, current: int) -> dict:
    """Numbered steps from `"Firma,Dane,Sprawdzenie"`; `current` counts from 1."""
    return {"steps": [label.strip() for label in str(labels).split(",")], "current": current}


@register.inclusion_tag("ui/code_box.html")
def code_box(label, value) -> dict:
    """A code to read or copy; the copy button appears where a script can work."""
    return {"label": label, "value": value}
