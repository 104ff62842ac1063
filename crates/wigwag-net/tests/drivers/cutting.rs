//! What is cut, and what it has done by then.

use std::io::{Read, Write};

use wigwag_net::driver::Cut;

use crate::{all, by_both, device, drive_until_finished, kind, listen, read_request};

#[test]
fn what_is_not_sent_yet_is_cancelled_and_the_rest_goes_on() {
    by_both(|way, driver| {
        let (silent, waiting) = listen();
        let (address, device) = device(read_request);
        driver.start(way.status(1, address));
        // The request has left when the device has read it.
        drive_until_finished(driver, &device);
        let mut stream = device.join().unwrap();

        driver.cut(Cut::Uncommitted);
        driver.start(way.status(2, waiting));
        let ends = all(driver, 1);
        assert_eq!((ends[0].0, kind(&ends[0].1).as_str()), (2, "cancelled"));

        stream.write_all(b"OK\r\n").unwrap();
        let ends = all(driver, 1);
        assert_eq!((ends[0].0, kind(&ends[0].1).as_str()), (1, "ok"));
        drop(silent);
    });
}

#[test]
fn what_waits_to_be_greeted_is_cancelled() {
    by_both(|way, driver| {
        let (address, device) = device(|stream| stream);
        driver.start(way.job(1, address, "pjlink", b"%1POWR ?", crate::patient()));
        drive_until_finished(driver, &device);

        driver.cut(Cut::Uncommitted);
        let ends = all(driver, 1);

        assert_eq!(kind(&ends[0].1), "cancelled");
        let mut rest = Vec::new();
        device.join().unwrap().read_to_end(&mut rest).unwrap();
        assert!(rest.is_empty(), "nothing was sent, and the connection is closed");
    });
}

#[test]
fn what_is_cut_after_its_first_byte_is_unconfirmed() {
    by_both(|way, driver| {
        let (address, device) = device(read_request);
        driver.start(way.status(1, address));
        drive_until_finished(driver, &device);

        driver.cut(Cut::All);
        driver.cut(Cut::Uncommitted);
        let ends = all(driver, 1);

        assert_eq!(kind(&ends[0].1), "unconfirmed interrupted");
        let mut rest = Vec::new();
        let _ = device.join().unwrap().read_to_end(&mut rest);
        assert!(rest.is_empty(), "the connection is closed");
    });
}
