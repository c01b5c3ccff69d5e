//! The rules, a file for each section.

mod audience;
mod c706;
mod channel;
mod channel_log;
mod channel_offer;
mod channel_refusal;
mod channel_waiting;
mod client_async_ui;
mod client_channel;
mod client_error;
mod client_failure;
mod client_figure;
mod client_handle;
mod client_lifetime;
mod client_ndr;
mod client_notification_type;
mod client_object;
mod client_printer_name;
mod client_progress;
mod client_reaction;
mod client_registration;
mod client_registration_retry;
mod client_reply;
mod client_request;
mod client_retried;
mod client_retry;
mod client_sequence;
mod client_type;
mod client_waiting;
mod close_channel;
mod documents;
mod documents_configuration;
mod documents_notification;
mod documents_reply;
mod endpoint;
mod exchange;
mod finish;
mod get_new_channel;
mod get_notification;
mod get_notification_send_response;
mod hresult;
mod identifier;
mod interface;
mod lost_channel;
mod ndr;
mod notification_queue;
mod opnum;
mod principal;
mod printer_name;
mod protection;
mod register_client;
mod registration;
mod remote_object;
mod security;
mod server_type;
mod transport;
mod unregister_client;
mod windows;
mod windows_balloon;

use alloc::vec::Vec;

use crate::rule::Rule;

pub(crate) use client_request::registered;
pub(crate) use client_type::is_configuration;
pub(crate) use documents::Delivered;
pub(crate) use exchange::{Exchange, leaves_open};
pub(crate) use finish::Finish;
pub(crate) use windows::is_windows;

/// The tables of all sections.
static TABLES: &[&[Rule]] = &[
    audience::RULES,
    channel::RULES,
    channel_log::RULES,
    channel_offer::RULES,
    channel_refusal::RULES,
    channel_waiting::RULES,
    client_async_ui::RULES,
    client_channel::RULES,
    client_failure::RULES,
    client_figure::RULES,
    client_handle::RULES,
    client_lifetime::RULES,
    client_ndr::RULES,
    client_notification_type::RULES,
    client_object::RULES,
    client_registration::RULES,
    client_registration_retry::RULES,
    client_sequence::RULES,
    opnum::RULES,
    notification_queue::RULES,
    ndr::RULES,
    identifier::RULES,
    interface::RULES,
    hresult::RULES,
    c706::RULES,
    client_error::RULES,
    client_progress::RULES,
    client_reaction::RULES,
    client_reply::RULES,
    client_retry::RULES,
    client_type::RULES,
    client_waiting::RULES,
    close_channel::RULES,
    documents_configuration::RULES,
    documents_notification::RULES,
    documents_reply::RULES,
    endpoint::RULES,
    get_new_channel::RULES,
    get_notification::RULES,
    get_notification_send_response::RULES,
    lost_channel::RULES,
    register_client::RULES,
    registration::RULES,
    remote_object::RULES,
    server_type::RULES,
    security::RULES,
    principal::RULES,
    protection::RULES,
    transport::RULES,
    unregister_client::RULES,
    windows::RULES,
    windows_balloon::RULES,
];

/// All rules.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    TABLES.iter().copied().flatten()
}

/// The rule of that id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

/// The rules that decide a requirement.
pub fn of(requirement: &str) -> impl Iterator<Item = &'static Rule> {
    all().filter(move |rule| rule.requirements.contains(&requirement))
}

/// The rules whose id begins so.
#[must_use]
pub fn with_prefix(prefix: &str) -> Vec<&'static Rule> {
    all().filter(|rule| rule.id.starts_with(prefix)).collect()
}
