//! The person at the terminal as a notification source.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use trace::stimulus::{Answer, Request};

use super::protocol::request_to_json;

/// Asks the person at the terminal; without a terminal this can't be done.
pub(super) async fn ask(request: &Request) -> Answer {
    if let Request::Nonsense { verb } = request {
        return Answer::Refused { error: format!("nobody at a terminal knows {verb}"), unsupported: true };
    }
    if matches!(request, Request::ChannelLog { .. }) {
        return Answer::Refused { error: "a person at a terminal keeps no log".to_owned(), unsupported: true };
    }
    if !std::io::stdin().is_terminal() {
        return Answer::Refused { error: "`stimulus: {manual: true}` needs a terminal".to_owned(), unsupported: true };
    }
    let prompt = format!("Make the target do this, then press Enter (u: it can't): {}\n> ", request_to_json(request));
    tokio::task::spawn_blocking(move || prompted(&prompt))
        .await
        .unwrap_or_else(|error| Answer::Silent { why: format!("the terminal can't be read: {error}") })
}

fn prompted(prompt: &str) -> Answer {
    let mut line = String::new();
    let mut out = std::io::stderr();
    let asked = out.write_all(prompt.as_bytes()).and_then(|()| out.flush());
    match asked.and_then(|()| std::io::stdin().lock().read_line(&mut line)) {
        Ok(0) => Answer::Silent { why: "end of input at the terminal".to_owned() },
        Ok(_) if line.trim() == "u" => Answer::Refused { error: "said at the terminal".to_owned(), unsupported: true },
        Ok(_) => Answer::Done,
        Err(error) => Answer::Silent { why: format!("the terminal can't be read: {error}") },
    }
}
