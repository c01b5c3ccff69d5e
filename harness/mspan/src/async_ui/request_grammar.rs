//! The schema of notifications ([MS-PAN] 2.2.7.1 to 2.2.7.7) as tables.

use super::prose;
use crate::document::{Attribute, Content, Element, Family, Particle, Simple};

/// What holds for every notification.
pub(super) static FAMILY: Family = Family {
    well_formed: "X-REQ-01",
    encoding: "X-REQ-02",
    charset: "X-REQ-03",
    escaping: "X-REQ-04",
    namespace: "X-REQ-05",
    uri: "http://schemas.microsoft.com/2003/print/asyncui/v1/request",
};

/// The root.
pub(super) static REQUEST: Element = Element {
    name: "asyncPrintUIRequest",
    content: Content::Sequence(&[Particle::new(&V1, 1, 1)]),
    content_rule: "X-REQ-06",
    attributes: &[],
    attributes_rule: "X-REQ-06",
    prose: None,
};

static V1: Element = Element {
    name: "v1",
    content: Content::Sequence(&[Particle::new(&REQUEST_OPEN, 1, 1)]),
    content_rule: "X-REQ-07",
    attributes: &[],
    attributes_rule: "X-REQ-07",
    prose: None,
};

static REQUEST_OPEN: Element = Element {
    name: "requestOpen",
    content: Content::Choice(&[&BALLOON_UI, &MESSAGE_BOX_UI, &CUSTOM_UI, &CUSTOM_DATA], 1),
    content_rule: "X-REQ-08",
    attributes: &[],
    attributes_rule: "X-REQ-08",
    prose: None,
};

static TEXT_ATTRIBUTES: [Attribute; 2] =
    [Attribute::optional("stringID", Simple::Integer), Attribute::optional("resourceDll", Simple::Text)];
static PARAMETERS: [Particle; 1] = [Particle::new(&PARAMETER, 0, usize::MAX)];

static TITLE: Element = Element {
    name: "title",
    content: Content::Mixed(&PARAMETERS),
    content_rule: "X-REQ-09",
    attributes: &TEXT_ATTRIBUTES,
    attributes_rule: "X-REQ-10",
    prose: Some(prose::title),
};

static BODY: Element = Element {
    name: "body",
    content: Content::Mixed(&PARAMETERS),
    content_rule: "X-REQ-15",
    attributes: &TEXT_ATTRIBUTES,
    attributes_rule: "X-REQ-16",
    prose: Some(prose::body),
};

static PARAMETER: Element = Element {
    name: "parameter",
    content: Content::Text(Simple::Text),
    content_rule: "X-REQ-21",
    attributes: &[
        Attribute::optional("type", Simple::Text),
        Attribute::optional("stringID", Simple::Integer),
        Attribute::optional("resourceDll", Simple::Text),
    ],
    attributes_rule: "X-REQ-22",
    prose: Some(prose::parameter),
};

static ACTION: Element = Element {
    name: "action",
    content: Content::Text(Simple::Text),
    content_rule: "X-REQ-31",
    attributes: &[Attribute::required("dll", Simple::Text), Attribute::required("entrypoint", Simple::Text)],
    attributes_rule: "X-REQ-29",
    prose: Some(prose::action),
};

static BALLOON_UI: Element = Element {
    name: "balloonUI",
    content: Content::Sequence(&[
        Particle::new(&TITLE, 1, 1),
        Particle::new(&BODY, 1, usize::MAX).may_miss("X-LEN-09"),
        Particle::new(&ACTION, 0, 1),
    ]),
    content_rule: "X-REQ-32",
    attributes: &[Attribute::optional("iconID", Simple::Integer), Attribute::optional("resourceDll", Simple::Text)],
    attributes_rule: "X-REQ-33",
    prose: Some(prose::balloon),
};

static BUTTON: Element = Element {
    name: "button",
    content: Content::Empty,
    content_rule: "X-REQ-36",
    attributes: &[
        Attribute::required("buttonID", Simple::ButtonId),
        Attribute::optional("stringID", Simple::Integer),
        Attribute::optional("resourceDll", Simple::Text),
    ],
    attributes_rule: "X-REQ-37",
    prose: Some(prose::button),
};

static BUTTONS: Element = Element {
    name: "buttons",
    content: Content::Sequence(&[Particle::new(&BUTTON, 1, 5)]),
    content_rule: "X-REQ-40",
    attributes: &[],
    attributes_rule: "X-REQ-40",
    prose: Some(prose::buttons),
};

static BITMAP: Element = Element {
    name: "bitmap",
    content: Content::Empty,
    content_rule: "X-REQ-41",
    attributes: &[Attribute::required("bitmapID", Simple::Integer), Attribute::optional("resourceDll", Simple::Text)],
    attributes_rule: "X-REQ-41",
    prose: Some(prose::bitmap),
};

static MESSAGE_BOX_UI: Element = Element {
    name: "messageBoxUI",
    content: Content::Sequence(&[
        Particle::new(&TITLE, 1, 1),
        Particle::new(&BITMAP, 0, 1),
        Particle::new(&BODY, 1, usize::MAX).may_miss("X-LEN-09"),
        Particle::new(&BUTTONS, 1, 1),
    ]),
    content_rule: "X-REQ-43",
    attributes: &[],
    attributes_rule: "X-REQ-43",
    prose: None,
};

static CUSTOM_UI: Element = Element {
    name: "customUI",
    content: Content::Text(Simple::Text),
    content_rule: "X-REQ-46",
    attributes: &[
        Attribute::required("dll", Simple::Text),
        Attribute::required("entrypoint", Simple::Text),
        Attribute::required("bidi", Simple::TrueOrFalse),
    ],
    attributes_rule: "X-REQ-44",
    prose: Some(prose::custom_ui),
};

static CUSTOM_DATA: Element = Element {
    name: "customData",
    content: Content::Empty,
    content_rule: "X-REQ-48",
    attributes: &[
        Attribute::required("dll", Simple::Text),
        Attribute::required("entrypoint", Simple::Text),
        Attribute::required("bidi", Simple::TrueOrFalse),
    ],
    attributes_rule: "X-REQ-49",
    prose: Some(prose::custom_data),
};
