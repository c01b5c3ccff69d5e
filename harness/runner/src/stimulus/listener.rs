//! The answering end over TCP, for our own server.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use trace::stimulus::{Answer, Request};

use super::protocol::{Malformed, answer_to_json, request_from_json};
use super::tcp::LINE_LIMIT;

/// How many connections are served at once.
const CONNECTIONS: usize = 16;

/// Accepts connections and answers their requests, until the listener fails.
///
/// # Errors
/// What the operating system says of the listener.
pub async fn listen<A, F>(listener: TcpListener, ask: A) -> io::Result<()>
where
    A: Fn(Request) -> F + Clone + 'static,
    F: Future<Output = Answer> + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < CONNECTIONS => {
                let (stream, _) = accepted?;
                let ask = ask.clone();
                connections.spawn_local(async move {
                    let (input, output) = stream.into_split();
                    // A connection that breaks ends; there is nobody to tell.
                    serve_connection(BufReader::new(input), output, ask).await.ok();
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Answers the requests of one connection, one line each, until it ends.
///
/// # Errors
/// What the operating system says of the connection; a line without an end is an end of input.
pub async fn serve_connection<A, F>(
    mut input: impl AsyncBufRead + Unpin,
    mut output: impl AsyncWrite + Unpin,
    ask: A,
) -> io::Result<()>
where
    A: Fn(Request) -> F,
    F: Future<Output = Answer>,
{
    loop {
        let mut line = Vec::new();
        let read = (&mut input).take(LINE_LIMIT).read_until(b'\n', &mut line).await?;
        if read == 0 || line.last() != Some(&b'\n') {
            return Ok(());
        }
        let answer = match request_from_json(&String::from_utf8_lossy(&line)) {
            Ok(request) => ask(request).await,
            Err(why) => {
                let unsupported = matches!(why, Malformed::UnknownVerb(_));
                Answer::Refused { error: why.to_string(), unsupported }
            }
        };
        output.write_all(format!("{}\n", answer_to_json(&answer)).as_bytes()).await?;
        output.flush().await?;
    }
}
