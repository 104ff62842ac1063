//! A bad day can be had again.

use std::sync::Arc;

use wigwag_device::simulate::{Seed, Setup};
use wigwag_protocol::protocol::Times;

use crate::stage::{LONG, Stage, faults, protocol, setup};

const DEVICES: u32 = 4;
const COMMANDS: usize = 25;

/// What happened to the commands of each device, in their order; clients come all at once, or one after the other.
async fn day(seed: u64, all_at_once: bool) -> Vec<Vec<Option<&'static str>>> {
    let scenario = faults(&["slow=20%:1ms", "split=20%", "busy=10%", "reset=10%", "no-half-close=30%"]);
    let setup = Setup { scenario, seed: Seed(seed), devices: DEVICES, ..setup(protocol("modbus-tcp")) };
    let stage = Arc::new(Stage::new(Setup { listen: ([127, 1, 0, 1], 0).into(), ..setup }).unwrap());
    let mut clients = tokio::task::JoinSet::new();
    for device in 1..=DEVICES {
        let stage = stage.clone();
        let client = async move {
            let times = Times { connect: LONG, first: LONG, idle: LONG, total: LONG };
            for _ in 0..COMMANDS {
                stage.send(device, stage.call("read_registers address=1 count=2").with_times(times)).await;
            }
        };
        match all_at_once {
            true => _ = clients.spawn(client),
            false => client.await,
        }
    }
    clients.join_all().await;
    let (_, seen) = Arc::into_inner(stage).unwrap().end().await;
    let of = |device| seen.iter().filter(|seen| seen.device == device).map(|seen| seen.fault).collect();
    (1..=DEVICES).map(of).collect()
}

#[tokio::test]
async fn one_seed_is_one_day_however_clients_come() {
    let day_7 = day(7, true).await;
    assert!(day_7.iter().all(|device| device.len() == COMMANDS));
    assert_eq!(day(7, false).await, day_7);
    assert_ne!(day(8, true).await, day_7);
    // Devices have days of their own.
    assert_ne!(day_7[0], day_7[1]);
    for fault in ["slow", "split", "busy", "reset", "no-half-close"] {
        assert!(day_7.iter().flatten().any(|seen| *seen == Some(fault)), "{fault}");
    }
}
