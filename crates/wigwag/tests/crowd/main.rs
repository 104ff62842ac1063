//! `wigwag-agent` under a hostile crowd: everything at once that strangers do to a port, from thousands of addresses of
//! loopback, while clients that behave are answered, each time and rightly; and when the crowd has gone nothing is left of it.
//!
//! | file | what it gives |
//! |---|---|
//! | `form` | how large a crowd, and for how long: short in every test run, long when asked for |
//! | `trial` | the crowd is set on an agent, and what has to hold |
//! | `hostile` | what strangers do, one file each |
//! | `good` | clients that behave, and how long they wait for answers |
//! | `agent` | the real program: started, told to stop, its last words |
//! | `footprint` | what the kernel says that it takes: memory, descriptors, threads, children |
//! | `report` | the figures |
#![expect(clippy::unwrap_used, reason = "what fails in a test's helper fails the test")]

mod agent;
#[path = "../fleet/support/chance.rs"]
mod chance;
mod footprint;
mod form;
mod good;
mod hostile;
mod report;
mod trial;

use form::Form;
use trial::Trial;

/// One crowd at a time: two would be measured together.
static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());

#[test]
fn where_there_is_room_for_all() {
    let _alone = ALONE.lock();
    let form = Form::of_this_run();
    Trial { name: "room for all", connections: form.roomy, crowd: form.crowd, lasts: form.lasts }.hold();
}

#[test]
fn where_the_house_is_full() {
    let _alone = ALONE.lock();
    let form = Form::of_this_run();
    Trial { name: "full house", connections: form.cramped, crowd: form.crowd_outside, lasts: form.lasts }.hold();
}
