//! What the agent and its programs cannot do, whatever a client says.

use std::fs;

use tempfile::TempDir;

use super::Serving;

/// Landlock is what holds programs back; a kernel without it is told of in the log.
fn has_landlock() -> bool {
    fs::read_to_string("/sys/kernel/security/lsm").is_ok_and(|modules| modules.contains("landlock"))
}

fn config(outside: &TempDir, inside: &TempDir, more: &str) -> String {
    let (outside, inside) = (outside.path().display(), inside.path().display());
    format!(
        "protocol = \"line\"\nerror = \"'ERR ' text\"\n{more}\
         [on.OUT]\nrun = [\"/bin/sh\", \"-c\", \"echo x >{outside}/f && echo wrote\"]\n\
         [on.IN]\nrun = [\"/bin/sh\", \"-c\", \"echo x >{inside}/f && echo wrote\"]\n\
         [on.NULL]\nrun = [\"/bin/sh\", \"-c\", \"echo x >/dev/null && echo wrote\"]\n\
         [on.PRIVILEGES]\nrun = [\"/bin/grep\", \"NoNewPrivs\", \"/proc/self/status\"]\n"
    )
}

/// A folder that is neither /tmp nor within the configuration's own.
fn folder() -> TempDir {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

#[test]
fn programs_write_where_the_configuration_says() {
    let (outside, inside) = (folder(), folder());
    let write = format!("sandbox.write = [\"{}\"]\n", inside.path().display());
    let mut serving = Serving::start(&config(&outside, &inside, &write));

    assert_eq!(serving.ask(b"PRIVILEGES\n"), b"NoNewPrivs:\t1\r\n");
    assert_eq!(serving.ask(b"IN\n"), b"wrote\r\n");
    assert_eq!(serving.ask(b"NULL\n"), b"wrote\r\n");
    if has_landlock() {
        assert_eq!(serving.ask(b"OUT\n"), b"ERR failed\r\n");
        serving.process.stderr_with("/bin/sh ended with 2: ");
        assert!(!outside.path().join("f").exists());
    }
}

#[test]
fn it_can_be_left_out_and_says_so() {
    let (outside, inside) = (folder(), folder());
    let serving = Serving::start(&config(&outside, &inside, "sandbox.enabled = false\n"));

    assert_eq!(serving.ask(b"OUT\n"), b"wrote\r\n");
    assert_eq!(serving.ask(b"PRIVILEGES\n"), b"NoNewPrivs:\t0\r\n");
    serving.process.signal("TERM");
    assert!(serving.process.end().stderr.contains("warn: sandbox.enabled is false"));
}

#[test]
fn files_of_actions_are_within_it() {
    let (files, notes) = (folder(), folder());
    fs::write(files.path().join("label"), "PAPER 80mm\n").unwrap();
    let (read, written) = (files.path().display(), notes.path().display());
    let serving = Serving::start(&format!(
        "protocol = \"line\"\nerror = \"'ERR ' text\"\n\
         [on.read]\nbody = \"'READ ' name\"\nfile = \"{read}/{{name}}\"\n\
         [on.NOTE]\nwrite = \"{written}/note\"\nreply = \"noted\"\n\
         [on.HOST]\nreply = \"{{host.name}} {{host.uptime}}\"\n"
    ));

    assert_eq!(serving.ask(b"READ label\n"), b"PAPER 80mm\r\n");
    assert_eq!(serving.ask(b"READ ../../etc/passwd\n"), b"ERR not allowed\r\n");
    assert_eq!(serving.ask(b"NOTE\n"), b"noted\r\n");
    assert_eq!(fs::read(notes.path().join("note")).unwrap(), b"NOTE");
    // Another file under the same name, as programs put them there.
    fs::write(files.path().join("new"), "PAPER 57mm\n").unwrap();
    fs::rename(files.path().join("new"), files.path().join("label")).unwrap();
    assert_eq!(serving.ask(b"READ label\n"), b"PAPER 57mm\r\n");
    let host = serving.ask(b"HOST\n");
    assert!(host.contains(&b' ') && host.len() > 3, "{host:?}");
}

#[test]
fn a_reload_cannot_take_back_what_was_given_up() {
    if !has_landlock() {
        return;
    }
    let mut serving = Serving::start("protocol = \"line\"\n[on.A]\nreply = \"a\"\n");

    serving.reload("protocol = \"line\"\n[on.A]\nrun = [\"/bin/true\"]\n");
    serving.process.stderr_with("the sandbox does not allow to run programs: start anew\n");
    serving.reload("protocol = \"line\"\n[on.A]\nfile = \"/proc/self/status\"\n");
    serving.process.stderr_with("the sandbox does not allow to read in ");
    assert_eq!(serving.ask(b"A\n"), b"a\r\n");
}
