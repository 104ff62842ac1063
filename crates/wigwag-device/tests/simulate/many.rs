//! Many devices in one process.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::Arc;

use wigwag_device::simulate::{Scenario, Seed, Setup, Spread};
use wigwag_protocol::layout::Value;

use crate::stage::{LONG, Stage, faults, protocol, setup, words};

fn many(devices: u32, spread: Spread) -> Setup {
    let first = match spread {
        Spread::Addresses => [127, 1, 0, 1],
        Spread::Ports => [127, 0, 0, 1],
    };
    Setup { devices, spread, listen: (first, 0).into(), ..setup(protocol("extron-sis")) }
}

fn inventory(stage: &Stage) -> String {
    let mut out = Vec::new();
    stage.places.write_inventory(&stage.protocol.name, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[tokio::test]
async fn each_of_200_devices_behind_one_listener_has_its_own_state() {
    let stage = Arc::new(Stage::new(many(200, Spread::Addresses)).unwrap());
    let port = stage.places.common_port().unwrap();
    assert_eq!(
        inventory(&stage),
        format!(
            "[defaults]\nprotocol = \"extron-sis\"\nport = {port}\n\n[group.simulated]\nhosts = [\n    \"127.1.0.[1-200]\",\n]\n"
        )
    );
    for line in ["input input=", "input_state"] {
        let mut clients = tokio::task::JoinSet::new();
        for device in 1..=200_u32 {
            let stage = stage.clone();
            clients.spawn(async move {
                let line = if line.ends_with('=') { format!("{line}{device}") } else { line.to_owned() };
                let end = stage.send(device, stage.call(&line)).await;
                assert_eq!(words(&end), "ok", "{device}");
                assert_eq!(end.evidence.fields.get("input"), Some(&Value::Integer(device.into())));
            });
        }
        clients.join_all().await;
    }
    let (summary, seen) = Arc::into_inner(stage).unwrap().end().await;
    assert_eq!((summary.connections, summary.commands), (400, 400));
    let told: BTreeSet<(u32, String)> = seen.into_iter().map(|seen| (seen.device, seen.local.to_string())).collect();
    assert_eq!(told.len(), 200);
    assert!(told.contains(&(7, format!("127.1.0.7:{port}"))) && told.contains(&(200, format!("127.1.0.200:{port}"))));
}

#[tokio::test]
async fn devices_are_told_apart_by_ports_where_that_is_asked_for() {
    let stage = Stage::new(many(3, Spread::Ports)).unwrap();
    for device in 1..=3 {
        let end = stage.send(device, stage.call(&format!("volume volume={device}"))).await;
        assert_eq!(words(&end), "ok");
    }
    for device in 1..=3 {
        let end = stage.send(device, stage.call("volume_state")).await;
        assert_eq!(end.evidence.fields.get("volume"), Some(&Value::Integer(device.into())));
    }
    let ports: Vec<u16> = (0..3).map(|device| stage.places.address_of(device).unwrap().port()).collect();
    let hosts = (1..)
        .zip(&ports)
        .map(|(number, port)| format!("\n[host.\"device-000{number}\"]\naddress = \"127.0.0.1\"\nport = {port}\n"));
    assert_eq!(
        inventory(&stage),
        format!(
            "[defaults]\nprotocol = \"extron-sis\"\n\n[group.simulated]\nhosts = [\"device-[0001-0003]\"]\n{}",
            hosts.collect::<String>()
        )
    );
}

/// Some refuse and some do not; the inventory leads to both.
async fn some_refuse(spread: Spread) {
    const DEVICES: u32 = 40;
    let setup = Setup { scenario: faults(&["refuse=30%"]), seed: Seed(3), ..many(DEVICES, spread) };
    let stage = Stage::new(setup).unwrap();
    let mut refusing = 0;
    for device in 1..=DEVICES {
        match words(&stage.send(device, stage.call("volume_state")).await).as_str() {
            "ok" => {}
            "unreachable refused" => refusing += 1,
            other => panic!("{device}: {other}"),
        }
    }
    assert!((5..20).contains(&refusing), "{refusing}");
    if spread == Spread::Addresses {
        assert_eq!(inventory(&stage).matches("[host.\"127.1.0.").count(), refusing);
    }
    assert_eq!(stage.end().await.0.connections, u64::from(DEVICES) - refusing as u64);
}

#[tokio::test]
async fn devices_that_refuse_are_among_those_with_addresses() {
    some_refuse(Spread::Addresses).await;
}

#[tokio::test]
async fn devices_that_refuse_are_among_those_with_ports() {
    some_refuse(Spread::Ports).await;
}

#[tokio::test]
async fn ten_thousand_devices_cost_nothing_until_they_are_spoken_to() {
    let stage = Stage::new(many(10_000, Spread::Addresses)).unwrap();
    for device in [1, 255, 256, 9_999, 10_000] {
        let end = stage.send(device, stage.call(&format!("input input={}", device % 1000))).await;
        assert_eq!(words(&end), "ok", "{device}");
    }
    assert!(inventory(&stage).contains("\"127.1.39.[0-16]\",\n]"), "{}", inventory(&stage));
}

/// One socket listens on all addresses, and nobody is at most of them.
#[tokio::test]
async fn where_no_device_is_nobody_answers() {
    let stage = Stage::new(many(3, Spread::Addresses)).unwrap();
    let port = stage.places.common_port().unwrap();
    for nowhere in ["127.1.0.4", "127.1.0.0", "127.0.0.1"] {
        let end =
            stage.client_at(&format!("{nowhere}:{port}")).exchange(Arc::new(stage.call("input_state")), &mut ()).await;
        assert_eq!(words(&end), "unreachable dropped", "{nowhere}");
    }
    let (summary, seen) = stage.end().await;
    assert_eq!((summary.commands, seen.len()), (0, 0));
}

#[tokio::test]
async fn places_that_do_not_exist_are_named() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let at = taken.local_addr().unwrap();
    let refused = |setup: Setup| {
        let problem = Stage::new(setup).err().unwrap();
        (problem.message, problem.help)
    };
    assert_eq!(
        refused(Setup { listen: at, ..setup(protocol("line")) }),
        (
            format!("cannot listen on {at}: address already in use"),
            Some("--listen 127.0.0.1:0 lets the system choose a port".to_owned())
        )
    );
    let (message, help) = refused(Setup { listen: ([10, 0, 0, 1], 0).into(), ..many(2, Spread::Addresses) });
    assert_eq!(message, "there are no 2 loopback addresses from 10.0.0.1 on");
    assert!(help.unwrap().contains("127.0.0.1"));
    let (message, _) = refused(Setup { listen: ([127, 255, 255, 254], 0).into(), ..many(2, Spread::Addresses) });
    assert_eq!(message, "there are no 2 loopback addresses from 127.255.255.254 on");
    let (message, _) = refused(Setup { listen: ([127, 0, 0, 1], 65_535).into(), ..many(2, Spread::Ports) });
    assert_eq!(message, "there are only 1 ports from 65535 on");
    let by_address = "[device.\"127.0.0.1\"]\nfault = []";
    let scenario = Scenario::parse(by_address, &protocol("extron-sis")).unwrap();
    let (message, _) = refused(Setup { scenario, ..many(2, Spread::Ports) });
    assert_eq!(message, "no device has the address 127.0.0.1 to itself");
}

/// A client that is in the middle of something when devices are told to stop.
#[tokio::test]
async fn devices_stop_while_clients_are_connected() {
    let stage = Stage::new(Setup { scenario: faults(&["slow:10m"]), ..setup(protocol("line")) }).unwrap();
    let (mut client, call) = (stage.client(1), Arc::new(stage.call("STATUS")));
    let waiting = tokio::spawn(async move { client.exchange(call, &mut ()).await });
    while stage.diary.is_empty() {
        tokio::task::yield_now().await;
    }
    let (summary, _) = stage.end().await;
    assert_eq!((summary.commands, summary.faults), (1, vec![("slow", 1)]));
    let end = tokio::time::timeout(LONG, waiting).await.unwrap().unwrap();
    assert_eq!(words(&end), "unconfirmed closed");
}
