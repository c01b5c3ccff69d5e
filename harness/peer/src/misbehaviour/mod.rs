//! What a reference server can be told to do wrong. One enumeration, a file for each subject: the macro of each file
//! hands its entries, behind those of the files before it, to the next one.

mod close_channel;
mod conversation;
mod document;
mod get_new_channel;
mod get_notification;
mod interface;
mod octets;
mod registration;
mod remote_object;
mod security;
mod table;

use close_channel::of_close_channel;
use conversation::of_conversations;
use document::of_documents;
use get_new_channel::of_get_new_channel;
use get_notification::of_get_notification;
use interface::of_interfaces;
use octets::of_octets;
use registration::of_registrations;
use remote_object::of_remote_objects;
use security::of_security;
pub(crate) use table::misbehaviours;

macro_rules! of_a_server {
    (; $($all:tt)*) => {
        misbehaviours! {
            /// One breach of section 3.1 of [MS-PAN] in an otherwise correct server.
            Misbehaviour:
            $($all)*
        }
    };
}

of_remote_objects! {
    of_interfaces of_registrations of_get_new_channel of_get_notification of_conversations of_close_channel of_documents of_octets
    of_security     of_a_server;
}
