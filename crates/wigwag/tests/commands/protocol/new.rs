//! `wigwag protocol new`

use std::fs;

use super::Home;

/// Two exchanges of the scale, as they are captured.
const CAPTURED: &str = "> 02 57 35 37 03\n< 02 2b 31 32 2e 34 38 30 20 6b 67 31 36 03\n\
                        > 02 54 30 33 35 37 03\n< 02 54 30 33 35 37 03\n\
                        > 02 54 31 37 35 32 03\n< 02 45 32 32 34 35 03\n";

#[test]
fn a_start_is_a_protocol_file() {
    let home = Home::new(&[]);
    let start = home.told(&["new"]);
    fs::create_dir_all(home.folder()).unwrap();
    fs::write(home.folder().join("my-device.toml"), &start).unwrap();
    let shown = home.told(&["show", "my-device"]);
    assert!(shown.contains("read_level tank=TANK"), "{shown}");
}

#[test]
fn captured_frames_become_a_file_that_explains_them() {
    let home = Home::new(&[("frames.txt", CAPTURED.as_bytes())]);
    let frames = home.folder().join("frames.txt");
    let proposed = home.told(&["new", "--from-hex", frames.to_str().unwrap()]);
    assert!(proposed.contains("layout = \"<STX> body sum:hex2=xor(body) <ETX>\"\n"), "{proposed}");

    let piped = home.wigwag(&["protocol", "new", "--from-hex", "-"]).stdin(CAPTURED.as_bytes()).run();
    assert_eq!(piped.told(), (0, proposed.as_str(), ""));

    fs::write(home.folder().join("proposed.toml"), &proposed).unwrap();
    let explained = home.told(&["explain", "proposed", "02 54 30 33 35 37 03"]);
    assert!(explained.contains("sum      87"), "{explained}");
}

#[test]
fn what_is_no_capture_is_told_with_its_line() {
    let home = Home::new(&[("frames.txt", b"> 02 57 35 37 03\n< 02 2x\n")]);
    let refused = |words: &[&str]| {
        let ended = home.protocol(words);
        assert_eq!((ended.code, ended.stdout.len()), (2, 0), "{words:?}");
        ended.stderr.replace(home.folder().to_str().unwrap(), "FOLDER")
    };
    let frames = home.folder().join("frames.txt");
    insta::assert_snapshot!(refused(&["new", "--from-hex", frames.to_str().unwrap()]));
    let missing = refused(&["new", "--from-hex", "/nowhere/frames.txt"]);
    assert_eq!(missing, "error: /nowhere/frames.txt: no such file or directory\n");
    assert!(refused(&["new", "--from-hex", "/dev/null"]).starts_with("error: /dev/null: "));
}
