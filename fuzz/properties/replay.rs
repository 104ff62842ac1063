//! Replays a corpus and what is near to it, for the ordinary test run: no libFuzzer, the same inputs every time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Inputs that lie elsewhere in the repository already: files as people write them.
const MORE: [(&str, &str); 2] =
    [("protocol_file", "protocols"), ("inventory", "crates/wigwag-fleet/tests/inventories")];

/// The most changes that one changed input has.
const MOST_CHANGES: usize = 4;

/// No changed input is longer.
const LONGEST: usize = 64 * 1024;

/// One input of a corpus.
pub struct Seed {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Every input of a target: `fuzz/corpus-seed/TARGET`, and what lies elsewhere.
pub fn corpus(target: &str) -> Vec<Seed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let more = MORE.into_iter().filter(|(of, _)| *of == target).map(|(_, folder)| root.join(folder));
    let folders = [root.join("fuzz/corpus-seed").join(target)].into_iter().chain(more);
    let mut seeds: Vec<Seed> = folders.flat_map(|folder| files(&folder)).collect();
    seeds.sort_by(|a, b| a.name.cmp(&b.name));
    seeds
}

fn files(folder: &Path) -> Vec<Seed> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let seed = |path: std::path::PathBuf| Seed {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        bytes: std::fs::read(&path).unwrap(),
    };
    paths.map(seed).collect()
}

/// Holds the property against every input, and against so many changed ones in all. `WIGWAG_MUTATIONS` is another
/// number of those.
pub fn replay(target: &str, mutations: usize, property: impl Fn(&[u8])) {
    let seeds = corpus(target);
    assert!(seeds.len() >= 5, "{} inputs of {target}", seeds.len());
    for seed in &seeds {
        held(&property, &seed.bytes, &seed.name);
    }
    let mutations = std::env::var("WIGWAG_MUTATIONS").map_or(mutations, |number| number.parse().unwrap());
    for number in 0..mutations {
        let seed = &seeds[number % seeds.len()];
        let mut chance = Chance(number as u64);
        let changed = changed(&seed.bytes, &seeds, &mut chance);
        held(&property, &changed, &format!("{}, changed for the {number}th time", seed.name));
    }
}

/// Holds the property against one input, and shows the input if it fails. What failed has been told then.
fn held(property: &impl Fn(&[u8]), input: &[u8], name: &str) {
    if catch_unwind(AssertUnwindSafe(|| property(input))).is_err() {
        let hex: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
        panic!("{name} breaks it; `xxd -r -p` makes a file of these bytes:\n{hex}");
    }
}

/// What a text or a wire often has where things go wrong.
const NEAR: [&[u8]; 28] = [
    b"\0",
    b"\xff",
    b"\x80",
    b"\r",
    b"\n",
    b"\r\n",
    b"\"",
    b"'",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b"<",
    b">",
    b"=",
    b",",
    b":",
    b"-1",
    b"0",
    b"65536",
    b"99999999999999999999",
    b"\xc3\xa9",
    b"\xf0\x9f\x98\x80",
    b" ",
    b"#",
    b"|",
    b"..",
];

/// The input with a few changes: bits, bytes, pieces left out, twice, or from elsewhere.
fn changed(input: &[u8], seeds: &[Seed], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=chance.below(MOST_CHANGES) {
        change(&mut bytes, seeds, chance);
    }
    bytes.truncate(LONGEST);
    bytes
}

fn change(bytes: &mut Vec<u8>, seeds: &[Seed], chance: &mut Chance) {
    let at = chance.below(bytes.len() + 1);
    let end = (at + chance.length()).min(bytes.len());
    match chance.below(8) {
        0 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << chance.below(8)),
        1 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = chance.below(256) as u8),
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(at..end)),
        4 => {
            let piece = bytes[at..end].to_vec();
            bytes.splice(at..at, piece);
        }
        5 => drop(bytes.splice(at..at, NEAR[chance.below(NEAR.len())].iter().copied())),
        6 => drop(bytes.splice(at..end, NEAR[chance.below(NEAR.len())].iter().copied())),
        _ => {
            let other = &seeds[chance.below(seeds.len())].bytes;
            let from = chance.below(other.len() + 1);
            let to = (from + chance.length()).min(other.len());
            bytes.splice(at..end, other[from..to].iter().copied());
        }
    }
}

/// A small generator of numbers (SplitMix64), the same on every machine.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Mostly short.
    fn length(&mut self) -> usize {
        let most = [1, 4, 16, 64][self.below(4)];
        1 + self.below(most)
    }
}
