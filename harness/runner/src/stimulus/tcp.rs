//! One JSON object a line over TCP, one line back, answers in the order of the requests.

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use trace::stimulus::{Answer, Request};

use super::protocol::{answer_from_json, request_to_json};

/// The longest line that is read: the largest notification in hexadecimal, and room to spare.
pub(super) const LINE_LIMIT: u64 = 32 << 20;

/// The asking end. Connects with the first question, and anew after a failure.
pub(super) struct Client {
    address: String,
    stream: Mutex<Option<BufReader<TcpStream>>>,
}

impl Client {
    pub(super) fn new(address: String) -> Self {
        Self { address, stream: Mutex::new(None) }
    }

    pub(super) async fn ask(&self, request: &Request) -> Answer {
        let mut held = self.stream.lock().await;
        // Taken out for the exchange: when the wait for the answer is given up, the stream goes with it, and a late
        // answer can't be taken for that to the next question.
        let result = match held.take() {
            Some(stream) => exchange(stream, request).await,
            None => match TcpStream::connect(&self.address).await {
                Ok(stream) => exchange(BufReader::new(stream), request).await,
                Err(error) => Err(format!("can't connect to {}: {error}", self.address)),
            },
        };
        match result {
            Ok((answer, stream)) => {
                *held = Some(stream);
                answer
            }
            Err(why) => Answer::Silent { why },
        }
    }
}

async fn exchange(
    mut stream: BufReader<TcpStream>,
    request: &Request,
) -> Result<(Answer, BufReader<TcpStream>), String> {
    let line = format!("{}\n", request_to_json(request));
    stream.write_all(line.as_bytes()).await.map_err(|error| format!("can't send the request: {error}"))?;
    let mut answer = String::new();
    let mut bounded = (&mut stream).take(LINE_LIMIT);
    let read = bounded.read_line(&mut answer).await.map_err(|error| format!("can't read the answer: {error}"))?;
    if read == 0 {
        return Err("the connection was closed before the answer".to_owned());
    }
    if !answer.ends_with('\n') {
        return Err(format!("the answer ended in mid-line after {read} octets"));
    }
    let answer = answer_from_json(answer.trim_end()).map_err(|why| format!("the answer can't be read: {why}"))?;
    Ok((answer, stream))
}
