//! `wigwag listen`, with `nc` as its client.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::thread;

use crate::support::{HOSTILE, HOSTILE_SHOWN, Program, Running, Unvisited, is_inert, nc_to, wigwag};

/// A listener that runs, on a port from the system.
struct Listening {
    process: Running,
    port: u16,
}

impl Listening {
    fn start(options: &[&str]) -> Self {
        Self::of(wigwag(&[&["listen", "127.0.0.1:0"], options].concat()))
    }

    fn of(program: Program) -> Self {
        let mut process = program.start();
        let said = process.stderr_with("Ctrl-C ends\n");
        let (_, rest) = said.split_once("listening on 127.0.0.1:").unwrap();
        let (port, _) = rest.split_once(',').unwrap();
        Self { process, port: port.parse().unwrap() }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap()
    }

    /// Everything shown until the end of `clients` connections, without times and client addresses.
    fn shown(&mut self, clients: usize) -> String {
        let (mut shown, mut closed) = (String::new(), 0);
        while closed < clients {
            let line = timeless(&self.process.line());
            closed += usize::from(line == "TIME PEER closed");
            shown += &(line + "\n");
        }
        shown
    }
}

/// `12:34:56.789 127.0.0.1:40123 connected` -> `TIME PEER connected`
fn timeless(line: &str) -> String {
    match line.split(' ').collect::<Vec<_>>()[..] {
        [time, peer, ref rest @ ..] if time.len() == 12 && peer.starts_with("127.0.0.1:") => {
            format!("TIME PEER {}", rest.join(" "))
        }
        _ => line.to_owned(),
    }
}

#[test]
fn bytes_are_shown_as_they_come() {
    let mut listening = Listening::start(&[]);

    assert_eq!(nc_to(listening.port, &["-N"], b"\x1bSTATUS\r"), b"");

    assert_eq!(
        listening.shown(1),
        "TIME PEER connected\n\
         TIME PEER <- 8 bytes\n    \
             0000  1b 53 54 41 54 55 53 0d                          |.STATUS.|\n\
         TIME PEER sends nothing more\n\
         TIME PEER closed\n"
    );
}

#[test]
fn frames_are_shown_and_answered_with_a_protocol() {
    let mut listening = Listening::start(&["--protocol", "esc-cr", "--reply", "'READY' <NUL>"]);

    assert_eq!(nc_to(listening.port, &["-q", "1"], b"\x1bSTATUS\r\x1bVER"), b"READY\0");

    assert_eq!(
        listening.shown(1),
        "TIME PEER connected\n\
         TIME PEER <- 12 bytes\n    \
             0000  1b 53 54 41 54 55 53 0d 1b 56 45 52              |.STATUS..VER|\n\
         TIME PEER request: STATUS\n\
         TIME PEER -> 6 bytes\n    \
             0000  52 45 41 44 59 00                                |READY.|\n\
         TIME PEER sends nothing more\n\
         TIME PEER closed\n"
    );
}

#[test]
fn a_reply_copies_parts_of_its_request() {
    let request = "<0xAA> id:u8 len:u8=len(body) body";
    let reply = "<0xBB> id:u8 len:u8=len(body) body <0xCC>";
    let mut listening = Listening::start(&["--request", request, "--reply", reply]);

    let answers = nc_to(listening.port, &["-N"], b"\xaa\x07\x02hi\xaa\x08\x00");

    assert_eq!(answers, b"\xbb\x07\x02hi\xcc\xbb\x08\x00\xcc");
    let shown = listening.shown(1);
    assert!(shown.contains("request: hi id=7\n") && shown.contains("request:  id=8\n"), "{shown}");
}

#[test]
fn a_reply_without_a_protocol_answers_each_piece() {
    let listening = Listening::start(&["--reply", "'got ' body <LF>"]);
    let mut client = listening.connect();
    let mut answer = [0; 8];

    client.write_all(b"one").unwrap();
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"got one\n");

    client.write_all(b"two").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"got two\n");
    assert_eq!(client.read(&mut answer).unwrap(), 0, "closed after the answer");
}

#[test]
fn an_echo_of_frames() {
    let listening = Listening::start(&["--protocol", "line", "--eol", "lf", "--echo"]);

    assert_eq!(nc_to(listening.port, &["-N"], b"one\ntwo\nhalf"), b"one\ntwo\n");
}

#[test]
fn an_echo_without_a_protocol_loses_nothing() {
    let sent: Vec<u8> = (0..1 << 20).map(|index: u32| (index % 251) as u8).collect();
    let listening = Listening::start(&["--echo"]);
    let mut client = listening.connect();

    let mut writing = client.try_clone().unwrap();
    let all = sent.clone();
    let writer = thread::spawn(move || {
        writing.write_all(&all).unwrap();
        writing.shutdown(Shutdown::Write).unwrap();
    });
    let mut echo = Vec::new();
    client.read_to_end(&mut echo).unwrap();
    writer.join().unwrap();

    assert!(echo == sent, "{} bytes of {} came back", echo.len(), sent.len());
}

#[test]
fn however_much_comes_without_a_pause_is_all_shown() {
    const SIZE: usize = 300_000;
    let mut listening = Listening::start(&["--once"]);

    nc_to(listening.port, &["-N"], &vec![b'x'; SIZE]);

    let shown = listening.shown(1);
    let counts = shown.lines().filter_map(|line| line.strip_prefix("TIME PEER <- ")?.strip_suffix(" bytes"));
    assert_eq!(counts.map(|count| count.parse::<usize>().unwrap()).sum::<usize>(), SIZE);
}

#[test]
fn many_clients_at_once() {
    const CLIENTS: usize = 50;
    let mut listening = Listening::start(&["--protocol", "line", "--eol", "lf", "--echo"]);
    // All are connected before the first one says a word.
    let mut clients: Vec<TcpStream> = (0..CLIENTS).map(|_| listening.connect()).collect();

    for (index, client) in clients.iter_mut().enumerate().rev() {
        client.write_all(format!("client {index}\n").as_bytes()).unwrap();
    }

    for (index, mut client) in clients.into_iter().enumerate() {
        client.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, format!("client {index}\n"));
    }
    assert_eq!(listening.shown(CLIENTS).matches("request: client ").count(), CLIENTS);
}

#[test]
fn nothing_that_a_client_says_acts_on_a_terminal() {
    for options in [&[][..], &["--request", "body <LF>"]] {
        let listening = Listening::start(&[&["--once"], options].concat());
        nc_to(listening.port, &["-N"], &[HOSTILE, b"\n"].concat());

        let shown = listening.process.end();

        let shown = shown.told().1;
        assert!(is_inert(shown.as_bytes()), "{shown}");
        assert_eq!(shown.contains(&format!("request: {HOSTILE_SHOWN}\n")), !options.is_empty(), "{shown}");
    }
}

#[test]
fn once_ends_with_the_first_connection() {
    let listening = Listening::start(&["--once"]);
    let second = listening.connect();
    drop(second);

    assert_eq!(listening.process.end().code, 0);
}

#[test]
fn an_interrupt_ends_it_and_its_connections() {
    let mut listening = Listening::start(&[]);
    let mut client = listening.connect();
    client.write_all(b"half").unwrap();
    listening.process.stdout_with("|half|");

    listening.process.signal("INT");

    assert_eq!(client.read(&mut [0; 1]).unwrap_or(0), 0, "the client is let go");
    assert_eq!(listening.process.end().code, 0);
}

#[test]
fn it_ends_when_nobody_looks_any_more() {
    for options in [&[][..], &["--protocol", "esc-cr"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let program = wigwag(&[&["listen", "127.0.0.1:0"], options].concat()).stdout(writer);
        let listening = Listening::of(program);

        let mut client = listening.connect();

        assert_eq!(client.read(&mut [0; 1]).unwrap_or(0), 0);
        assert_eq!(listening.process.end().code, 0);
    }
}

#[test]
fn a_port_in_use() {
    let taken = Unvisited::new();
    let address = taken.address();

    let listening = wigwag(&["listen", &address]).run();

    let expected = format!("error: cannot listen on {address}: address already in use\n");
    assert_eq!(listening.told(), (2, "", expected.as_str()));
}

#[test]
fn what_cannot_be_listened_to() {
    for (arguments, error) in [
        (
            &["press-7"][..],
            "error: `press-7` is not an address to listen on\n\
             hint: a port, or an address of this machine and a port: 9100, 127.0.0.1:9100, [::1]:9100\n",
        ),
        (
            &["0", "--protocol", "raw"],
            "error: a request `body` has no end that could be heard\n\
             hint: leave --protocol out to see bytes as they come, or give --request a terminator or `<IDLE 200ms>`\n",
        ),
        (&["0", "--eol", "lf"], "error: --eol belongs to --protocol line, not to esc-cr\n"),
        (
            &["0", "--protocol", "lines"],
            "error: there is no protocol `lines`\nhint: did you mean `line`? `wigwag protocol list` shows all\n",
        ),
    ] {
        let listening = wigwag(&[&["listen"], arguments].concat()).run();
        assert_eq!(listening.told(), (2, "", error), "{arguments:?}");
    }
    let listening = wigwag(&["listen", "0", "--reply", "'OK"]).run();
    assert_eq!(listening.code, 2);
    assert!(listening.stderr.starts_with("error: --reply: "), "{}", listening.stderr);
}
