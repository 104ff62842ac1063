//! What lies between the frames and the wire, in the few places where no exchange takes it off.

use std::borrow::Cow;

use wigwag_protocol::protocol::Transport;

// RFC 854.
const SE: u8 = 240;
const SB: u8 = 250;
const WILL: u8 = 251;
const DONT: u8 = 254;
const IAC: u8 = 255;

/// Bytes of the wire without what the transport puts between.
pub(super) fn plain(transport: Transport, wire: &[u8]) -> Cow<'_, [u8]> {
    match transport {
        Transport::Plain => Cow::Borrowed(wire),
        Transport::Telnet => Cow::Owned(without_telnet(wire)),
    }
}

/// Bytes as the transport carries them.
pub(super) fn wired(transport: Transport, plain: Vec<u8>) -> Vec<u8> {
    match transport {
        Transport::Plain => plain,
        Transport::Telnet => {
            let times = |byte: u8| 1 + usize::from(byte == IAC);
            plain.into_iter().flat_map(|byte| std::iter::repeat_n(byte, times(byte))).collect()
        }
    }
}

fn without_telnet(mut rest: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    loop {
        rest = match rest {
            [] => return plain,
            [IAC, IAC, behind @ ..] => {
                plain.push(IAC);
                behind
            }
            [IAC, SB, inside @ ..] => {
                let end = inside.windows(2).position(|pair| pair == [IAC, SE]);
                end.and_then(|end| inside.get(end + 2..)).unwrap_or_default()
            }
            [IAC, WILL..=DONT, _, behind @ ..] | [IAC, _, behind @ ..] => behind,
            [IAC] => return plain,
            [byte, behind @ ..] => {
                plain.push(*byte);
                behind
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telnet_is_taken_off_and_put_on() {
        let wire = b"\xff\xfd\x03a\xff\xff\xff\xfa\x18\x01\xff\xf0b\xff\xf1c\xff";
        assert_eq!(*plain(Transport::Telnet, wire), *b"a\xffbc");
        assert_eq!(*plain(Transport::Plain, wire), *wire);
        assert_eq!(wired(Transport::Telnet, b"a\xff".to_vec()), b"a\xff\xff");
    }
}
