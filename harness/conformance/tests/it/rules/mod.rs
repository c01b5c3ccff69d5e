//! Traces that keep and break the rules, a file for each section.

mod c706;
mod channel;
mod channel_log;
pub(crate) mod client_channel;
mod client_error;
mod client_handle;
mod client_lifetime;
mod client_ndr;
mod client_object;
mod client_progress;
pub(crate) mod client_reaction;
mod client_registration;
mod client_registration_retry;
mod client_reply;
mod client_retry;
mod client_sequence;
mod client_type;
mod client_waiting;
mod close_channel;
mod documents;
mod documents_configuration;
mod documents_format;
mod documents_notification;
mod documents_reply;
mod endpoint;
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
mod register_client;
mod registration;
mod remote_object;
mod security;
mod server_type;
mod transport;
mod unregister_client;
mod windows;
mod windows_balloon;

use crate::case::Case;

/// The tables of all sections.
static TABLES: &[&[Case]] = &[
    channel::CASES,
    channel_log::CASES,
    client_channel::CASES,
    client_handle::CASES,
    client_object::CASES,
    client_lifetime::CASES,
    client_ndr::CASES,
    client_registration::CASES,
    client_registration_retry::CASES,
    client_sequence::CASES,
    opnum::CASES,
    notification_queue::CASES,
    ndr::CASES,
    identifier::CASES,
    interface::CASES,
    hresult::CASES,
    c706::CASES,
    client_error::CASES,
    client_progress::CASES,
    client_reaction::CASES,
    client_reply::CASES,
    client_retry::CASES,
    client_type::CASES,
    client_waiting::CASES,
    close_channel::CASES,
    documents_configuration::CASES,
    documents_format::CASES,
    documents_notification::CASES,
    documents_reply::CASES,
    endpoint::CASES,
    get_new_channel::CASES,
    get_notification::CASES,
    get_notification_send_response::CASES,
    lost_channel::CASES,
    register_client::CASES,
    registration::CASES,
    remote_object::CASES,
    server_type::CASES,
    security::CASES,
    principal::CASES,
    transport::CASES,
    unregister_client::CASES,
    windows::CASES,
    windows_balloon::CASES,
];

/// All of them.
pub(crate) fn cases() -> impl Iterator<Item = &'static Case> {
    TABLES.iter().copied().flatten()
}
