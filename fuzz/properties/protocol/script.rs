//! Input as a script: what happens, one byte after the other.

/// What is left of an input. Where it is at its end all bytes are zero.
#[derive(Debug)]
pub struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    pub fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let [first, rest @ ..] = self.0 else { return 0 };
        self.0 = rest;
        *first
    }

    /// All that is left.
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// So many bytes as the next one says, or as many as there are.
    pub fn bytes(&mut self) -> &'a [u8] {
        let count = usize::from(self.byte()).min(self.0.len());
        let (bytes, rest) = self.0.split_at(count);
        self.0 = rest;
        bytes
    }

    /// One of several.
    pub fn one<'o, T>(&mut self, of: &'o [T]) -> &'o T {
        &of[usize::from(self.byte()) % of.len()]
    }
}

/// The name of a protocol, and what stands behind its line.
pub fn named(input: &[u8]) -> Option<(&str, Script<'_>)> {
    let end = input.iter().position(|byte| *byte == b'\n')?;
    let name = std::str::from_utf8(&input[..end]).ok()?;
    Some((name, Script(&input[end + 1..])))
}
