//! The notification source of the reference server ([MS-PAN] 3.1.1.6): what the stimulus protocol asks for, done.

use mspan::NotificationType;
use trace::stimulus::{self, Answer, Request};

use crate::server::{Audience, PrintServer, PrinterName};

impl PrintServer {
    /// Does what a notification source is asked to do. Calls that it completes come out of
    /// [`PrintServer::next_completion`].
    pub fn source(&mut self, request: Request) -> Answer {
        match self.try_source(request) {
            Ok(answer) => answer,
            Err(error) => Answer::Refused { error, unsupported: false },
        }
    }

    fn try_source(&mut self, request: Request) -> Result<Answer, String> {
        let done = match request {
            Request::Notify { audience, data } => self.notify(&read_audience(audience)?, &data),
            Request::OpenChannel { id, audience, data } => self.open_channel(id, read_audience(audience)?, data),
            Request::ChannelNotify { id, data } => self.channel_notify(&id, data),
            Request::ChannelClose { id } => self.close_by_source(&id),
            Request::ChannelLog { id } => {
                return self.channel_log(&id).map(Answer::Log).map_err(|error| error.to_string());
            }
            Request::DeletePrinter { printer } => {
                self.delete_printer(&read_printer(&printer)?);
                Ok(())
            }
            Request::Shutdown => {
                self.shut_down();
                Ok(())
            }
            Request::Nonsense { verb } => {
                return Ok(Answer::Refused { error: format!("no such operation: {verb}"), unsupported: true });
            }
        };
        done.map(|()| Answer::Done).map_err(|error| error.to_string())
    }
}

/// A source gives a type and a filter, and with kPerUser the intended user.
fn read_audience(audience: stimulus::Audience) -> Result<Audience, String> {
    let user = match (audience.filter, audience.user) {
        (0, Some(user)) => Some(user),
        (0, None) => return Err("kPerUser needs a user".to_owned()),
        (1, _) => None,
        (filter, _) => return Err(format!("no user filter has the number {filter}")),
    };
    let printer = audience.printer.as_deref().map(read_printer).transpose()?;
    Ok(Audience { notification_type: NotificationType(audience.notification_type), printer, user })
}

fn read_printer(printer: &str) -> Result<PrinterName, String> {
    PrinterName::parse(printer).map_err(|error| error.to_string())
}
