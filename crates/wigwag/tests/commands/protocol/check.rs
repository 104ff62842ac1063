//! `wigwag protocol check`: one mistake after the other is planted in a file that is right.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use wigwag_protocol::protocol::{Protocol, library};

use crate::support::{Ended, is_inert, wigwag};

/// A file without a mistake: a length and a checksum around every body, two commands, a no.
const SCALE: &str = r#"
name = "scale"
port = 4001
encoding = "ascii"

[request]
layout = "n:dec2=len(body) body sum:hex2=sum8(n..) <CR>"

[response]
layout = "n:dec2=len(body) body sum:hex2=sum8(n..) <CR>"

[class]
error = [{ body = "'E' code:dec2", text = { 07 = "overload" } }]

[command.weight]
send = "'W'"
reply = "weight:float ' ' unit:text"
effect = "read"

[command.select]
send = "'S' scale:dec1"
params = { scale = { min = 1, max = 4 } }
reply = "'S' scale:dec1 ' OK'"
effect = "idempotent"

[[example]]
command = "weight"
send = "'01WB8' <CR>"
recv = "'0712.5 kg1F' <CR>"
fields = { weight = 12.5, unit = "kg" }

[[example]]
command = "select"
params = { scale = 3 }
send = "'02S3E8' <CR>"
recv = "'05S3 OKA5' <CR>"
fields = { scale = 3 }

[[example]]
about = "nothing is on it"
command = "weight"
send = "'01WB8' <CR>"
recv = "'03E070F' <CR>"
error = 7
"#;

/// A file in a folder of its own.
struct File {
    folder: TempDir,
    name: &'static str,
}

impl File {
    fn of(text: &str) -> Self {
        Self::named("scale.toml", text)
    }

    fn named(name: &'static str, text: &str) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join(name), text.trim_start()).unwrap();
        Self { folder, name }
    }

    fn path(&self) -> String {
        self.folder.path().join(self.name).to_str().unwrap().to_owned()
    }

    fn checked(&self, arguments: &[&str]) -> Ended {
        wigwag(&[&["protocol", "check", &self.path()], arguments].concat()).run()
    }

    /// The exit code and standard output, the folder left out.
    fn told(&self) -> (i32, String) {
        let ended = self.checked(&[]);
        let (code, stdout, stderr) = ended.told();
        assert_eq!(stderr, "");
        (code, without(self.folder.path(), stdout))
    }
}

fn without(folder: &Path, text: &str) -> String {
    text.replace(&format!("{}/", folder.to_str().unwrap()), "")
}

/// [`SCALE`] with one thing in it replaced.
#[track_caller]
fn scale_with(right: &str, wrong: &str) -> String {
    assert_eq!(SCALE.matches(right).count(), 1, "{right}");
    SCALE.replace(right, wrong)
}

/// What is found in a file: all between the rows of its commands and the line that sums it up.
fn found_in(text: &str) -> (i32, String) {
    let (code, told) = File::of(text).told();
    let findings: Vec<&str> = told.trim_end().split("\n\n").filter(|part| part.starts_with("scale.toml:")).collect();
    (code, findings.join("\n"))
}

/// Plants a mistake and compares everything that is found. What begins with `fault` makes it exit with 2.
#[track_caller]
fn assert_found(right: &str, wrong: &str, expected: &str) {
    let (code, found) = found_in(&scale_with(right, wrong));
    assert_eq!(found, expected.trim());
    assert_eq!(code, if found.contains(" fault [") { 2 } else { 0 });
}

#[test]
fn a_file_without_a_mistake() {
    let (code, told) = File::of(SCALE).told();

    let expected = "\
weight  2 examples  encode recognise decode splits pipelined corrupted answer loopback
select  1 example   encode recognise decode splits pipelined corrupted answer loopback

scale: 2 commands, 3 examples, 0 faults, 0 warnings
";
    assert_eq!((code, told.as_str()), (0, expected));
}

#[test]
fn a_name_and_a_response_are_all_a_file_must_have() {
    let (code, told) = File::of("name = 'scale'\n[response]\nlayout = 'body <CR>'\n").told();

    let expected = "\
scale.toml:1: warning [no-example] there is no example, so nothing of what the file says has been tried
    help: [[example]] with `send` and `recv`, byte for byte from the manual or from a capture

scale.toml:1: note [no-port] there is no `port`, so each device has to be given with one

scale: 0 commands, 0 examples, 0 faults, 1 warning, 1 note
";
    assert_eq!((code, told.as_str()), (0, expected));
}

#[test]
fn what_is_no_protocol_is_wrong_usage_with_its_place() {
    let file = File::of(&scale_with("send = \"'W'\"", "send = \"'W\""));
    let ended = file.checked(&[]);

    let (code, stdout, stderr) = ended.told();
    assert_eq!((code, stdout), (2, ""));
    assert!(stderr.starts_with("error: ") && stderr.contains("scale.toml:15:"), "{stderr}");

    let unknown = wigwag(&["protocol", "check", "extron-sys"]).run();
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("did you mean `extron-sis`?"), "{}", unknown.stderr);
}

#[test]
fn a_built_in_protocol_by_its_name() {
    let ended = wigwag(&["protocol", "check", "pjlink"]).run();

    let (code, stdout, stderr) = ended.told();
    assert_eq!((code, stderr), (0, ""));
    assert!(stdout.starts_with("power         2 examples  encode recognise decode "), "{stdout}");
    assert!(stdout.contains("\npjlink: 14 commands, 21 examples, 0 faults, 0 warnings"), "{stdout}");
}

/// Each has its source, and nothing is wrong with it.
#[test]
fn the_whole_library() {
    for name in library::names() {
        let ended = wigwag(&["protocol", "check", name]).run();
        let (code, stdout, stderr) = ended.told();
        assert_eq!((code, stderr), (0, ""), "{name}: {stdout}");
        // Three commands in one, so that a device hears the first of them: its file says so.
        let warnings = if name == "escpos" { "1 warning" } else { "0 warnings" };
        assert!(stdout.contains(&format!(", 0 faults, {warnings}")), "{stdout}");
        let protocol = Protocol::named(name).unwrap().unwrap();
        assert!(protocol.source.is_some(), "{name} does not say where its description comes from");
    }
}

// ---- examples ----

#[test]
fn what_is_written_is_compared_part_by_part() {
    assert_found(
        "send = \"'02S3E8' <CR>\"",
        "send = \"'02S4E9' <CR>\"",
        "
scale.toml:31: fault [encode] select: `send` is not what this command writes
    part   `send` says  it writes
    scale  34           33
    sum    45 39        45 38
scale.toml:31: fault [recognise] select: the device half hears `scale` as 4, not 3",
    );
    assert_found(
        "send = \"'02S3E8' <CR>\"",
        "send = \"'02S3E8'\"",
        "
scale.toml:31: fault [encode] select: `send` is not what this command writes
    part              `send` says        it writes
    literal (byte 6)  30 32 53 33 45 38  30 32 53 33 45 38 0d
scale.toml:31: fault [recognise] select: the device half hears no request in `send`, which does not end",
    );
}

#[test]
fn a_wrong_checksum_in_an_answer() {
    assert_found(
        "'0712.5 kg1F'",
        "'0712.5 kg2F'",
        "
scale.toml:25: fault [decode] weight: `recv` is not the answer of this command: garbled (checksum): the response has \
         a wrong checksum: expected sum8 0x1F, found sum8 0x2F at byte 9 (part sum)",
    );
}

#[test]
fn an_answer_that_says_something_else() {
    assert_found(
        "weight = 12.5, unit = \"kg\"",
        "weight = 12.5, unit = \"g\"",
        "
scale.toml:25: fault [decode] weight: `unit` is kg, not g
    it says: weight=12.5 unit=kg",
    );
    assert_found(
        "weight = 12.5, unit = \"kg\"",
        "mass = 12.5, unit = \"lb\"",
        "
scale.toml:25: fault [decode] weight: the answer says other `fields`
    the answer has no field `mass`
    `unit` is kg, not lb
    it says: weight=12.5 unit=kg",
    );
    assert_found(
        "error = 7",
        "error = 8",
        "
scale.toml:38: fault [decode] weight: the device says no with 7, not with 8
    help: a frame of `recv` fits [class] error: 'E' code:dec2",
    );
}

#[test]
fn an_answer_with_bytes_behind_it() {
    assert_found(
        "recv = \"'05S3 OKA5' <CR>\"",
        "recv = \"'05S3 OKA5' <CR LF>\"",
        "scale.toml:31: fault [decode] select: the answer ends before `recv` does, by 1 byte: <LF>",
    );
}

#[test]
fn a_yes_that_is_taken_for_a_no() {
    assert_found(
        "text = { 07 = \"overload\" } }]",
        "text = { 07 = \"overload\" } }, \"'S' rest\"]",
        "
scale.toml:31: fault [decode] select: `recv` is not the answer of this command: rejected: the device refused: S3 OK
    help: a frame of `recv` fits [class] error: 'S' rest
scale.toml:12: warning [error-without-example] no example is answered with the error 'S' rest
    help: [[example]] with an `error` in place of `fields`",
    );
}

#[test]
fn a_no_that_is_taken_for_a_yes() {
    let (code, found) =
        found_in(&scale_with("reply = \"weight:float ' ' unit:text\"", "").replace("'E' code", "'X' code"));
    assert_eq!(code, 2);
    assert!(
        found.contains("fault [decode] weight: the answer is taken for a yes: it fits no class of [class] `error`\n"),
        "{found}"
    );
    assert!(found.contains("    it says: body=E07\n"), "{found}");
}

#[test]
fn params_that_the_command_does_not_take() {
    let ended = File::of(&scale_with("params = { scale = 3 }", "params = { scale = 9 }")).checked(&[]);
    let (code, stdout, stderr) = ended.told();
    assert_eq!((code, stdout), (2, ""));
    assert!(stderr.contains("`scale`: 9 is not from 1 to 4") && stderr.contains("scale.toml:33:"), "{stderr}");

    assert_found(
        "params = { scale = 3 }\n",
        "",
        "scale.toml:31: fault [encode] select: with these params there is no request: the parameter `scale` is missing",
    );
}

#[test]
fn an_example_without_an_answer() {
    assert_found(
        "recv = \"'05S3 OKA5' <CR>\"\n",
        "",
        "scale.toml:31: fault [decode] select: the example has no `recv`, though an answer is due",
    );
    assert_found(
        "reply = \"'S' scale:dec1 ' OK'\"",
        "reply = false",
        "scale.toml:31: fault [decode] select: no answer is due (`reply = false`), but the example has one",
    );
}

#[test]
fn a_case_without_a_checksum_lets_damage_through() {
    let text = SCALE.replace(
        "[response]\nlayout = \"n:dec2=len(body) body sum:hex2=sum8(n..) <CR>\"",
        "[response]\ncase = [{ layout = \"n:dec2=len(body) body sum:hex2=sum8(n..) <CR>\" }, { layout = \"body <CR>\" }]",
    );
    let (code, found) = found_in(&text.replace("reply = \"weight:float ' ' unit:text\"", ""));
    assert_eq!(code, 2);
    let expected = "with byte 1 of `recv` damaged, which a checksum covers, it is still taken for an answer: ok\n    \
                    help: a frame without that checksum fits as well: another case, or a class";
    assert!(found.contains(expected), "{found}");
}

#[test]
fn half_an_answer_that_is_another_one() {
    let text = "
name = \"scale\"
port = 4001
[request]
layout = \"body <CR>\"
[response]
case = [{ layout = \"body <CR LF|CR>\" }]
[[example]]
body = \"W\"
send = \"'W' <CR>\"
recv = \"'12' <CR LF>\"
";
    // Half of its end is the end of the same answer: nothing is wrong with that.
    assert_eq!(found_in(text), (0, String::new()));
    // Here the first line alone would do.
    let text = text.replace("body <CR LF|CR>", "head:<'12'|'3'> body:<CR LF '4'|CR LF>");
    assert_eq!(
        found_in(&text.replace("<CR LF>\"\n", "<CR LF> '4'\"\n")),
        (
            2,
            "scale.toml:7: fault [corrupted] body: the first 4 bytes of `recv` alone are another answer: ok".to_owned()
        )
    );
}

#[test]
fn an_answer_that_a_device_cannot_give() {
    // Of several lines in one field nobody knows any more where they were cut.
    let (code, found) = found_in(
        "
name = \"scale\"
port = 4001
encoding = \"ascii\"
[request]
layout = \"body <CR>\"
[response]
layout = \"body <CR>\"
[command.weights]
send = \"'W'\"
reply = [\"'A' weight:dec\", \"'B' weight:dec\"]
effect = \"read\"
[[example]]
command = \"weights\"
send = \"'W' <CR>\"
recv = [\"'A1' <CR>\", \"'B2' <CR>\"]
fields = { weight = 2 }
",
    );
    assert_eq!(
        (code, found.as_str()),
        (
            0,
            "scale.toml:12: note [answer] in 1 example the device half says the same in other bytes\n    weights: A2<CR>B2<CR>"
        )
    );
}

#[test]
fn a_greeting_that_is_not_the_one_of_the_file() {
    let greeting = |example: &str| {
        let text = scale_with("[class]", "[session]\ngreeting = \"'SCALE ' version:text <CR>\"\n\n[class]");
        text.replacen("command = \"weight\"", &format!("command = \"weight\"\ngreeting = \"{example}\""), 1)
    };
    assert_eq!(found_in(&greeting("'SCALE 2' <CR>")), (0, String::new()));
    let (code, found) = found_in(&greeting("'HELLO' <CR>"));
    assert_eq!(code, 2);
    assert_eq!(
        found,
        "scale.toml:28: fault [encode] weight: the command is never sent: unreachable (greeting): could not send: this \
         is not the greeting of the protocol: expected SCALE<SP>, found H at byte 0; the device said: HELLO<CR>\n    \
         help: what the example has as `greeting` comes before the command; [session] says how it is read"
            .replace("<SP>", " ")
    );
    let (code, found) = found_in(&greeting("'SCALE 2' <CR LF>"));
    assert_eq!(code, 0);
    assert_eq!(
        found,
        "scale.toml:28: warning [greeting-left-over] weight: the greeting goes on behind its end, by 1 byte: <LF>\n    help: \
         [session] `greeting` describes all that the device says before it is asked"
    );
}

#[test]
fn a_login_is_gone_through_and_its_command_is_answered_as_its_example_says() {
    let text = scale_with("[class]", "[session]\nlogin = [\"weight\"]\nfinish = \"keep\"\n\n[class]");
    assert_eq!(found_in(&text), (0, String::new()));
    let secret = text.replace("[\"weight\"]", "[{ expect = \"'PIN?'\" }, { send = \"secret.pin <CR>\" }]");
    let secret = secret.replacen("command = \"weight\"", "command = \"weight\"\nsecrets = { pin = \"1234\" }", 1);
    assert_eq!(found_in(&secret), (0, String::new()));
}

/// Files without a mistake, for what is rare: each says in its first line what it shows.
#[test]
fn whatever_stands_around_commands_is_played_as_it_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/commands/protocol/check");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 6);
    for file in files {
        let (code, stdout, stderr) = {
            let ended = wigwag(&["protocol", "check", file.to_str().unwrap()]).run();
            (ended.code, String::from_utf8(ended.stdout).unwrap(), ended.stderr)
        };
        let shown = file.display();
        assert_eq!((code, stderr.as_str()), (0, ""), "{shown}: {stdout}");
        assert!(stdout.contains(" 0 faults, 0 warnings"), "{shown}: {stdout}");
        let tried = stdout.lines().take_while(|line| !line.is_empty());
        tried.for_each(|row| assert!(row.ends_with(" loopback"), "{shown}: {row}"));
    }
}

// ---- lints ----

#[test]
fn a_hazard_has_a_declared_effect() {
    assert_found(
        "effect = \"idempotent\"",
        "hazard = \"moves the scale\"",
        "
scale.toml:23: fault [hazard-without-effect] select: a hazard, and nothing says what sending it again would do
    help: say `effect = \"idempotent\"` if twice is as good as once, else `effect = \"once\"`",
    );
    assert_found(
        "effect = \"read\"",
        "effect = \"read\"\nhazard = \"moves the scale\"",
        "
scale.toml:18: warning [hazard-on-read] weight: a hazard on a command that only reads
    help: what reads is repeated without asking; if it does something, it is no `read`",
    );
}

#[test]
fn commands_that_cannot_be_told_apart() {
    let special = "[command.select]\n";
    let general = "[command.anything]\nsend = \"text\"\neffect = \"once\"\n\n[command.select]\n";
    let (code, found) = found_in(&scale_with(special, general));
    assert_eq!(code, 0);
    assert_eq!(
        found,
        "\
scale.toml:19: warning [no-example] anything: no example shows it
scale.toml:23: warning [indistinguishable] select: the device half takes it for `anything`, which comes first in the file: \
         it can never be heard
    anything: text
    select: 'S' scale:dec1
    it writes 02S3E8<CR>
    help: the more special one comes first; or let them differ in a literal, or in what they `set`"
    );
}

#[test]
fn commands_that_overlap() {
    let second = "[command.select]\n";
    let first = "[command.first]\nsend = \"'S1'\"\neffect = \"once\"\n\n[command.select]\n";
    let (code, found) = found_in(&scale_with(second, first));
    assert_eq!(code, 0);
    assert!(found.ends_with(
        "scale.toml:23: note [overlapping] select: with some values the device half takes it for `first`\n    it writes \
         02S1E6<CR>"
    ), "{found}");
}

#[test]
fn questions_that_nothing_says_of_that_they_are() {
    assert_found(
        "[command.weight]\nsend = \"'W'\"\nreply = \"weight:float ' ' unit:text\"\neffect = \"read\"",
        "[command.weight]\nabout = \"Read the weight\"\nsend = \"'W'\"\nreply = \"weight:float ' ' unit:text\"",
        "
scale.toml:14: warning [looks-like-read] weight: it looks like a question, and nothing says that it changes nothing
    help: say `effect = \"read\"` if that is so, else `effect = \"once\"`",
    );
    let (code, found) = found_in(&SCALE.replace("select", "set_scale").replace("idempotent", "read"));
    assert_eq!(code, 0);
    assert_eq!(
        found,
        "scale.toml:23: warning [looks-like-write] set_scale: is it really `read`? Its name says that it changes \
         something\n    help: what reads is repeated without asking"
    );
}

#[test]
fn what_no_example_shows() {
    let (without_no, _) = SCALE.split_at(SCALE.find("[[example]]\nabout").unwrap());
    assert_eq!(
        found_in(without_no),
        (
            0,
            "scale.toml:12: warning [error-without-example] no example is answered with the error 'E' code:dec2\n    \
             help: [[example]] with an `error` in place of `fields`"
                .to_owned()
        )
    );
    let from = SCALE.find("[[example]]\ncommand = \"select\"").unwrap();
    let to = SCALE.find("[[example]]\nabout").unwrap();
    assert_eq!(
        found_in(&[&SCALE[..from], &SCALE[to..]].concat()),
        (0, "scale.toml:19: warning [no-example] select: no example shows it".to_owned())
    );
    assert_found(
        "fields = { scale = 3 }\n",
        "",
        "
scale.toml:31: note [says-nothing] select: the example does not say what the answer says, such as `scale`
    help: `fields = { scale = ... }`",
    );
}

#[test]
fn codes_that_nothing_is_said_of() {
    assert_found(
        "07 = \"overload\"",
        "08 = \"overload\"",
        "scale.toml:38: note [code-without-text] weight: nothing says what the code 7 means",
    );
}

#[test]
fn a_command_that_interrupts_people_has_a_hazard() {
    let (code, found) = found_in(&SCALE.replace("select", "factory_reset"));
    assert_eq!(code, 0);
    assert_eq!(
        found,
        "scale.toml:19: note [no-hazard] factory_reset: nobody is asked before this `factory`\n    help: say what it \
         does to people or things: `hazard = \"...\"`"
    );
}

#[test]
fn text_has_an_encoding_and_a_greeting_an_example() {
    assert_found(
        "encoding = \"ascii\"\n",
        "",
        "
scale.toml:13: note [text-without-encoding] `unit` is text, and nothing says in which encoding
    help: it is read byte by byte, as ISO 8859-1; say `encoding = \"ascii\"` or what the manual says",
    );
    assert_found(
        "[class]",
        "[session]\ngreeting = \"'SCALE' <CR>\"\n\n[class]",
        "scale.toml:12: note [no-greeting-example] no example shows a `greeting`",
    );
}

#[test]
fn a_request_that_only_its_sender_knows() {
    let text = "
name = \"scale\"
port = 4001
[request]
case = [{ layout = \"op:u8 body:1\" }, { layout = \"op:u8 body:2\" }]
[response]
layout = \"body <CR>\"
[command.long]
set = { op = 1 }
send = \"'AB'\"
effect = \"once\"
[[example]]
command = \"long\"
send = \"01 41 42\"
recv = \"'OK' <CR>\"
";
    let (code, found) = found_in(text);
    assert_eq!(code, 2);
    assert_eq!(found, "scale.toml:11: fault [recognise] long: the device half takes `send` for none of the commands");
    let (without_example, _) = text.split_at(text.find("[[example]]").unwrap());
    let (code, found) = found_in(without_example);
    assert_eq!(code, 0);
    assert!(
        found.contains("scale.toml:9: warning [not-recognised] long: the device half does not know its own request\n"),
        "{found}"
    );
}

#[test]
fn frames_of_single_commands_are_looked_at_as_well() {
    let (code, found) = found_in(
        "
name = \"scale\"
port = 4001
encoding = \"ascii\"
[command.weight]
send = \"'W' <CR>\"
reply = \"weight:text <IDLE 20ms>\"
effect = \"read\"
[[example]]
command = \"weight\"
send = \"'W' <CR>\"
recv = \"'12'\"
fields = { weight = \"12\" }
",
    );
    assert_eq!(code, 0);
    assert!(found.starts_with("scale.toml:6: warning [idle-without-max] an answer ends by silence"), "{found}");
}

#[test]
fn secrets_are_declared_and_not_repeated() {
    let text = SCALE.replace("scale:dec1", "token:dec1").replace("scale =", "token =");
    assert_eq!(
        found_in(&text),
        (
            0,
            "scale.toml:21: warning [not-secret] select: the parameter `token` would be shown and kept\n    help: \
             params = { token = { secret = true } }"
                .to_owned()
        )
    );
    assert_found(
        "max = 4 }",
        "max = 4, secret = true }",
        "
scale.toml:31: warning [secret-in-fields] select: the answer repeats `scale`, which is secret
    help: a part of the answer is shown and kept under every other name",
    );
}

#[test]
fn a_file_is_called_as_its_protocol() {
    let file = File::named("balance.toml", SCALE);
    let (code, told) = file.told();
    assert_eq!(code, 0);
    assert!(
        told.contains(
            "\nbalance.toml:1: warning [file-name] the protocol is called `scale`, and its file is not\n    help: \
         `--protocol balance` finds it; call the file scale.toml\n"
        ),
        "{told}"
    );
}

#[test]
fn a_checksum_covers_the_length_unless_an_example_proves_that_it_does_not() {
    let text = SCALE.replace("sum8(n..)", "sum8(body)");
    let (examples, _) = text.split_at(text.find("[[example]]").unwrap());
    let expected = |line: usize| {
        format!(
            "scale.toml:{line}: warning [checksum-misses-length] the checksum of `n:dec2=len(body) body \
             sum:hex2=sum8(body) <CR>` does not cover the length `n`\n    help: most do; if the manual says so, an \
             example from it proves it"
        )
    };
    let (code, found) = found_in(examples);
    assert_eq!(code, 0);
    assert!(found.contains(&expected(5)) && found.contains(&expected(8)), "{found}");
    let proven = "[[example]]\ncommand = \"weight\"\nsend = \"'01W57' <CR>\"\nrecv = \"'0712.5 kgB8' <CR>\"\nfields = { unit = \"kg\" }\n";
    let (code, found) = found_in(&format!("{examples}{proven}"));
    assert_eq!(code, 0);
    assert!(!found.contains("checksum-misses-length"), "{found}");
}

#[test]
fn an_end_by_silence() {
    let text = "
name = \"scale\"
port = 4001
encoding = \"ascii\"
[request]
layout = \"body <CR>\"
[response]
layout = \"body <IDLE 20ms>\"
[[example]]
body = \"W\"
send = \"'W' <CR>\"
recv = \"'12' <CR LF>\"
[[example]]
body = \"T\"
send = \"'T' <CR>\"
recv = \"'OK' <CR LF>\"
";
    let without_max = "scale.toml:6: warning [idle-without-max] an answer ends by silence, and nothing says how long it may \
                       become\n    help: a device that never falls silent is heard up to `max`, 64 KiB; say what the \
                       device can say\n";
    let terminated = "scale.toml:6: warning [idle-instead-of-terminator] an answer ends by silence, though every example \
                      ends with <CR><LF>\n    help: end it there: `<CR LF>` costs no time and cannot cut in the wrong \
                      place";
    assert_eq!(found_in(text), (0, format!("{without_max}{terminated}")));
    assert_eq!(found_in(&text.replace("20ms>\"", "20ms>\"\nmax = 80")), (0, terminated.to_owned()));
    let different = text.replace("'OK' <CR LF>", "'OK'").replace("20ms>\"", "20ms>\"\nmax = 80");
    assert_eq!(found_in(&different), (0, String::new()));
}

#[test]
fn a_class_that_every_answer_fits() {
    let (code, found) = found_in(&scale_with("'E' code:dec2\", text = { 07 = \"overload\" }", "text:text\""));
    assert_eq!(code, 2);
    assert!(found.starts_with(
        "scale.toml:12: fault [class-fits-everything] every answer fits the error `text:text`, so none is ever a yes\n    \
         help: put the literals around it that such a frame has, or a condition: `when = \"...\"`\n"
    ), "{found}");
}

#[test]
fn a_number_that_comes_back_is_compared() {
    let (code, found) = found_in(
        "
name = \"scale\"
port = 4001
[request]
layout = \"id:u8=seq body <CR>\"
[response]
layout = \"id:u8 body <CR>\"
[[example]]
body = \"W\"
send = \"<0x07> 'W' <CR>\"
recv = \"<0x07> '12' <CR>\"
",
    );
    assert_eq!(code, 0);
    assert_eq!(
        found,
        "scale.toml:5: warning [seq-without-match] `id` counts requests and comes back, but nothing compares it\n    \
         help: say `match = [\"id\"]`, else the late answer of another command is believed"
    );
}

#[test]
fn waits_fit_into_each_other() {
    assert_found(
        "effect = \"idempotent\"",
        "effect = \"idempotent\"\ntime = { first = \"1m\" }",
        "
scale.toml:24: warning [first-exceeds-total] `first` is 60 s, but all of it may take no longer than `total`, 30 s
    help: raise `total` as well",
    );
}

#[test]
fn a_connection_that_is_half_closed_is_not_kept() {
    assert_found(
        "[class]",
        "[session]\nafter_send = \"fin\"\nfinish = \"keep\"\n\n[class]",
        "
scale.toml:13: warning [fin-but-keep] a connection whose sending side is closed can carry no other command
    help: `finish = \"keep\"` needs `after_send = \"open\"`",
    );
}

// ---- forms ----

#[test]
fn the_same_as_one_object() {
    let file = File::of(&scale_with("'0712.5 kg1F'", "'0712.5 kg2F'"));
    let ended = file.checked(&["--output", "json"]);

    assert_eq!(ended.code, 2);
    let json = ended.json();
    assert_eq!(json["v"], 1);
    assert_eq!(json["protocol"], "scale");
    assert_eq!(json["file"], file.path());
    let counts = ["examples", "faults", "warnings", "notes"].map(|key| json[key].as_u64().unwrap());
    assert_eq!(counts, [3, 1, 0, 0]);
    assert_eq!(json["commands"][0]["name"], "weight");
    assert_eq!(json["commands"][0]["examples"], 2);
    assert_eq!(json["commands"][0]["tries"]["encode"], "passed");
    assert_eq!(json["commands"][0]["tries"]["decode"], "failed");
    let finding = &json["findings"][0];
    assert_eq!(finding["severity"], "fault");
    assert_eq!(finding["by"], "decode");
    assert_eq!(finding["command"], "weight");
    assert_eq!(finding["line"], 25);
    let at = [0, 1].map(|end| finding["at"][end].as_u64().unwrap() as usize);
    assert_eq!(&fs::read_to_string(file.path()).unwrap()[at[0]..at[1]], "[[example]]");
    assert!(finding["message"].as_str().unwrap().contains("wrong checksum"));
}

#[test]
fn what_failed_is_marked_and_what_hangs_on_it_is_not_tried() {
    let (code, told) = File::of(&scale_with("'0712.5 kg1F'", "'0712.5 kg2F'")).told();

    assert_eq!(code, 2);
    let row = told.lines().next().unwrap();
    assert_eq!(row, "weight  2 examples  encode recognise ✗decode splits pipelined corrupted answer loopback");
    assert!(told.ends_with("\nscale: 2 commands, 3 examples, 1 fault, 0 warnings\n"), "{told}");
}

#[test]
fn nothing_in_a_file_reaches_the_terminal_as_it_is() {
    let hostile = "\\u001b]0;owned\\u0007\\u009b31m\\u202e";
    let text = scale_with("error = 7", &format!("error = \"{hostile}\""));
    let text = text.replace("'E' code:dec2", &format!("'E' code:dec2 <'{hostile}'|''>").replace("<'", "more:<'"));
    let ended = File::of(&text.replace("|''>", "|'y'>")).checked(&[]);
    assert_eq!(ended.code, 2);
    assert!(is_inert(&ended.stdout) && is_inert(ended.stderr.as_bytes()), "{ended:?}");
}

#[test]
fn a_long_file_takes_no_time_worth_speaking_of() {
    let commands: String = (0..30)
        .map(|n| {
            format!(
                "[command.c{n}]\nsend = \"'C{n}=' value:dec\"\nreply = \"'C{n}=' value:dec\"\neffect = \"idempotent\"\n\
                 [[example]]\ncommand = \"c{n}\"\nparams = {{ value = {n} }}\nsend = \"'C{n}={n}' <CR>\"\nrecv = \
                 \"'C{n}={n}' <CR>\"\nfields = {{ value = {n} }}\n"
            )
        })
        .collect();
    let head = "name = \"scale\"\nport = 1\nencoding = \"ascii\"\n[request]\nlayout = \"body <CR>\"\n[response]\nlayout = \"body <CR>\"\n";
    let long = "x".repeat(60_000);
    let text = format!(
        "{head}[command.long]\nsend = \"'L'\"\nreply = \"text:text\"\neffect = \"read\"\n[[example]]\ncommand = \
         \"long\"\nsend = \"'L' <CR>\"\nrecv = \"'{long}' <CR>\"\nfields = {{}}\n{commands}"
    );
    let (code, told) = File::of(&text).told();
    assert_eq!(code, 0);
    assert!(told.ends_with("scale: 31 commands, 31 examples, 0 faults, 0 warnings\n"), "{told}");
}
