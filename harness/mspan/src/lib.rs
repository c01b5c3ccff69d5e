#![no_std]
//! The messages of [MS-PAN]: sections 2 and 6. Names, numbers and shapes; who may send what when is for others to say.

extern crate alloc;

pub mod async_ui;
pub mod document;
pub mod hresult;
mod interface;
pub mod method;
pub mod printer_configuration;
mod types;

pub use hresult::Hresult;
pub use interface::{Interface, Method};
pub use types::{ConversationStyle, NotificationType, UserFilter};
