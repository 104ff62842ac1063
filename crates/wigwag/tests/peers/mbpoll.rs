//! mbpoll, a Modbus client, at `wigwag simulate modbus-tcp`. It counts from 1 where the protocol counts from 0.

use crate::support::{Ended, Program, Sender, Simulated};

const CONTROLLER: &str = "modbus-tcp";

/// `mbpoll OPTIONS 127.0.0.1 VALUES`, once, to unit 17.
fn mbpoll(device: &Simulated, options: &[&str], values: &[&str]) -> Ended {
    Program::new("mbpoll")
        .arguments(&["-m", "tcp", "-p", &device.port.to_string(), "-a", "17", "-1", "-o", "10"])
        .arguments(options)
        .arguments(&["127.0.0.1"])
        .arguments(values)
        .run()
}

/// Address and value of each line that it shows, as in `[108]: 555` and `[109]: 65535 (-1)`.
fn shown(ended: &Ended) -> Vec<(u16, u16)> {
    let (code, stdout, _) = ended.told();
    assert_eq!(code, 0, "{ended:?}");
    let line = |line: &str| {
        let (address, value) = line.strip_prefix('[')?.split_once("]:")?;
        Some((address.parse().ok()?, value.split_whitespace().next()?.parse().ok()?))
    };
    stdout.lines().filter_map(line).collect()
}

#[test]
fn it_reads_what_the_examples_say() {
    let device = &Simulated::start(CONTROLLER);

    let registers = mbpoll(device, &["-r", "108", "-c", "3"], &[]);
    assert_eq!(shown(&registers), [(108, 555), (109, 0), (110, 100)]);

    let coils = mbpoll(device, &["-t", "0", "-r", "20", "-c", "19"], &[]);
    let on: Vec<u16> = shown(&coils).into_iter().filter(|(_, state)| *state == 1).map(|(coil, _)| coil).collect();
    assert_eq!(on, [20, 22, 23, 26, 27, 28, 29, 31, 33, 34, 36, 38]);
}

#[test]
fn what_it_writes_is_remembered() {
    let device = &Simulated::start(CONTROLLER);

    let one = mbpoll(device, &["-r", "201"], &["4711"]);
    assert!(one.told().1.contains("Written 1 references."), "{one:?}");
    let several = mbpoll(device, &["-r", "202"], &["1", "0", "65535"]);
    assert!(several.told().1.contains("Written 3 references."), "{several:?}");

    let read = mbpoll(device, &["-r", "201", "-c", "4"], &[]);
    assert_eq!(shown(&read), [(201, 4711), (202, 1), (203, 0), (204, 65535)]);
}

#[test]
fn both_see_the_same_registers() {
    let device = &Simulated::start(CONTROLLER);
    let wigwag = Sender { port: device.port, protocol: CONTROLLER };

    mbpoll(device, &["-r", "201"], &["4711"]);
    assert_eq!(wigwag.fields(&["read_register", "unit=17", "address=200"])["value"], 4711);
    wigwag.fields(&["write_register", "unit=17", "address=200", "value=4712"]);
    assert_eq!(shown(&mbpoll(device, &["-r", "201"], &[])), [(201, 4712)]);
}

#[test]
fn it_is_told_what_is_wrong() {
    let told = |device: &Simulated, options: &[&str]| {
        let ended = mbpoll(device, options, &[]);
        assert_eq!(ended.code, 1, "{ended:?}");
        ended.stderr
    };

    let busy = told(&Simulated::with(CONTROLLER, &["--fault", "busy"]), &["-r", "108"]);
    assert!(busy.contains("Slave device or server is busy"), "{busy}");
    let foreign = told(&Simulated::with(CONTROLLER, &["--fault", "wrong-id"]), &["-r", "108"]);
    assert!(foreign.contains("Invalid data"), "{foreign}");
}
