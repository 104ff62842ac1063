//! What is waited for beside what a client sends.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};
use wigwag_net::accept::Wire;

use super::Reaction;

/// Rings by the deadline. It may ring earlier: most deadlines are put off long before they come, and to put off the alarm each
/// time would cost more than to let it ring once in a while.
pub(super) fn poll_alarm(mut alarm: Pin<&mut Option<Sleep>>, deadline: Instant, context: &mut Context<'_>) -> Poll<()> {
    match alarm.as_mut().as_pin_mut() {
        None => alarm.set(Some(sleep_until(deadline))),
        Some(alarm) if deadline < alarm.deadline() || alarm.is_elapsed() => alarm.reset(deadline),
        Some(_) => {}
    }
    alarm.as_pin_mut().map_or(Poll::Pending, |alarm| alarm.poll(context))
}

/// What comes of an action; nothing if the client closes its sending side before.
pub(super) async fn unless_closed(acting: impl Future<Output = Reaction>, wire: &mut Wire) -> Option<Reaction> {
    let closes = async {
        while let Ok(1..) = poll_fn(|_| wire.poll_peek(&mut [0])).await {
            // Bytes that wait to be read hide the end; they are read after this action.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        // What came is acted on in any case.
        biased;
        reaction = acting => Some(reaction),
        () = closes => None,
    }
}
