//! Redis, with lines and with `examples/resp.toml`.

use std::env;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::json;
use socket2::{Domain, Socket, Type};
use tempfile::TempDir;

use crate::support::{Program, Running, Sender};

const RESP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/resp.toml");

/// A server with nothing in it.
struct Redis {
    _process: Running,
    _folder: TempDir,
    _reserved: Socket,
    port: u16,
}

impl Redis {
    fn start(options: &[&str]) -> Self {
        let (reserved, port) = reserve_port();
        let folder = tempfile::tempdir().unwrap();
        let mut process = Program::new(server_in(folder.path()))
            .arguments(&["--bind", "127.0.0.1", "--port", &port.to_string(), "--dir", folder.path().to_str().unwrap()])
            .arguments(&["--save", "", "--appendonly", "no"])
            .arguments(options)
            .start();
        process.stdout_with("Ready to accept connections");
        Self { _process: process, _folder: folder, _reserved: reserved, port }
    }

    fn sender(&self, protocol: &'static str) -> Sender<'static> {
        Sender { port: self.port, protocol }
    }
}

/// A port that the system gives to nobody else, though whoever knows it can listen on it.
fn reserve_port() -> (Socket, u16) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    let port = socket.local_addr().unwrap().as_socket().unwrap().port();
    (socket, port)
}

/// The server under its own name. All programs of Redis are one, which looks at what it is called.
fn server_in(folder: &Path) -> PathBuf {
    const ANY_OF_THEM: &str = "redis-check-rdb";
    let path = env::var_os("PATH").unwrap();
    let installed = env::split_paths(&path).map(|folder| folder.join(ANY_OF_THEM)).find(|program| program.is_file());
    let installed = installed.unwrap_or_else(|| panic!("{ANY_OF_THEM} is missing: `cargo xtask test` installs it"));
    let server = folder.join("redis-server");
    symlink(installed, &server).unwrap();
    server
}

#[test]
fn a_line_out_and_a_line_back() {
    let redis = Redis::start(&[]);

    assert_eq!(redis.sender("line").send(&["PING"]).told(), (0, "+PONG\n", ""));
}

#[test]
fn what_is_kept_comes_back() {
    let redis = Redis::start(&[]);
    let resp = redis.sender(RESP);

    assert_eq!(resp.send(&["ping"]).told(), (0, "PONG\n", ""));
    assert_eq!(resp.send(&["set", "key=a sign", "value=Grüße an 'alle'"]).told(), (0, "OK\n", ""));
    assert_eq!(resp.send(&["get", "key=a sign"]).told(), (0, "Grüße an 'alle'\n", ""));
    assert_eq!(resp.fields(&["remove", "key=a sign"])["count"], 1);
    assert_eq!(resp.report(0, &["get", "key=a sign"])["response"]["text"], "$-1\r\n", "nothing");
}

#[test]
fn a_value_may_hold_what_ends_lines_and_what_says_no() {
    let redis = Redis::start(&[]);
    let resp = redis.sender(RESP);

    for (written, kept) in
        [(r"one\r\ntwo\r\n", "one\r\ntwo\r\n"), ("-ERR is what it says", "-ERR is what it says"), ("", "")]
    {
        resp.fields(&["set", "key=sign", &format!("value={written}")]);
        assert_eq!(resp.fields(&["get", "key=sign"]), json!({"value": kept}));
    }
}

#[test]
fn bytes_that_are_no_text_are_not_taken_for_one() {
    let redis = Redis::start(&[]);
    let resp = redis.sender(RESP);

    resp.fields(&["set", "key=sign", r"value=\xff"]);
    let report = resp.report(5, &["get", "key=sign"]);

    assert_eq!((&report["outcome"], &report["response"]["hex"]), (&json!("garbled"), &json!("24310d0aff0d0a")));
}

#[test]
fn a_value_cannot_become_a_second_command() {
    let redis = Redis::start(&[]);
    let resp = redis.sender(RESP);

    for value in ["value=x\" \"EX\" \"1", "value=x\"\r\nDEL \"sign"] {
        let report = resp.send(&["set", "key=sign", value]);
        assert_eq!((report.code, report.stdout.len()), (2, 0), "{report:?}");
    }
    assert_eq!(resp.report(0, &["get", "key=sign"])["response"]["text"], "$-1\r\n", "none of it was sent");
}

#[test]
fn numbers_count() {
    let redis = Redis::start(&[]);
    let resp = redis.sender(RESP);

    assert_eq!(resp.send(&["increase", "key=visitors"]).told(), (0, "1\n", ""));
    assert_eq!(resp.fields(&["increase", "key=visitors"]), json!({"kind": ":", "number": 2}));
}

#[test]
fn lists_come_whole() {
    let redis = Redis::start(&[]);
    let resp = redis.sender(RESP);

    assert_eq!(resp.fields(&["list", "key=log"]), json!({"count": 0, "values": []}));
    resp.fields(&["append", "key=log", "value=power on"]);
    assert_eq!(resp.fields(&["append", "key=log", r"value=door\r\nopened"])["count"], 2);
    assert_eq!(
        resp.fields(&["list", "key=log"])["values"],
        json!([{"value": "power on"}, {"value": "door\r\nopened"}])
    );
    assert_eq!(resp.fields(&["list", "key=log", "first=-1"])["count"], 1);
}

#[test]
fn a_no_is_a_no() {
    let redis = Redis::start(&[]);
    let resp = redis.sender(RESP);
    resp.fields(&["set", "key=sign", "value=OPEN"]);

    for (command, code, text) in [
        ("increase", "ERR", "value is not an integer or out of range"),
        ("list", "WRONGTYPE", "Operation against a key holding the wrong kind of value"),
    ] {
        let report = resp.report(3, &[command, "key=sign"]);
        assert_eq!(report["outcome"], "rejected");
        assert_eq!((&report["code"], &report["text"]), (&json!(code), &json!(text)));
    }
}

#[test]
fn a_password_is_said_before_the_command() {
    let redis = Redis::start(&["--requirepass", "open sesame"]);
    let resp = redis.sender(RESP);
    let secrets = tempfile::tempdir().unwrap();
    let secret = |name: &str, secret: &str| {
        let file = secrets.path().join(name);
        std::fs::write(&file, secret).unwrap();
        format!("password=file:{}", file.display())
    };

    let without = resp.report(3, &["ping"]);
    assert_eq!((&without["outcome"], &without["code"]), (&json!("rejected"), &json!("NOAUTH")), "{without}");

    let right = secret("right", "open sesame");
    assert_eq!(resp.send(&["ping", "--secret", &right]).told(), (0, "PONG\n", ""));

    let wrong = resp.report(4, &["ping", "--secret", &secret("wrong", "open sesam")]);
    assert_eq!((&wrong["outcome"], &wrong["reason"]), (&json!("unreachable"), &json!("login")), "{wrong}");
    assert_eq!(wrong["code"], "WRONGPASS", "{wrong}");
}
