//! Many cases beside each other.

use std::sync::Mutex;
use std::thread;

/// Most cases wait for something: more of them than there are processors.
const AT_ONCE: usize = 12;

/// Does this with each case, some at once; what came of them, in the order of the cases.
pub(crate) fn beside<C: Sync, R: Send>(cases: &[C], play: impl Fn(usize, &C) -> R + Sync) -> Vec<R> {
    let (left, done) = (Mutex::new(cases.iter().enumerate()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().next();
                    let Some((index, case)) = next else { return };
                    let result = play(index, case);
                    done.lock().unwrap().push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
