"""AsyncUI notifications as a client reads them, and its replies to them ([MS-PAN] 2.2.7, 3.2.3.4)."""

import xml.etree.ElementTree as ElementTree

REQUEST = "{http://schemas.microsoft.com/2003/print/asyncui/v1/request}"
RESPONSE = "http://schemas.microsoft.com/2003/print/asyncui/v1/response"

MANY = 1 << 16
FORMS = ("balloonUI", "messageBoxUI", "customUI", "customData")
STRING = {"parameter": (0, MANY)}
# How many of each child an element has. A missing body is tolerated (3.2.3.4.1).
CHILDREN = {
    "asyncPrintUIRequest": {"v1": (1, 1)},
    "v1": {"requestOpen": (1, 1)},
    "requestOpen": {form: (0, 1) for form in FORMS},
    "balloonUI": {"title": (1, 1), "body": (0, MANY), "action": (0, 1)},
    "messageBoxUI": {"title": (1, 1), "bitmap": (0, 1), "body": (0, MANY), "buttons": (1, 1)},
    "buttons": {"button": (1, 5)},
    "title": STRING,
    "body": STRING,
}
ATTRIBUTES = {
    "action": ("dll", "entrypoint"),
    "bitmap": ("bitmapID",),
    "button": ("buttonID",),
    "customUI": ("dll", "entrypoint", "bidi"),
    "customData": ("dll", "entrypoint", "bidi"),
}
WITH_TEXT = ("action", "body", "customUI", "parameter", "title")
NOT_IN_FILE_NAMES = set('\\/?*<>"|:')
BUTTONS = {"idok": 1, "idcancel": 2}

# Stands in for driver files: what the entry points of those that are installed return.
DRIVERS = {"vendor.dll": "impacket"}


class Refused(ValueError):
    """A document that breaks its format."""


def as_text(octets):
    """UTF-16LE text, if it is any (2.2.7, 2.2.8)."""
    try:
        return octets.decode("utf-16-le").removeprefix("\ufeff").removesuffix("\0")
    except UnicodeDecodeError:
        return None


def integer(text):
    """Integers as 3.2.3.4.1 reads them: what leads the string, 0 if nothing does."""
    digits = ""
    for position, letter in enumerate(text.strip()):
        if not (letter.isascii() and letter.isdigit() or position == 0 and letter in "+-"):
            break
        digits += letter
    return int(digits) if digits.strip("+-") else 0


def name_of(element, known):
    """The name of an element, in whatever case it is written (3.2.3.4.1)."""
    for name in known:
        if element.tag.startswith(REQUEST) and element.tag.removeprefix(REQUEST).lower() == name.lower():
            return name
    raise Refused(f"<{element.tag}> in place of one of {', '.join(known) or 'none'}")


def form_of(octets):
    """The form of a document and its element. What breaks the format is Refused, but for what is tolerated."""
    units = [octets[at : at + 2] for at in range(0, len(octets), 2)]
    end = units.index(b"\0\0") if b"\0\0" in units else len(units)  # customData has octets of its own behind
    text = as_text(b"".join(units[:end]))
    if text is None:
        raise Refused("no UTF-16LE text")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise Refused(str(error)) from error
    check(root, name_of(root, ("asyncPrintUIRequest",)))
    opened = root[0][0]
    if len(opened) != 1:
        raise Refused(f"requestOpen has {len(opened)} elements")
    return name_of(opened[0], FORMS), opened[0]


def check(element, name):
    """Refuse what breaks the format of an element or of one in it."""
    for attribute in ATTRIBUTES.get(name, ()):
        if attribute not in element.attrib:
            raise Refused(f"<{name}> lacks {attribute}")
    if NOT_IN_FILE_NAMES & set(element.get("dll", "")):
        raise Refused(f"<{name}> names no file: {element.get('dll')}")
    children = CHILDREN.get(name, {})
    names = [name_of(child, children) for child in element]
    for child, (least, most) in children.items():
        if not least <= names.count(child) <= most:
            raise Refused(f"<{name}> has {names.count(child)} of {child}")
    check_text(element, name)
    if name == "button" and element.get("buttonID").lower() not in BUTTONS and "stringID" not in element.attrib:
        raise Refused("a button without a name")
    if name == "balloonUI" and "iconID" in element.attrib and "resourceDll" not in element.attrib:
        raise Refused("an icon without its file")
    for child, child_name in zip(element, names):
        check(child, child_name)


def check_text(element, name):
    """Where text may stand, must, and must not (2.2.7.1.3 to 2.2.7.1.5)."""
    text = (element.text or "").strip()
    if any((child.tail or "").strip() for child in element):
        raise Refused(f"<{name}> has text behind an element")
    if text and name not in WITH_TEXT:
        raise Refused(f"<{name}> has text")
    if name in ("title", "body") and bool(text) == ("stringID" in element.attrib):
        raise Refused(f"<{name}> needs either text or stringID")
    if name == "parameter":
        kind = element.get("type")
        if kind not in (None, "PrinterName") or kind and text:
            raise Refused(f"<parameter> of type {kind}")
        if kind is None and "stringID" not in element.attrib and not text:
            raise Refused("an empty <parameter>")


def call(element):
    """Call the entry point of a driver file: what it returns, None if it can't be called."""
    return DRIVERS.get(element.get("dll", "").lower())


def action_of(octets):
    """The element whose entry point a notification in one direction asks to be called, None if there is none."""
    form, element = form_of(octets)
    if form == "balloonUI":
        return next((child for child in element if name_of(child, CHILDREN[form]) == "action"), None)
    return element if form in ("customUI", "customData") else None


def reply_to(octets):
    """The reply to a document of a channel; None if there is nothing to answer but a release."""
    try:
        form, element = form_of(octets)
    except Refused:
        return None
    if form == "messageBoxUI":
        buttons = next(child for child in element if name_of(child, CHILDREN[form]) == "buttons")
        pressed = buttons[0].get("buttonID")
        number = BUTTONS.get(pressed.lower(), integer(pressed))
        return response(f"<messageBoxUI><buttonID>{number}</buttonID></messageBoxUI>")
    if form in ("customUI", "customData") and element.get("bidi").lower() == "true":
        returned = call(element)
        return None if returned is None else response(f"<CustomUI>{returned}</CustomUI>")
    return None


def response(answer):
    text = (
        f'<?xml version="1.0"?><asyncPrintUIResponse xmlns="{RESPONSE}">'
        f"<v1><requestClose>{answer}</requestClose></v1></asyncPrintUIResponse>"
    )
    return text.encode("utf-16-le")
