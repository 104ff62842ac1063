//! `wigwag protocol explain`

use super::{Home, hostile_file};
use crate::support::{Ended, HOSTILE, HOSTILE_SHOWN, is_inert};

/// A frame of the scale as hex.
fn frame(body: &str) -> String {
    let sum = body.bytes().fold(0, |sum, byte| sum ^ byte);
    hex(format!("\x02{body}{sum:02X}\x03").as_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x} ")).collect()
}

fn explain(words: &[&str]) -> Ended {
    Home::with_scale().protocol(&[&["explain"], words].concat())
}

/// What is printed, and the exit code behind it.
fn told(words: &[&str]) -> String {
    let ended = explain(words);
    let (code, stdout, stderr) = ended.told();
    assert_eq!(stderr, "", "{words:?}");
    format!("{stdout}(exit {code})")
}

/// The one error that is told as JSON.
fn error(words: &[&str]) -> serde_json::Value {
    let ended = explain(&[words, &["--output", "json"]].concat());
    assert_eq!(ended.code, 5, "{words:?}");
    let told = ended.json();
    assert_eq!(told["ok"], false);
    let frames = told["frames"].as_array().unwrap();
    let mut errors = frames.iter().map(|frame| &frame["error"]).filter(|error| !error.is_null());
    let only = errors.next().unwrap().clone();
    assert!(errors.next().is_none(), "{told}");
    only
}

#[test]
fn an_answer_with_and_without_its_command() {
    insta::assert_snapshot!("an_answer", told(&["scale", &frame("+12.480 kg")]));
    insta::assert_snapshot!("an_answer_to_a_command", told(&["scale", "--command", "weight", &frame(" 7 lb ")]));
    insta::assert_snapshot!("an_answer_of_whom", told(&["extron-sis", "31 0d 0a"]));
}

#[test]
fn a_request_and_what_it_asks() {
    insta::assert_snapshot!("a_request", told(&["scale", "--request", &frame("T03")]));
    insta::assert_snapshot!("no_command", told(&["scale", "--request", &frame("X")]));
    insta::assert_snapshot!("two_requests", told(&["scale", "--request", &frame("W0"), "0d 0a", &frame("R")]));
}

#[test]
fn everything_that_is_no_answer() {
    let all = ["LID 1", "WAIT", "PING5", "E07", "E22", "T05"].map(frame).concat();
    let greeted = format!("{} {all}", hex(b"SCALE 1 73616c74\r"));
    insta::assert_snapshot!(told(&["scale", &greeted]));
}

#[test]
fn answers_of_several_frames() {
    let log = [frame("01 480 1"), frame("02 12 0"), frame("03 5 0")].concat();
    insta::assert_snapshot!("until", told(&["scale", "--command", "log", &log]));
    let unlocked = [frame("U1"), frame("U2"), frame("U1")].concat();
    insta::assert_snapshot!("several", told(&["scale", "--command", "unlock", &unlocked]));
}

#[test]
fn where_bytes_are_wrong() {
    insta::assert_snapshot!("a_checksum", told(&["scale", "02 2b 37 20 6b 67 30 30 03", &frame("+7 kg")]));
    insta::assert_snapshot!("a_start", told(&["scale", "03 57"]));
    insta::assert_snapshot!("cut_off", told(&["scale", "02 2b 31 32"]));
    insta::assert_snapshot!("another_command", told(&["scale", "--command", "tare", &frame("TX5")]));
    insta::assert_snapshot!("no_such_request", told(&["scale", "--request", "--command", "tare", &frame("T+3")]));
    let binary = "<0xAA> cmd:u8 n:u8=len(body) body end:<CR LF>";
    insta::assert_snapshot!("in_the_middle", told(&["--layout", binary, "aa 01 02 41 42 0d 0b 07 08"]));
}

#[test]
fn the_byte_is_named() {
    let wrong = error(&["scale", "0d 0a 02 57 30 36 38 03"]);
    assert_eq!((&wrong["part"], &wrong["offset"]), (&"sum".into(), &5.into()));
    assert_eq!((&wrong["expected"], &wrong["found"]), (&"xor 0x67".into(), &"xor 0x68".into()));

    let body = error(&["scale", "--command", "tare", &frame("TX5")]);
    assert_eq!((&body["part"], &body["offset"], &body["found"]), (&"slot".into(), &2.into(), &"X".into()));

    let short = error(&["--layout", "n:u16=len(body) body", "00 05 41"]);
    assert_eq!((&short["part"], &short["offset"], &short["found"]), (&"body".into(), &3.into(), &"the end".into()));
}

#[test]
fn frames_of_several_cases() {
    let modbus = |words: &[&str]| told(&[&["modbus-rtu-tcp"], words].concat());
    insta::assert_snapshot!("a_case", modbus(&["11 03 06 02 2B 00 00 00 64 C8 BA", "--command", "read_registers"]));
    insta::assert_snapshot!("an_error_case", modbus(&["11 83 02 C1 34"]));
    insta::assert_snapshot!("no_case", modbus(&["11 09 06 02"]));
    insta::assert_snapshot!("not_yet_a_case", modbus(&["11"]));
    insta::assert_snapshot!("a_case_with_a_wrong_checksum", modbus(&["11 83 02 C1 35"]));
}

#[test]
fn stuffed_frames() {
    let file = b"name = 'stuffed'\n[request]\nlayout = \"':' unit:u8 body sum:u8=neg8(unit..) <CR LF>\"\n\
        codec = { name = 'hex', span = 'unit..sum' }\n[response]\nlayout = 'kind:u8 body'\ncodec = 'slip'\n\
        [command.ask]\nsend = \"'A' n:u8\"\nreply = \"'a' n:u8\"\n";
    let home = Home::new(&[("stuffed.toml", file)]);
    let sent = home.protocol(&["explain", "stuffed", "--request", &hex(b":014107B7\r\n")]);
    insta::assert_snapshot!("hex", sent.told().1);
    let answered = home.protocol(&["explain", "stuffed", "01 61 db dc c0 02 db 00 c0"]);
    assert_eq!(answered.code, 5);
    insta::assert_snapshot!("slip", answered.told().1);
}

#[test]
fn telnet_is_taken_out() {
    let file = b"name = 'switch'\ntransport = 'telnet'\n[request]\nlayout = 'body <CR LF>'\n[response]\nlayout = 'n:u8 body <CR LF>'\n";
    let home = Home::new(&[("switch.toml", file)]);
    // IAC WILL ECHO, then 0xFF twice for a plain one.
    let explained = home.protocol(&["explain", "switch", "ff fb 01 ff ff 4f 4b 0d 0a"]);
    insta::assert_snapshot!(explained.told().1);
    let json = home.protocol(&["explain", "switch", "ff fb 01 ff ff 4f 4b 0d 0a", "--output", "json"]).json();
    assert_eq!((&json["frames"][0]["hex"], &json["frames"][0]["fields"]["n"]), (&"ff4f4b0d0a".into(), &255.into()));
    assert_eq!(json["hints"].as_array().unwrap().len(), 1);
}

#[test]
fn a_layout_alone() {
    insta::assert_snapshot!("frames", told(&["--layout", "<STX> body <ETX>", "02 41 03 02 42 03"]));
    insta::assert_snapshot!(
        "a_body",
        told(&["--layout", "on:u8(off=0, on=1) flags:u8{low=0, high=7} rest", "01 81 0d 0a"])
    );
    insta::assert_snapshot!("an_open_end", told(&["--layout", "body <IDLE 200ms|EOF>", "41 42"]));
}

#[test]
fn a_part_that_is_longer_than_a_line_and_a_list_of_records() {
    let layout = "n:u8=len(items) items:{ id:u8 name:text ';' }[] <CR>";
    insta::assert_snapshot!(told(&["--layout", layout, "08", &hex(b"\x01abc;\x02d;"), "0d"]));
    insta::assert_snapshot!("long", told(&["--layout", "body <CR>", &hex(&[b'x'; 40]), "0d"]));
}

#[test]
fn as_json() {
    let bytes = [frame("LID 1"), frame("+12.480 kg"), frame("E22"), "02 41".to_owned()].concat();
    let told = explain(&["scale", &bytes, "--output", "json"]);
    assert_eq!(told.code, 5);
    insta::assert_snapshot!(serde_json::to_string_pretty(&told.json()).unwrap());
    let request = explain(&["scale", "--request", &frame("T03"), "--output", "json"]).json();
    insta::assert_snapshot!("request", serde_json::to_string_pretty(&request).unwrap());
}

#[test]
fn a_secret_is_not_shown() {
    let digits = "0123456789abcdef0123456789abcdef";
    let unlock = frame("U9876");
    let signed = frame(&format!("{digits}U9876"));
    for bytes in [&unlock, &signed] {
        for form in ["text", "json"] {
            let explained = explain(&["scale", "--request", bytes, "--output", form]);
            let text = explained.told().1;
            assert_eq!(explained.code, 0, "{text}");
            assert!(text.contains("unlock") && text.contains("<secret>"), "{text}");
            for secret in ["9876", "39383736", "39 38 37 36", digits, "30313233", "30 31 32 33"] {
                assert!(!text.contains(secret), "{secret} in {text}");
            }
        }
    }
    insta::assert_snapshot!(told(&["scale", "--request", &signed]));
}

#[test]
fn bytes_are_read_as_they_are_pasted() {
    let wanted = told(&["scale", &frame("+7 kg")]);
    let packed = frame("+7 kg").replace(' ', "");
    let words: Vec<String> = frame("+7 kg").split_whitespace().map(str::to_owned).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    assert_eq!(told(&[&["scale"], &words[..]].concat()), wanted);
    assert_eq!(told(&["scale", &packed]), wanted);
    let home = Home::with_scale();
    let dump = "00000000: 022b 3720 6b67 3330 03                   .+7 kg30.\n";
    let piped = home.wigwag(&["protocol", "explain", "scale", "-"]).stdin(dump.as_bytes()).run();
    assert_eq!(format!("{}(exit {})", piped.told().1, piped.code), wanted);
}

#[test]
fn the_other_direction_is_suggested() {
    insta::assert_snapshot!("a_request_taken_for_an_answer", told(&["extron-sis", "1b 31 2a 31 50 43 0d"]));
    let answer = told(&["extron-sis", "--request", "45 31 33 0d 0a"]);
    assert!(answer.contains("\nhint: as a response this is known: leave out --request\n"), "{answer}");
}

#[test]
fn wrong_words_are_wrong_usage() {
    let refused = |words: &[&str]| {
        let ended = explain(words);
        assert_eq!((ended.code, ended.stdout.len()), (2, 0), "{words:?}");
        ended.stderr
    };
    insta::assert_snapshot!("wrong_hex", refused(&["scale", "02 4g"]));
    insta::assert_snapshot!("wrong_layout", refused(&["--layout", "n:u9", "02"]));
    let none = "error: there are no bytes to explain\n\
                hint: give them in hex, as in '1b 40 0d', or - to read them from standard input\n";
    assert_eq!(refused(&["scale"]), none);
    assert_eq!(refused(&["scale", ""]), none);
    assert!(refused(&["scale", "--command", "wheight", "02"]).contains("did you mean `weight`?"));
    assert!(refused(&["skale", "02"]).contains("did you mean `scale`?"));
    assert!(refused(&["--layout", "body <CR>", "--request", "0d"]).contains("--request"));
    let home = Home::with_scale();
    let raw = home.wigwag(&["protocol", "explain", "scale", "-"]).stdin(b"\x02\xff\x03").run();
    let expected = "error: standard input: this is not text\nhint: raw bytes go through `xxd` first\n";
    assert_eq!(raw.told(), (2, "", expected));
}

#[test]
fn hostile_bytes_cannot_act_on_the_terminal() {
    let home = Home::new(&[("hostile.toml", &hostile_file())]);
    let bytes = hex(HOSTILE);
    for words in [
        &["--layout", "body <EOF>", &bytes][..],
        &["--layout", "text:text <0x0>", &bytes],
        &["--layout", "a:u8 b:text", &bytes],
        &["line", &bytes],
        &["hostile", &bytes],
        &["hostile", "--request", &bytes],
        &["hostile", "--command", "c", &bytes, "0d"],
    ] {
        for form in ["text", "json"] {
            let explained = home.protocol(&[&["explain"], words, &["--output", form]].concat());
            assert!(matches!(explained.code, 0 | 5) && explained.stderr.is_empty(), "{words:?} {explained:?}");
            assert!(is_inert(&explained.stdout), "{explained:?}");
        }
    }
    let shown = home.protocol(&["explain", "--layout", "body <EOF>", &hex(&HOSTILE[..12])]).stdout;
    assert!(String::from_utf8(shown).unwrap().contains(&HOSTILE_SHOWN[..20]));
}
