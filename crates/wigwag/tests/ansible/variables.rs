//! Options from variables of hosts and plays, and from defaults of modules.

use crate::support::{Core, Fleet, bodies, hosts, on_each_core};

on_each_core!(where_options_come_from);

fn where_options_come_from(core: &Core) {
    let fleet = Fleet::of(2, "esc-cr", &[]);
    let inventory = hosts(&fleet, 2, "", &[]);

    let played = core.play(&inventory, "variables.yml", &[]).run();

    assert_eq!(played.code, 0, "{played:?}");
    let mut told = bodies(&fleet.received().commands);
    told.sort();
    assert_eq!(
        told,
        [&["PLAY"; 2][..], &["PLAYALL"; 2], &["PLAYRAW"; 2], &["TASK"; 2], &["{inventory}:BRACES"; 2]].concat()
    );
}
