//! Exchanges and sessions as scripts: a clock moved by hand, and what happens, line by line.
//!
//! | file | what it describes |
//! |---|---|
//! | `script` | how a script is written |
//! | `answers` | what counts as an answer, and what came beside it |
//! | `classes` | events, progress, errors, foreign answers |
//! | `replies` | what an answer may be |
//! | `kept` | one command after the other on one connection |
//! | `around` | padding, echoes, Telnet, heartbeats |
//! | `letting_in` | greetings, logins, authentication |
//! | `not_sent` | everything that proves that nothing was sent |
//! | `not_known` | everything that leaves open what the device did |
//! | `unasked` | commands that have no answer by design |
//! | `waits` | when each wait ends, to the millisecond |
//! | `device` | the side that answers |
//! | `recognised` | a device that speaks a protocol file |
//! | `pair` | both sides, back to back |
//! | `anything` | whatever happens, in any order |
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod anything;
mod around;
mod classes;
mod device;
mod kept;
mod letting_in;
mod not_known;
mod not_sent;
mod pair;
mod recognised;
mod replies;
mod script;
mod unasked;
mod waits;
