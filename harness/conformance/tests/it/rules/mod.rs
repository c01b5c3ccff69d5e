//! Traces that keep and break the rules, a file for each section.

mod audience;
mod c706;
mod channel;
mod channel_log;
mod channel_refusal;
mod channel_waiting;
pub(crate) mod client_channel;
mod client_error;
mod client_handle;
mod client_lifetime;
mod client_ndr;
mod client_object;
mod client_progress;
pub(crate) mod client_reaction;
mod client_registration;
mod client_registration_interval;
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
mod protection;
mod register_client;
mod registration;
mod remote_object;
mod security;
mod server;
mod server_type;
mod transport;
mod unregister_client;
mod windows;
mod windows_balloon;

use crate::case::Case;

/// Lists the tables of all sections, each with the test of its traces.
macro_rules! tables {
    ($($table:ident,)+) => {
        static TABLES: &[&[Case]] = &[$($table::CASES,)+];

        mod traces {
            $(
                mod $table {
                    #[test]
                    fn keep_and_break_their_rules_and_no_others() {
                        crate::case::check(crate::rules::$table::CASES);
                    }
                }
            )+
        }
    };
}

tables! {
    c706,
    channel,
    channel_log,
    client_channel,
    client_error,
    client_handle,
    client_lifetime,
    client_ndr,
    client_object,
    client_progress,
    client_reaction,
    client_registration,
    client_registration_interval,
    client_registration_retry,
    client_reply,
    client_retry,
    client_sequence,
    client_type,
    client_waiting,
    close_channel,
    documents_configuration,
    documents_format,
    documents_notification,
    documents_reply,
    endpoint,
    get_new_channel,
    get_notification,
    get_notification_send_response,
    hresult,
    identifier,
    interface,
    lost_channel,
    ndr,
    notification_queue,
    opnum,
    principal,
    protection,
    register_client,
    registration,
    remote_object,
    security,
    server_type,
    transport,
    unregister_client,
    windows,
    windows_balloon,
}

/// All of them.
pub(crate) fn cases() -> impl Iterator<Item = &'static Case> {
    TABLES.iter().copied().flatten()
}
