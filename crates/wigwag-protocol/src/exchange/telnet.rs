//! What Telnet (RFC 854) puts between the bytes: `IAC` sequences, and a second 0xFF behind each 0xFF.

/// Interpret as command.
const IAC: u8 = 0xFF;
const DONT: u8 = 0xFE;
const DO: u8 = 0xFD;
const WONT: u8 = 0xFC;
const WILL: u8 = 0xFB;
/// A subnegotiation begins; it reaches to `IAC SE`.
const SB: u8 = 0xFA;
const SE: u8 = 0xF0;

/// The most bytes of refusals that wait to be written: a peer that asks for more without reading is not answered.
const MOST_REFUSALS: usize = 4096;

/// Takes Telnet out of what comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Telnet {
    /// Between sequences.
    #[default]
    Data,
    Command,
    Option(u8),
    Subnegotiation,
    SubnegotiationCommand,
}

/// The plain bytes of what came over Telnet, all of it at once.
pub fn without_telnet(wire: &[u8]) -> Vec<u8> {
    Telnet::default().plain(wire, &mut Vec::new())
}

impl Telnet {
    /// The plain bytes of what came. Whatever option the peer asks for or offers is refused; the refusals are put behind
    /// `replies`.
    pub(super) fn plain(&mut self, wire: &[u8], replies: &mut Vec<u8>) -> Vec<u8> {
        let mut plain = Vec::with_capacity(wire.len());
        for &byte in wire {
            *self = match (*self, byte) {
                (Self::Data, IAC) => Self::Command,
                (Self::Data, _) => {
                    plain.push(byte);
                    Self::Data
                }
                (Self::Command, IAC) => {
                    plain.push(IAC);
                    Self::Data
                }
                (Self::Command, DO | DONT | WILL | WONT) => Self::Option(byte),
                (Self::Command, SB) => Self::Subnegotiation,
                (Self::Command, _) => Self::Data,
                (Self::Option(verb), option) => {
                    refuse(verb, option, replies);
                    Self::Data
                }
                (Self::Subnegotiation, IAC) => Self::SubnegotiationCommand,
                (Self::Subnegotiation, _) => Self::Subnegotiation,
                (Self::SubnegotiationCommand, SE) => Self::Data,
                (Self::SubnegotiationCommand, _) => Self::Subnegotiation,
            };
        }
        plain
    }
}

/// A request to stop, or a refusal, needs no answer: nothing was ever agreed on.
fn refuse(verb: u8, option: u8, replies: &mut Vec<u8>) {
    let answer = match verb {
        DO => WONT,
        WILL => DONT,
        _ => return,
    };
    if replies.len() < MOST_REFUSALS {
        replies.extend([IAC, answer, option]);
    }
}

/// Bytes as they stand on the wire.
pub(super) fn doubled(plain: Vec<u8>) -> Vec<u8> {
    if !plain.contains(&IAC) {
        return plain;
    }
    let twice = |byte: u8| std::iter::repeat_n(byte, if byte == IAC { 2 } else { 1 });
    plain.into_iter().flat_map(twice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(pieces: &[&[u8]]) -> (Vec<u8>, Vec<u8>) {
        let (mut telnet, mut replies) = (Telnet::default(), Vec::new());
        let plain = pieces.iter().flat_map(|piece| telnet.plain(piece, &mut replies)).collect();
        (plain, replies)
    }

    #[test]
    fn options_are_refused_and_taken_out_however_they_are_cut() {
        let wire =
            b"\xff\xfd\x18\xff\xfb\x01ab\xff\xff\xff\xfa\x18\x01\xff\xff\xff\xf0c\xff\xf9\xff\xfe\x03\xff\xfc\x03";
        let expected = (b"ab\xffc".to_vec(), b"\xff\xfc\x18\xff\xfe\x01".to_vec());
        assert_eq!(plain(&[wire]), expected);
        for cut in 0..wire.len() {
            let (before, behind) = wire.split_at(cut);
            assert_eq!(plain(&[before, behind]), expected, "cut at {cut}");
        }
    }

    #[test]
    fn a_peer_that_asks_for_ever_does_not_fill_memory() {
        let (mut telnet, mut replies) = (Telnet::default(), Vec::new());
        for _ in 0..100_000 {
            telnet.plain(&[IAC, DO, 1], &mut replies);
        }
        assert!(replies.len() < MOST_REFUSALS + 3);
    }

    #[test]
    fn what_is_written_reads_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(plain(&[&doubled(bytes.clone())]), (bytes, Vec::new()));
    }
}
