//! Inventories of simulated devices.

use super::fleet::Fleet;
use super::received::Command;

/// An inventory of Ansible's with the group `presses`: `press-1` and so on, so many, with these variables for all, and these
/// for some by their numbers. Where it lies.
pub(crate) fn hosts(fleet: &Fleet, count: usize, variables: &str, own: &[(usize, &str)]) -> String {
    let network = &fleet.network;
    let own = |number: usize| own.iter().find(|(of, _)| *of == number).map_or("", |(_, own)| own);
    let host = |number: usize| {
        let address = format!("{network}.{}.{}", number / 256, number % 256);
        format!("press-{number} ansible_host={address} {}\n", own(number))
    };
    let hosts: String = (1..=count).map(host).collect();
    let port = fleet.port;
    fleet.file("hosts.ini", &format!("[presses]\n{hosts}\n[presses:vars]\nwigwag_port={port}\n{variables}\n"))
}

/// What the devices were told, in order: names of commands, else bodies of `esc-cr`.
pub(crate) fn bodies(commands: &[Command]) -> Vec<String> {
    commands.iter().map(|command| command.command.clone().unwrap_or_else(|| body(command))).collect()
}

fn body(command: &Command) -> String {
    let wire = command.wire.as_deref().unwrap_or_default();
    let bytes = (0..wire.len()).step_by(2).map(|at| u8::from_str_radix(&wire[at..at + 2], 16).unwrap());
    let bytes: Vec<u8> = bytes.collect();
    String::from_utf8_lossy(&bytes).trim_matches(['\u{1b}', '\r']).to_owned()
}
