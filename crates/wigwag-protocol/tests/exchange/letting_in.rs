//! Greetings, logins and authentication, from both sides.

use wigwag_protocol::exchange::{Answer, Link, Opening};
use wigwag_protocol::layout::Fields;
use wigwag_protocol::outcome::{Outcome, Unreachable};
use wigwag_protocol::protocol::Protocol;

use crate::script::*;

pub(crate) fn secret(password: &str) -> Fields {
    Fields::from([("password", text(password))])
}

fn asked(protocol: Protocol, secrets: &Fields) -> Client {
    let call = command(&protocol, "power", []);
    resumed(protocol, call, Link::new(secrets, 0)).opens()
}

pub(crate) fn projector() -> Protocol {
    file(
        r#"
        encoding = "ascii"
        [session]
        greeting = ["'PJLINK 0' <CR>", "'PJLINK 1 ' salt <CR>"]
        auth = "md5(greeting.salt secret.password)"
        finish = "keep"
        [request]
        layout = "body <CR>"
        [response]
        layout = "body <CR>"
        [class]
        error = ["'%1POWR=ERR' code:dec1", { body = "'PJLINK ERR' code:text", login = true, text = { A = "authentication failed" } }]
        [command.power]
        send = "'%1POWR ?'"
        reply = "'%1POWR=' power:dec1(off=0, on=1)"
        "#,
    )
}

const DIGITS: &str = "5d8409bc1c3fa39749434aa3a5c38682";

#[test]
fn the_digits_come_before_the_first_command_of_a_connection() {
    let first = format!("{DIGITS}%1POWR ?\r");
    let client = asked(projector(), &secret("JBMIAProjectorLink")).hears(b"PJLINK 1 498e4a67\r");
    let end = client.writes_this(first.as_bytes()).hears(b"%1POWR=1\r").ends();
    assert_eq!(end.outcome, Outcome::Ok);
    assert!(end.evidence.secrets.are_in(DIGITS.as_bytes()), "whoever has the digits can search for the password");

    let call = command(&projector(), "power", []);
    let client = resumed(projector(), call, end.link.unwrap()).opens().writes_this(b"%1POWR ?\r");
    assert_eq!(client.hears(b"%1POWR=1\r").ends().outcome, Outcome::Ok);
}

#[test]
fn a_greeting_without_salt_asks_for_nothing() {
    for secrets in [Fields::new(), secret("x")] {
        let client = asked(projector(), &secrets).hears(b"PJLINK 0\r").writes_this(b"%1POWR ?\r");
        assert_eq!(client.hears(b"%1POWR=1\r").ends().outcome, Outcome::Ok);
    }
}

#[test]
fn what_is_asked_for_and_not_configured_is_named_before_anything_is_sent() {
    let end = asked(projector(), &Fields::new()).hears(b"PJLINK 1 498e4a67\r").ends();
    assert_eq!((end.outcome, end.evidence.bytes_written), (Outcome::Unreachable(Unreachable::Login), 0));
    assert_eq!(
        told(&end),
        "could not log in: the device asks for a secret `password` and none is configured (--secret password=ask)"
    );
}

#[test]
fn a_no_in_the_greeting_is_told() {
    let end = asked(projector(), &Fields::new()).hears(b"PJLINK ERRA\r").ends();
    assert_eq!(end.outcome, Outcome::Unreachable(Unreachable::Greeting));
}

#[test]
fn a_greeting_or_a_silence() {
    let protocol = || {
        file(
            "[session]\ngreeting = [\"'READY' <CR LF>\", '<IDLE 200ms>']\n[request]\nlayout = 'body <CR>'\n\
             [response]\nlayout = 'body <CR>'",
        )
    };
    let end = open(protocol(), "A").hears(b"READY\r\n").sends().hears(b"a\r").ends();
    assert_eq!(end.outcome, Outcome::Ok);
    let client = open(protocol(), "A");
    assert_eq!(client.exchange.deadline(), Some(at(200)));
    assert_eq!(client.waits().sends().hears(b"a\r").ends().outcome, Outcome::Ok);
    let client = open(protocol(), "A").at(100).hears(b"who knows");
    assert_eq!(client.exchange.deadline(), Some(at(300)));
    assert_eq!(client.waits().sends().hears(b"a\r").ends().outcome, Outcome::Ok);
}

pub(crate) fn switcher() -> Protocol {
    file(
        r#"
        encoding = "ascii"
        [session]
        greeting = "banner <CR LF>"
        login = [{ expect = "<CR LF> 'Password:'" }, { send = "secret.password <CR>" }, { expect = "'Login ' who <CR LF>" }, "verbose"]
        [request]
        layout = "body <CR>"
        [response]
        layout = "body <CR LF>"
        [class]
        error = ["'E' code:dec2"]
        [command.verbose]
        send = "'W3CV'"
        reply = "'Vrb3'"
        [command.power]
        send = "'PC'"
        reply = "'Ppc' on:dec1"
        "#,
    )
}

#[test]
fn a_login_goes_step_by_step() {
    let client = asked(switcher(), &secret("admin")).hears(b"(c) Maker\r\nsome noise\r\nPassw");
    let client = client.hears(b"ord:").writes_this(b"admin\r").hears(b"*****\r\nLogin Administrator\r\n");
    let client = client.writes_this(b"W3CV\r").hears(b"Vrb3\r\n").writes_this(b"PC\r");
    let end = client.hears(b"Ppc1\r\n").ends();
    assert_eq!((end.outcome, end.evidence.bytes_written), (Outcome::Ok, 3));
    assert_eq!((end.evidence.stale.as_slice(), end.evidence.response.as_slice()), (&b""[..], &b"Ppc1\r\n"[..]));
}

#[test]
fn an_echo_is_taken_off_each_command_of_a_connection() {
    let protocol = file(
        r#"
        [session]
        login = ["verbose"]
        [request]
        layout = "body <CR>"
        [response]
        layout = "body <CR>"
        echo = true
        [command.verbose]
        send = "'V'"
        reply = "'Vrb'"
        [command.power]
        send = "'P'"
        reply = "'Ppc' on:dec1"
        "#,
    );
    let client = asked(protocol, &Fields::new()).writes_this(b"V\r").hears(b"V\rVrb\r");
    let end = client.writes_this(b"P\r").hears(b"P\rPpc1\r").ends();
    assert_eq!((end.outcome, end.evidence.response.as_slice()), (Outcome::Ok, &b"Ppc1\r"[..]));
}

#[test]
fn without_its_secret_there_is_no_login() {
    let client = asked(switcher(), &Fields::new()).hears(b"(c) Maker\r\n").writes_this(b"PC\r");
    assert_eq!(client.hears(b"Ppc1\r\n").ends().outcome, Outcome::Ok);
}

#[test]
fn a_login_that_fails_sent_no_command() {
    let client =
        || asked(switcher(), &secret("hunter2")).hears(b"(c) Maker\r\n\r\nPassword:").writes_this(b"hunter2\r");
    let end = client().hears(b"Wrong password hunter2\r\n").waits().ends();
    assert_eq!((end.outcome, end.evidence.bytes_written), (Outcome::Unreachable(Unreachable::Login), 0));
    assert!(
        told(&end).starts_with("could not log in: what the login waits for did not come within 5 s"),
        "{}",
        told(&end)
    );
    assert!(told(&end).contains("Wrong password <secret>") && !told(&end).contains("hunter2"), "{}", told(&end));

    let end = client().sees_the_end().ends();
    assert_eq!(end.outcome, Outcome::Unreachable(Unreachable::Login));
    let client = client().hears(b"Login User\r\n").writes_this(b"W3CV\r");
    let end = client.hears(b"E24\r\n").ends();
    assert_eq!(told(&end), "could not log in: the device refused: code 24; the device said: E24<CR><LF>");
    let end = asked(switcher(), &secret("x")).hears(b"(c) Maker\r\n").gets_interrupted().ends();
    assert_eq!(end.outcome, Outcome::Cancelled);
}

#[test]
fn a_login_is_not_looked_for_for_ever() {
    let mut client = asked(switcher(), &secret("x")).hears(b"(c) Maker\r\n");
    for _ in 0..10 {
        if client.is_waiting() {
            client = client.hears(&[b'.'; 16 * 1024]);
        }
    }
    assert_eq!(client.ends().outcome, Outcome::Unreachable(Unreachable::Login));
}

// ---- the device's side ----

pub(crate) fn opening(password: &str) -> Opening {
    Opening {
        values: Fields::from([("salt", text("498e4a67")), ("banner", text("(c) Maker")), ("who", text("User"))]),
        secrets: secret(password),
    }
}

#[test]
fn a_device_asks_for_the_digits_and_knows_them() {
    let mut device = admitted(projector(), &opening("JBMIAProjectorLink"));
    assert_eq!(device.writes(), b"PJLINK 1 498e4a67\r");
    device.hears(format!("{DIGITS}%1POWR ?\r%1POWR ?\r").as_bytes());
    for _ in 0..2 {
        assert_eq!(device.command(), "%1POWR ?");
        device.answer(&Answer::Fields(vec![Fields::from([("power", text("on"))])])).unwrap();
        assert_eq!(device.writes(), b"%1POWR=1\r");
    }
}

#[test]
fn a_device_without_secrets_asks_for_nothing() {
    let device = &mut admitted(projector(), &Opening { secrets: Fields::new(), ..opening("") });
    assert_eq!(device.writes(), b"PJLINK 0\r");
    assert_eq!(device.hears(b"%1POWR ?\r").command(), "%1POWR ?");
}

#[test]
fn wrong_digits_are_refused_in_the_protocols_own_form() {
    let mut device = admitted(projector(), &opening("JBMIAProjectorLink"));
    device.writes();
    for wrong in [&b"%1POWR ?\r"[..], b"00000000000000000000000000000000%1POWR ?\r"] {
        let mut device = admitted(projector(), &opening("JBMIAProjectorLink"));
        device.writes();
        assert_eq!(device.hears(wrong).poll(), None);
        assert_eq!(device.writes(), b"PJLINK ERRA\r");
        assert_eq!(device.hears(b"%1POWR ?\r").poll(), None);
        assert!(device.session.is_over());
    }
}

#[test]
fn a_device_plays_its_part_of_the_login() {
    let mut device = admitted(switcher(), &opening("admin"));
    assert_eq!(device.writes(), b"(c) Maker\r\n");
    assert_eq!(device.writes(), b"\r\nPassword:");
    assert_eq!(device.hears(b"admin\r").poll(), None);
    assert_eq!(device.writes(), b"Login User\r\n");
    assert_eq!(device.hears(b"PC\r").command(), "PC");

    let mut device = admitted(switcher(), &opening("admin"));
    assert_eq!([device.writes(), device.writes()].concat(), b"(c) Maker\r\n\r\nPassword:");
    assert_eq!(device.hears(b"guess\rPC\r").poll(), None);
    assert_eq!(device.poll(), None);
}
