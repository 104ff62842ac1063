//! The names of targets that went by, for whoever has to name one again.

/// The most bytes of names that are remembered; targets behind them are called by their number.
const MOST: usize = 4 << 20;

/// The names of the first targets, one behind the other in one text: a block of memory for each, among those of exchanges
/// that come and go, would leave holes between them that nothing fits into.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    names: String,
    /// Where each name ends; its place is the target's number.
    ends: Vec<u32>,
}

impl Remembered {
    /// The next target, whose number is one more than that of the last, is called so.
    pub(super) fn note(&mut self, number: u32, name: &str) {
        if self.ends.len() == number as usize && self.names.len() + name.len() <= MOST {
            self.names.push_str(name);
            self.ends.push(self.names.len() as u32);
        }
    }

    pub(super) fn name(&self, number: u32) -> Option<String> {
        let number = number as usize;
        let end = *self.ends.get(number)? as usize;
        let start = number.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end as usize);
        self.names.get(start..end).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_number_as_far_as_there_is_room() {
        let mut names = Remembered::default();
        for (number, name) in ["a", "", "press-7"].iter().enumerate() {
            names.note(number as u32, name);
        }
        names.note(3, &"x".repeat(MOST));
        names.note(4, "behind it");
        let found: Vec<Option<String>> = (0..5).map(|number| names.name(number)).collect();
        let found: Vec<Option<&str>> = found.iter().map(Option::as_deref).collect();
        assert_eq!(found, [Some("a"), Some(""), Some("press-7"), None, None]);
    }
}
