//! What moves over a connection, in whatever pieces.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use wigwag_net::driver::Job;
use wigwag_protocol::layout::{EndReason, Fields, MAX_LIMIT};
use wigwag_protocol::protocol::{Protocol, Times};

use crate::{Way, all, by_both, device, end_of, kind, listen, patient, read_request, reset};

/// Larger than what the kernel keeps of a connection in either direction.
const LARGE: usize = 12 << 20;

#[test]
fn many_exchanges_end_each_with_its_own_answer() {
    const MANY: u64 = 1500;
    by_both(|way, driver| {
        let (listener, address) = listen();
        let device = thread::spawn(move || {
            for number in 0..MANY {
                let (stream, _) = listener.accept().unwrap();
                write!(read_request(stream), "READY {number}\r\n").unwrap();
            }
        });

        let (mut ends, mut next) = (Vec::new(), 0);
        while (ends.len() as u64) < MANY {
            // No more than the device's queue holds.
            let more = (MANY - next).min(100_u64.saturating_sub(next - ends.len() as u64));
            (next..next + more).map(|id| way.status(id, address)).for_each(|job| driver.start(job));
            next += more;
            ends.extend(all(driver, 1));
        }

        device.join().unwrap();
        let ids: BTreeSet<u64> = ends.iter().map(|(id, _)| *id).collect();
        assert!(ids.into_iter().eq(0..MANY));
        let bodies: BTreeSet<String> =
            ends.iter().map(|(_, end)| String::from_utf8(end.evidence.body.clone()).unwrap()).collect();
        assert!(bodies.into_iter().eq((0..MANY).map(|number| format!("READY {number}")).collect::<BTreeSet<_>>()));
    });
}

/// Those that are answered before they are watched, some while others are still being begun, and those that are not.
#[test]
fn of_many_begun_together_the_late_are_waited_for() {
    const HALF: usize = 200;
    by_both(|way, driver| {
        let (listener, address) = listen();
        let (go_on, wait) = channel();
        let device = thread::spawn(move || {
            let mut answered = Vec::new();
            let mut late = Vec::new();
            for number in 0..2 * HALF {
                let mut client = read_request(listener.accept().unwrap().0);
                if number % 2 == 0 {
                    client.write_all(b"READY\r\n").unwrap();
                    answered.push(client);
                } else {
                    late.push(client);
                }
            }
            wait.recv().unwrap();
            late.iter_mut().for_each(|client| client.write_all(b"LATE\r\n").unwrap());
        });

        (0..2 * HALF as u64).map(|id| way.status(id, address)).for_each(|job| driver.start(job));
        let mut ends = all(driver, HALF);
        assert!(ends.len() == HALF && ends.iter().all(|(_, end)| end.evidence.body == b"READY"));
        go_on.send(()).unwrap();
        let late = all(driver, HALF);
        assert!(late.len() == HALF && late.iter().all(|(_, end)| end.evidence.body == b"LATE"));

        device.join().unwrap();
        ends.extend(late);
        assert!(ends.iter().all(|(_, end)| kind(end) == "ok"));
        let ids: BTreeSet<u64> = ends.iter().map(|(id, _)| *id).collect();
        assert!(ids.into_iter().eq(0..2 * HALF as u64));
    });
}

#[test]
fn an_answer_in_single_bytes_is_one_answer() {
    by_both(|way, driver| {
        let (address, device) = device(|stream| {
            let mut stream = read_request(stream);
            stream.set_nodelay(true).unwrap();
            for byte in b"READY\r\n" {
                stream.write_all(&[*byte]).unwrap();
                thread::yield_now();
            }
        });
        let end = end_of(driver, way.status(1, address));
        assert_eq!((kind(&end).as_str(), end.evidence.body.as_slice()), ("ok", &b"READY"[..]));
        device.join().unwrap();
    });
}

/// The command is taken in pieces, the answer is read in pieces, and the half-close comes behind the last of them.
#[test]
fn large_commands_and_answers_move_as_the_kernel_allows() {
    by_both(|way, driver| {
        let (address, device) = device(|mut stream| {
            let mut request = Vec::new();
            stream.read_to_end(&mut request).unwrap();
            stream.write_all(&request[..request.len() - 1]).unwrap();
            request.len()
        });
        let end = end_of(driver, large_command(way, address));

        assert_eq!(device.join().unwrap(), LARGE + 2, "ESC, body, CR, and the end");
        assert_eq!((kind(&end).as_str(), end.evidence.bytes_written), ("ok", LARGE + 2));
        assert_eq!((end.evidence.body.len(), end.evidence.ended_by), (LARGE + 1, Some(EndReason::Eof)));
    });
}

fn large_command(way: Way, address: SocketAddr) -> Job {
    let text = format!(
        "name = \"large\"\n[session]\nafter_send = \"fin\"\n[request]\nlayout = \"<ESC> body <CR>\"\nmax = {MAX_LIMIT}\n[response]\nlayout = \"body <NUL|EOF>\"\nmax = {MAX_LIMIT}\n"
    );
    let protocol = Protocol::parse(&text).unwrap();
    let call = protocol.call_body(Some(vec![b'x'; LARGE]), Fields::new()).unwrap().with_times(patient());
    way.job_of(1, address, protocol, call)
}

/// One that talks without end is cut off by the layout's limit, and the others have their turn meanwhile.
#[test]
fn a_device_that_never_stops_holds_up_nobody() {
    by_both(|way, driver| {
        let (endless, talking) = device(|stream| {
            let mut stream = read_request(stream);
            while stream.write_all(&[b'x'; 65536]).is_ok() {}
        });
        let (address, device) = device(|stream| read_request(stream).write_all(b"READY\r\n").unwrap());
        driver.start(way.status(1, endless));
        driver.start(way.status(2, address));
        let mut ends = all(driver, 2);
        ends.sort_by_key(|(id, _)| *id);

        assert_eq!(kind(&ends[0].1), "garbled too-long");
        assert_eq!(kind(&ends[1].1), "ok");
        talking.join().unwrap();
        device.join().unwrap();
    });
}

#[test]
fn an_answer_and_the_end_at_once_are_an_answer() {
    by_both(|way, driver| {
        let (address, device) = device(|stream| read_request(stream).write_all(b"READY\r\n").unwrap());
        let end = end_of(driver, way.status(1, address));
        assert_eq!(kind(&end), "ok");
        device.join().unwrap();
    });
}

#[test]
fn a_device_that_goes_away_leaves_it_open() {
    type Leave = fn(TcpStream);
    let cases: [(Leave, &str); 3] = [
        (drop, "unconfirmed closed"),
        (reset, "unconfirmed reset"),
        (|mut stream| stream.write_all(b"REA").unwrap(), "unconfirmed closed"),
    ];
    for (leave, expected) in cases {
        by_both(|way, driver| {
            let (address, device) = device(move |stream| leave(read_request(stream)));
            let end = end_of(driver, way.status(1, address));
            assert_eq!((kind(&end).as_str(), end.evidence.bytes_written), (expected, 8));
            device.join().unwrap();
        });
    }
}

#[test]
fn a_device_that_stops_talking_is_not_waited_for() {
    by_both(|way, driver| {
        let times = Times { first: Duration::from_millis(50), ..patient() };
        let (address, silent) = device(read_request);
        let end = end_of(driver, way.job(1, address, "line", b"STATUS", times));
        assert_eq!(kind(&end), "unconfirmed no-reply");
        drop(silent.join().unwrap());

        let times = Times { idle: Duration::from_millis(50), ..patient() };
        let (address, stalled) = device(|stream| {
            let mut stream = read_request(stream);
            stream.write_all(b"REA").unwrap();
            stream
        });
        let end = end_of(driver, way.job(1, address, "line", b"STATUS", times));
        assert_eq!((kind(&end).as_str(), end.evidence.response.as_slice()), ("unconfirmed stalled", &b"REA"[..]));
        drop(stalled.join().unwrap());
    });
}

/// What is said before the command may be sent, and what must wait for it.
#[test]
fn a_greeting_comes_before_the_command() {
    by_both(|way, driver| {
        let (address, device) = device(|mut stream| {
            stream.write_all(b"PJLINK 0\r").unwrap();
            let mut request = [0; 9];
            stream.read_exact(&mut request).unwrap();
            stream.write_all(b"%1POWR=1\r").unwrap();
            request
        });
        let end = end_of(driver, way.job(1, address, "pjlink", b"%1POWR ?", patient()));
        assert_eq!(&device.join().unwrap(), b"%1POWR ?\r");
        assert_eq!((kind(&end).as_str(), end.evidence.body.as_slice()), ("ok", &b"%1POWR=1"[..]));
        let timing = end.evidence.timing;
        assert!(timing.connect.is_some() && timing.greeting.is_some() && timing.first_byte.is_some());
    });
}
