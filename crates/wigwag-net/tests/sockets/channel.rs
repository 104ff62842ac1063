//! One device, command after command: what came for one command is never handed to the next.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::sync::mpsc;
use wigwag_net::{Channel, Dialer};
use wigwag_protocol::exchange::End;
use wigwag_protocol::layout::{Fields, Value};
use wigwag_protocol::outcome::{Outcome, Unconfirmed};
use wigwag_protocol::protocol::{Effect, Protocol, Times};

use crate::{at, in_time, listen};

const PLAIN: &str = r#"
name = "plain"
[session]
finish = "keep"
[request]
layout = "body <CR LF>"
[response]
layout = "body <CR LF>"
"#;

/// Answers are told apart by a number.
const NUMBERED: &str = r#"
name = "numbered"
[session]
finish = "keep"
[request]
layout = "id:dec2=seq ' ' body <CR LF>"
[response]
layout = "id:dec2 ' ' body <CR LF>"
match = ["id"]
"#;

/// A device whose every line the test writes by hand.
struct Device {
    address: SocketAddr,
    /// Connection and request line.
    heard: mpsc::UnboundedReceiver<(usize, String)>,
    says: mpsc::UnboundedSender<(usize, Vec<u8>)>,
    /// Connections that have taken what was said.
    said: mpsc::UnboundedReceiver<usize>,
}

impl Device {
    async fn start() -> Self {
        let (listener, address) = listen().await;
        let (heard_by, heard) = mpsc::unbounded_channel();
        let (says, mut to_say) = mpsc::unbounded_channel::<(usize, Vec<u8>)>();
        let (said_by, said) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut writers = Vec::new();
            loop {
                tokio::select! {
                    Ok((stream, _)) = listener.accept() => {
                        let (reader, writer) = stream.into_split();
                        let (connection, heard_by) = (writers.len(), heard_by.clone());
                        writers.push(writer);
                        tokio::spawn(async move {
                            let mut lines = BufReader::new(reader).lines();
                            while let Ok(Some(line)) = lines.next_line().await {
                                let _ = heard_by.send((connection, line));
                            }
                        });
                    }
                    Some((connection, bytes)) = to_say.recv() => {
                        // A client that has gone is what some tests are about.
                        let _ = writers[connection].write_all(&bytes).await;
                        let _ = said_by.send(connection);
                    }
                }
            }
        });
        Self { address, heard, says, said }
    }

    fn channel(&self, protocol: &str) -> Channel {
        let protocol = Arc::new(Protocol::parse(protocol).unwrap());
        Channel::new(Dialer::default(), at(self.address), protocol, Fields::new(), 7)
    }

    async fn hears(&mut self) -> (usize, String) {
        in_time(self.heard.recv()).await.unwrap()
    }

    async fn says(&mut self, connection: usize, bytes: &str) {
        self.says.send((connection, bytes.as_bytes().to_vec())).unwrap();
        assert_eq!(in_time(self.said.recv()).await, Some(connection));
    }
}

/// Sends a line; `first` is the longest wait for the answer.
async fn send(channel: &mut Channel, body: &str, first: Duration, effect: Effect) -> End {
    let call = channel.protocol.call_body(Some(body.as_bytes().to_vec()), Fields::new()).unwrap();
    let call = call.with_effect(effect).with_times(Times { first, ..Times::default() });
    in_time(channel.exchange(Arc::new(call), &mut ())).await
}

const LONG: Duration = Duration::from_secs(30);

/// Sends a line that the device answers on this connection with this.
async fn ask(channel: &mut Channel, device: &mut Device, body: &str, on: usize, answer: &str) -> End {
    let (end, ()) = tokio::join!(send(channel, body, LONG, Effect::Read), async {
        let (connection, line) = device.hears().await;
        assert_eq!(connection, on, "{line}");
        assert!(line.ends_with(body), "{line}");
        device.says(connection, answer).await;
    });
    end
}

fn body(end: &End) -> &[u8] {
    assert_eq!(end.outcome, Outcome::Ok, "{:?}", end.evidence.error);
    &end.evidence.body
}

#[tokio::test]
async fn a_clean_connection_carries_the_next_command() {
    let mut device = Device::start().await;
    let mut channel = device.channel(PLAIN);
    for (command, answer) in [("A", "a"), ("B", "b"), ("C", "c")] {
        let end = ask(&mut channel, &mut device, command, 0, &format!("{answer}\r\n")).await;
        assert_eq!(body(&end), answer.as_bytes());
        assert_eq!(end.evidence.address, Some(device.address));
    }
    channel.close();
    let end = ask(&mut channel, &mut device, "D", 1, "d\r\n").await;
    assert_eq!(body(&end), b"d");
}

#[tokio::test]
async fn an_answer_that_comes_after_its_time_out_is_not_handed_to_the_next_command() {
    for (protocol, late, answer) in [(PLAIN, "late\r\n", "b\r\n"), (NUMBERED, "07 late\r\n", "07 b\r\n")] {
        let mut device = Device::start().await;
        let mut channel = device.channel(protocol);
        let end = send(&mut channel, "A", Duration::from_millis(50), Effect::Read).await;
        assert_eq!(end.outcome, Outcome::Unconfirmed(Unconfirmed::NoReply));
        assert_eq!(device.hears().await.0, 0);
        device.says(0, late).await;
        let end = ask(&mut channel, &mut device, "B", 1, answer).await;
        assert_eq!(body(&end), b"b");
        assert!(end.evidence.stale.is_empty(), "it came on a connection that nobody reads any more");
    }
}

#[tokio::test]
async fn what_comes_between_two_commands_ends_the_connection() {
    for (protocol, first, stale, second) in
        [(PLAIN, "a\r\n", "stale\r\n", "b\r\n"), (NUMBERED, "07 a\r\n", "08 stale\r\n", "07 b\r\n")]
    {
        let mut device = Device::start().await;
        let mut channel = device.channel(protocol);
        assert_eq!(body(&ask(&mut channel, &mut device, "A", 0, first).await), b"a");
        device.says(0, stale).await;
        assert_eq!(body(&ask(&mut channel, &mut device, "B", 1, second).await), b"b");
    }
}

#[tokio::test]
async fn what_comes_behind_an_answer_is_not_the_next_one() {
    let mut device = Device::start().await;
    let mut channel = device.channel(PLAIN);
    let end = ask(&mut channel, &mut device, "A", 0, "a\r\nextra\r\n").await;
    assert_eq!((body(&end), end.evidence.extra.as_slice()), (&b"a"[..], &b"extra\r\n"[..]));
    assert_eq!(body(&ask(&mut channel, &mut device, "B", 1, "b\r\n").await), b"b");

    // Where answers are told apart the connection goes on, and the other answer is known for what it is.
    let mut device = Device::start().await;
    let mut channel = device.channel(NUMBERED);
    let end = ask(&mut channel, &mut device, "A", 0, "07 a\r\n06 ex").await;
    assert_eq!((body(&end), end.evidence.extra.as_slice()), (&b"a"[..], &b"06 ex"[..]));
    let end = ask(&mut channel, &mut device, "B", 0, "tra\r\n08 b\r\n").await;
    assert_eq!((body(&end), end.evidence.stale.as_slice()), (&b"b"[..], &b"06 extra\r\n"[..]));
    assert_eq!(end.evidence.fields.get("id"), Some(&Value::Integer(8)));
}

#[tokio::test]
async fn a_device_that_has_closed_meanwhile_is_dialled_anew() {
    let (listener, address) = listen().await;
    let (ended_by, mut ended) = mpsc::unbounded_channel();
    let server = tokio::spawn(async move {
        for answer in ["a\r\n", "b\r\n"] {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            stream.read_line(&mut String::new()).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            // Half-closed only: were it closed, an answer still under way could be overtaken.
            stream.shutdown().await.unwrap();
            ended_by.send(()).unwrap();
            stream.read_line(&mut String::new()).await.unwrap();
        }
    });
    let protocol = Arc::new(Protocol::parse(PLAIN).unwrap());
    let mut channel = Channel::new(Dialer::default(), at(address), protocol, Fields::new(), 0);
    for answer in [b"a", b"b"] {
        assert_eq!(body(&send(&mut channel, "X", LONG, Effect::Once).await), answer);
        in_time(ended.recv()).await.unwrap();
    }
    channel.close();
    in_time(server).await.unwrap();
}

#[tokio::test]
async fn a_command_that_acts_each_time_does_not_trust_a_connection_that_was_idle() {
    let mut device = Device::start().await;
    let mut channel = device.channel(PLAIN);
    ask(&mut channel, &mut device, "A", 0, "a\r\n").await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_millis(1500)).await;
    tokio::time::resume();
    ask(&mut channel, &mut device, "B", 0, "b\r\n").await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_millis(1500)).await;
    tokio::time::resume();
    let (end, ()) = tokio::join!(send(&mut channel, "C", LONG, Effect::Once), async {
        assert_eq!(device.hears().await, (1, "C".to_owned()));
        device.says(1, "c\r\n").await;
    });
    assert_eq!(body(&end), b"c");
}
