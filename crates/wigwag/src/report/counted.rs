//! How many targets came to what, in a line.

use wigwag_fleet::Counts;

/// `118 ok, 2 unreachable (1 dns, 1 refused)`, with what each outcome is called.
pub(crate) fn counted(counts: &Counts, called: impl Fn(&'static str) -> &'static str) -> String {
    let of_word = |(word, count): &(&'static str, u64)| {
        let called = called(word);
        let reasons: Vec<(&str, u64)> = counts.reasons_of(word).collect();
        match reasons.as_slice() {
            [] => format!("{count} {called}"),
            [(reason, _)] => format!("{count} {called} ({reason})"),
            several => {
                let reasons: Vec<String> = several.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
                format!("{count} {called} ({})", reasons.join(", "))
            }
        }
    };
    let words: Vec<String> = counts.by_word().iter().map(of_word).collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

/// `1 target`, `2 targets`
pub(crate) fn targets(count: u64) -> String {
    if count == 1 { "1 target".to_owned() } else { format!("{count} targets") }
}
