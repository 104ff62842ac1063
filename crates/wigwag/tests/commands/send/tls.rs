//! Over TLS.

use crate::support::{Authority, Client, Device, STATUS, wigwag};

fn ready(client: &mut Client) {
    client.read(STATUS.len());
    client.write(b"READY\0");
}

#[test]
fn an_authority_of_our_own() {
    let authority = Authority::new();
    let device = Device::secured(authority.device("127.0.0.1", "press-7"), ready);

    let sent = wigwag(&["send", &device.address(), "STATUS", "--tls-ca", &authority.file()]).run();

    assert_eq!(sent.told(), (0, "READY\n", ""));
    assert_eq!(device.received(), STATUS);
}

#[test]
fn a_certificate_for_somebody_else() {
    let authority = Authority::new();
    let device = Device::secured(authority.device("press-7.example", "press-7"), ready);
    let (address, ca) = (device.address(), authority.file());
    let send = ["send", &address, "STATUS", "--tls-ca", &ca];

    let expected = format!(
        "error: {address}: could not agree on TLS: certificate is for press-7.example, not for 127.0.0.1\n\
         hint: if that is this device, give the certificate's name with --tls-server-name\n"
    );
    assert_eq!(wigwag(&send).run().told(), (4, "", expected.as_str()));
    assert_eq!(device.received(), b"");

    let named = wigwag(&[&send[..], &["--tls-server-name", "press-7.example"]].concat()).run();
    assert_eq!(named.told(), (0, "READY\n", ""));
}

#[test]
fn a_certificate_that_nobody_has_signed() {
    let device = Device::secured(Authority::self_signed(), ready);
    let address = device.address();

    // This machine's own authorities are those of the file.
    let sent = wigwag(&["send", &address, "STATUS", "--tls"]).env("SSL_CERT_FILE", Authority::new().file()).run();

    let expected = format!(
        "error: {address}: could not agree on TLS: certificate is not signed by a known authority\n\
         hint: give its CA with --tls-ca\n"
    );
    assert_eq!(sent.told(), (4, "", expected.as_str()));
    assert_eq!(device.received(), b"", "not a byte of the command");
}

#[test]
fn whoever_answers_is_believed_and_loudly_so() {
    let device = Device::secured(Authority::self_signed(), ready);

    let sent = wigwag(&["send", &device.address(), "STATUS", "--insecure"]).run();

    let warning = format!("warning: --insecure: whoever answers at {} is believed\n", device.address());
    assert_eq!(sent.told(), (0, "READY\n", warning.as_str()));
}

#[test]
fn a_device_that_does_not_speak_it() {
    let device = Device::that(|client| {
        client.read(1);
        client.write(b"what?\r\n");
    });
    let address = device.address();

    let sent = wigwag(&["send", &address, "STATUS", "--tls-ca", &Authority::new().file()]).run();

    let expected = format!(
        "error: {address}: could not agree on TLS: the device does not speak TLS\n\
         hint: is this the right port? without --tls it is asked in plain TCP\n"
    );
    assert_eq!(sent.told(), (4, "", expected.as_str()));
}
