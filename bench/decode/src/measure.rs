//! Competitors by turns, so that what the machine does beside meets all of them; the median of each.

use std::time::Instant;

const TURNS: usize = 301;

/// One way to do the work; returns nothing, so it must keep its result from being optimised away.
pub(crate) struct Competitor<'a>(Box<dyn FnMut() + 'a>);

impl<'a> Competitor<'a> {
    pub(crate) fn new(work: impl FnMut() + 'a) -> Self {
        Self(Box::new(work))
    }
}

/// The median nanoseconds of each competitor's work, which each turn repeats `times`.
pub(crate) fn compare<const N: usize>(times: usize, mut competitors: [Competitor<'_>; N]) -> [f64; N] {
    let mut samples = [const { Vec::new() }; N];
    // One long turn is cut short for work that takes milliseconds by itself.
    let turns = if times == 1 { TURNS / 10 } else { TURNS };
    for _ in 0..turns {
        for (Competitor(work), samples) in competitors.iter_mut().zip(&mut samples) {
            let start = Instant::now();
            for _ in 0..times {
                work();
            }
            samples.push(start.elapsed().as_nanos() as f64 / times as f64);
        }
    }
    samples.map(|mut samples| {
        samples.sort_by(f64::total_cmp);
        samples[samples.len() / 2]
    })
}
