//! Through a proxy, and from an address of one's own.

use crate::support::{Device, Proxy, STATUS, Unvisited, wigwag};

#[test]
fn through_socks5() {
    let device = Device::answering(STATUS, b"READY\0");
    let proxy = Proxy::start();

    let through = format!("socks5://{}", proxy.address());
    let sent = wigwag(&["send", &device.address(), "STATUS", "--proxy", &through]).run();

    assert_eq!(sent.told(), (0, "READY\n", ""));
    assert_eq!(proxy.asked(), device.address());
    assert_eq!(device.received(), STATUS);
}

#[test]
fn the_proxy_resolves_if_it_is_asked_to() {
    let device = Device::answering(STATUS, b"READY\0");
    let proxy = Proxy::start();
    let named = format!("press-7.plant.example:{}", device.port());

    let through = format!("socks5h://{}", proxy.address());
    let sent = wigwag(&["send", &named, "STATUS", "--proxy", &through]).run();

    assert_eq!(sent.told(), (0, "READY\n", ""));
    assert_eq!(proxy.asked(), named);
}

#[test]
fn a_proxy_that_is_not_there() {
    let device = Unvisited::new();
    let nobody = crate::support::PythonDevice::start(&["refused"]);
    let through = format!("socks5://{}", nobody.address());

    let sent = wigwag(&["send", &device.address(), "STATUS", "--proxy", &through]).run();

    let expected = format!(
        "error: {}: could not connect through the proxy: proxy {through} cannot be reached: connection refused\n",
        device.address()
    );
    assert_eq!(sent.told(), (4, "", expected.as_str()));
    assert!(!device.was_visited());
}

#[test]
fn the_source_address_is_what_the_device_sees() {
    let device = Device::answering(STATUS, b"READY\0");

    let sent = wigwag(&["send", &device.address(), "STATUS", "--source", "127.0.0.2"]).run();

    assert_eq!(sent.told(), (0, "READY\n", ""));
    assert_eq!(device.visitor().to_string(), "127.0.0.2");
}

#[test]
fn a_source_address_of_another_machine() {
    let device = Unvisited::new();

    let sent = wigwag(&["send", &device.address(), "STATUS", "--source", "192.0.2.1"]).run();

    let expected = format!(
        "error: {}: could not connect: the source address 192.0.2.1 is not an address of this machine\n",
        device.address()
    );
    assert_eq!(sent.told(), (4, "", expected.as_str()));
}
