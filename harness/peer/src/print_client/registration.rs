//! Registering ([MS-PAN] 3.1.1.4.1).

use dcerpc::ContextHandle;
use dcerpc::ndr::WideString;
use mspan::method::RegisterClientIn;
use mspan::{ConversationStyle, NotificationType, UserFilter};
use uuid::Uuid;

use super::PrintClient;
use super::call::Held;
use super::failure::Failure;
use crate::client_misbehaviour::ClientMisbehaviour::*;

impl PrintClient {
    /// Registers a remote object with the parameters that the client was made with.
    pub(super) async fn register(&self, object: Held) -> Result<(), Failure> {
        self.call_register(object, self.parameters(object)).await
    }

    /// Registers it once more for another user filter.
    pub(super) async fn register_again(&self, object: Held) {
        let parameters = self.parameters(object);
        let filter = UserFilter(u32::from(parameters.filter == UserFilter::PER_USER));
        let _ = self.call_register(object, RegisterClientIn { filter, ..parameters }).await;
    }

    fn parameters(&self, object: Held) -> RegisterClientIn {
        let options = &self.0.options;
        let mut parameters = RegisterClientIn {
            registration_obj: object.handle,
            name: self.name().map(|name| WideString::new(&name)),
            notification_type: self.0.notification_type,
            filter: options.filter,
            style: options.mode.style(),
        };
        match options.misbehaviour {
            Some(InventedHandleRegistered) => {
                let uuid = Uuid::from_u128(0x1337_1337_1337_4337_8337_1337_1337_1337);
                parameters.registration_obj = ContextHandle { uuid, ..object.handle };
            }
            Some(NullHandleRegistered) => parameters.registration_obj = ContextHandle::NULL,
            Some(ReleaseRegistered) => parameters.notification_type = NotificationType::RELEASE,
            Some(FilterOutOfRange) => parameters.filter = UserFilter(2),
            Some(StyleOutOfRange) => parameters.style = ConversationStyle(2),
            Some(ConfigurationInBothDirections) => {
                parameters.notification_type = NotificationType::PRINTER_CONFIGURATION;
                parameters.style = ConversationStyle::BIDIRECTIONAL;
            }
            _ => {}
        }
        parameters
    }

    /// Registers an object for the server that the first registration was referred to.
    pub(super) async fn register_elsewhere(&self, object: Held, name: &str) {
        let name = Some(WideString::new(name));
        let _ = self.call_register(object, RegisterClientIn { name, ..self.parameters(object) }).await;
    }

    /// pName: the UNC name of the print queue, or NULL for the print server itself.
    fn name(&self) -> Option<String> {
        let printer = self.0.options.printer.clone();
        match self.0.options.misbehaviour {
            Some(LocalNameRegistered) => Some(match &printer {
                Some(name) => name.rsplit('\\').next().unwrap_or_default().to_owned(),
                None => "office-laser".to_owned(),
            }),
            Some(EmptyNameRegistered) => Some(String::new()),
            Some(CommaInName) => {
                Some(printer.unwrap_or_else(|| r"\\PRINTSRV\office-laser".to_owned()) + ",LocalsplOnly")
            }
            _ => printer,
        }
    }
}
