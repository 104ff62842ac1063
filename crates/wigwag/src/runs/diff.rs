//! `wigwag runs diff`: who answers differently, from most of one run or from another run.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::io::Write;

use super::answers::{Answers, Comparison};
use super::show::members;
use super::{Trouble, names};
use crate::journal::{Journal, JournalError, Run};

/// The most differences that are shown.
const SHOWN: usize = 100;

/// Who answered something else than most.
pub(super) fn within(journal: &Journal, run: &Run, ignored: &[String], out: &mut impl Write) -> Result<(), Trouble> {
    let by = Comparison { hasher: &RandomState::new(), ignored };
    let answers = read(journal, run, by)?;
    let groups = answers.groups();
    let total: usize = groups.iter().map(|(_, count)| count).sum();
    let mut shown = Vec::new();
    let mut most = None;
    for (answer, count) in groups.iter().take(SHOWN) {
        let Some(example) = answers.example(journal, run, *answer)? else { continue };
        // Most is most of those that answered: where hardly any did, what went wrong is still the difference.
        match most {
            None if example.outcome.is_success() => most = Some((*count, by.shown(&example))),
            _ => shown.push((*answer, *count, by.shown(&example))),
        }
    }
    match &most {
        Some((count, said)) => writeln!(out, "{count} of {total}: {said}")?,
        None => writeln!(out, "nobody answered")?,
    }
    let asked: Vec<_> = shown.iter().map(|(answer, count, _)| (*answer, *count)).collect();
    for ((_, count, said), members) in shown.iter().zip(members(journal, run, &answers, &asked)?) {
        writeln!(out, "{}: {said}", names::group(&members, *count))?;
    }
    more(groups.len().saturating_sub(SHOWN), out)
}

/// Devices by name in both runs.
pub(super) fn between(
    journal: &Journal,
    earlier: &Run,
    later: &Run,
    ignored: &[String],
    out: &mut impl Write,
) -> Result<(), Trouble> {
    let hasher = RandomState::new();
    let by = Comparison { hasher: &hasher, ignored };
    let (before, after) = (read(journal, earlier, by)?, read(journal, later, by)?);
    // Where a device is among the targets of the earlier run, by a hash of its name: a name takes more.
    let mut places: HashMap<u64, u32> = HashMap::new();
    for target in journal.targets(earlier)? {
        let target = target?;
        places.insert(hasher.hash_one(&target.name), target.number);
    }
    let mut changes = Changes::default();
    let (mut same, mut only_later) = (0, Few::default());
    for target in journal.targets(later)? {
        let target = target?;
        match places.remove(&hasher.hash_one(&target.name)) {
            None => only_later.push(target.name),
            Some(place) => match (before.of(place), after.of(target.number)) {
                (then, now) if then == now => same += 1,
                change => changes.push(change, target.name),
            },
        }
    }
    let mut only_earlier = Few::default();
    for target in journal.targets(earlier)? {
        let target = target?;
        if places.contains_key(&hasher.hash_one(&target.name)) {
            only_earlier.push(target.name);
        }
    }
    writeln!(out, "{same} the same")?;
    for (change, devices) in changes.sorted().iter().take(SHOWN) {
        let shown = |answers: &Answers, run: &Run, answer: Option<u64>| -> Result<String, JournalError> {
            let Some(answer) = answer else { return Ok("(no outcome)".to_owned()) };
            let example = answers.example(journal, run, answer)?;
            Ok(example.map(|example| by.shown(&example)).unwrap_or_default())
        };
        let (then, now) = (shown(&before, earlier, change.0)?, shown(&after, later, change.1)?);
        writeln!(out, "{}: {then} -> {now}", devices.shown())?;
    }
    more(changes.groups.len().saturating_sub(SHOWN), out)?;
    for (few, run) in [(&only_earlier, earlier), (&only_later, later)] {
        if few.count > 0 {
            writeln!(out, "{}: only in {}", few.shown(), run.id)?;
        }
    }
    Ok(())
}

fn read(journal: &Journal, run: &Run, by: Comparison<'_>) -> Result<Answers, Trouble> {
    Ok(Answers::read(journal, run, &journal.standings(run)?, by, |_| {})?)
}

fn more(differences: usize, out: &mut impl Write) -> Result<(), Trouble> {
    match differences {
        0 => Ok(()),
        more => Ok(writeln!(out, "and {more} more differences; --ignore PART leaves out what always differs")?),
    }
}

/// What a device answered then and now.
type Change = (Option<u64>, Option<u64>);

/// Devices by how their answers changed.
#[derive(Debug, Default)]
struct Changes {
    places: HashMap<Change, usize>,
    groups: Vec<(Change, Few)>,
}

impl Changes {
    fn push(&mut self, change: Change, name: String) {
        let place = *self.places.entry(change).or_insert_with(|| {
            self.groups.push((change, Few::default()));
            self.groups.len() - 1
        });
        if let Some((_, devices)) = self.groups.get_mut(place) {
            devices.push(name);
        }
    }

    /// The change that most devices made first.
    fn sorted(&mut self) -> &[(Change, Few)] {
        self.groups.sort_by_key(|(_, devices)| std::cmp::Reverse(devices.count));
        &self.groups
    }
}

/// As many names as are folded, and how many there are.
#[derive(Debug, Default)]
struct Few {
    names: Vec<String>,
    count: usize,
}

impl Few {
    fn push(&mut self, name: String) {
        self.count += 1;
        if self.names.len() < names::FOLDED {
            self.names.push(name);
        }
    }

    fn shown(&self) -> String {
        names::group(&self.names, self.count)
    }
}
