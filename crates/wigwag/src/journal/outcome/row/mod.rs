//! How an end is written: an object with short names, and nothing that is not there. What the pieces of a row have in
//! common is said once: a member that is missing is as it was in the piece before, unless `-` names it.
//!
//! ```text
//! {"t":17,"a":1,"o":"ok","n":1764339887127230002,"p":-61,"h":"response","d":"10.4.0.7:9100","w":8,
//!  "m":[null,61,null,null,204,266],"q":"1b5354415455530d","Q":"535441545553","s":"524541445900","S":"5245414459",
//!  "b":"terminator","v":{"body":"5245414459"},"k":1099511627777},
//! {"t":18,"d":"10.4.0.8:9100","m":[null,64,null,null,203,267]},
//! {"t":19,"o":"unreachable refused","h":"connect","d":"10.4.0.9:9100","w":0,"m":[null,70,null,null,null,70],
//!  "e":"connection refused","-":"sSbv"}
//! ```

mod read;
mod write;

pub(in crate::journal) use read::{Line, Sent, Standing};
pub(in crate::journal) use write::Said;

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::time::{Duration, SystemTime};

    use wigwag_protocol::exchange::{Phase, Timing};
    use wigwag_protocol::outcome::Outcome;

    use super::*;
    use crate::journal::bundle::Piece;
    use crate::journal::{StoredBytes, StoredOutcome};

    fn end(number: u32) -> StoredOutcome<'static> {
        StoredOutcome {
            number,
            address: Some(([10, 4, 0, number as u8], 9100).into()),
            fingerprint: Some(u64::MAX - 7),
            outcome: Outcome::Ok,
            phase: Phase::Response,
            bytes_written: 8,
            timing: Timing { total: Duration::from_micros(200 + u64::from(number)), ..Timing::default() },
            request: bytes(b"\x1bSTATUS\r", Some(b"STATUS")),
            response: bytes(b"READY\0", Some(b"READY")),
            ended_by: Some("terminator".into()),
            error: None,
            fields: Some(r#"{"body":"5245414459"}"#.to_owned()),
            ..StoredOutcome::lost(number, 1, SystemTime::UNIX_EPOCH + Duration::from_secs(3))
        }
    }

    fn bytes(wire: &'static [u8], said: Option<&'static [u8]>) -> StoredBytes<'static> {
        StoredBytes { length: wire.len() as u64, wire: Some(wire.into()), said: said.map(Cow::Borrowed) }
    }

    fn row(ends: &[StoredOutcome<'_>]) -> String {
        let (mut row, mut said) = (Vec::new(), Said::default());
        for end in ends {
            row.push(if row.is_empty() { b'[' } else { b',' });
            end.write(Some(4), &mut said, &mut row);
        }
        row.push(b']');
        String::from_utf8(row).unwrap()
    }

    fn read<T: Piece>(row: &str) -> Vec<T> {
        let mut pieces: Vec<T> = serde_json::from_str(row).unwrap();
        crate::journal::bundle::follow(&mut pieces);
        pieces
    }

    /// Members come, go, change and come back; each end is read as it was written.
    #[test]
    fn what_is_left_out_is_as_it_was_before() {
        let refused = |number| StoredOutcome {
            outcome: Outcome::Unreachable(wigwag_protocol::outcome::Unreachable::Refused),
            phase: Phase::Connect,
            bytes_written: 0,
            request: StoredBytes::default(),
            response: StoredBytes::default(),
            ended_by: None,
            error: Some("connection refused".into()),
            fields: None,
            ..end(number)
        };
        let again = StoredOutcome { attempt: 2, is_final: false, ..refused(5) };
        let nothing_known = StoredOutcome { told: None, ..StoredOutcome::lost(7, 1, SystemTime::UNIX_EPOCH) };
        let ends = [end(1), end(2), refused(3), refused(4), again, end(6), nothing_known, end(8), end(9)];

        let row = row(&ends);
        let lines = read::<Line>(&row).into_iter().map(|line| (line.k, line.outcome(None).unwrap()));
        let read_back: Vec<_> = lines.collect();
        assert_eq!(read_back, ends.clone().map(|end| (Some(4), end)));

        for (standing, end) in read::<Standing>(&row).iter().zip(&ends) {
            let stands = (standing.target(), standing.attempt(), standing.is_final(), standing.outcome().unwrap());
            assert_eq!(stands, (end.number, end.attempt, end.is_final, end.outcome));
        }
        for (sent, end) in read::<Sent>(&row).iter().zip(&ends) {
            assert_eq!((sent.target, sent.outcome().unwrap()), (end.number, end.outcome));
            assert_eq!(sent.address, end.address.map(|address| address.to_string()));
            assert_eq!(sent.fingerprint, end.fingerprint.map(|print| print as i64));
        }
    }

    #[test]
    fn an_end_like_the_one_before_costs_little() {
        let (one, two) = (row(&[end(1)]), row(&[end(1), end(2)]));
        assert_eq!(
            two.strip_prefix(one.trim_end_matches(']')).unwrap(),
            r#",{"t":2,"d":"10.4.0.2:9100","m":[null,null,null,null,null,202]}]"#
        );
    }
}
