//! Durations and sizes as people write them: `250ms`, `5s`, `2m`, `64KiB`.

use std::time::Duration;

/// The longest duration that is taken: a year is longer than any wait.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Reads `250ms`, `1.5s`, `2m` or `1h`.
///
/// # Errors
///
/// What is wrong with it, in one line.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let wrong = || format!("`{text}` is not a duration such as 250ms, 5s or 2m");
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "ms" => number / 1000.0,
        "s" => number,
        "m" => number * 60.0,
        "h" => number * 3600.0,
        "" => return Err(format!("`{text}` has no unit: {text}ms or {text}s?")),
        _ => return Err(wrong()),
    };
    let duration = Duration::try_from_secs_f64(seconds).map_err(|_| wrong())?;
    if duration > LONGEST { Err(format!("`{text}` is longer than a year")) } else { Ok(duration) }
}

/// Reads `512`, `64KiB`, `64k`, `1MiB`, in bytes.
///
/// # Errors
///
/// What is wrong with it, in one line.
pub fn parse_size(text: &str) -> Result<usize, String> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let wrong = || format!("`{text}` is not a size such as 512, 64KiB or 1MiB");
    let number: usize = number.parse().map_err(|_| wrong())?;
    let factor = match unit.trim() {
        "" | "B" => 1,
        "K" | "k" | "KiB" => 1024,
        "M" | "MiB" => 1024 * 1024,
        _ => return Err(wrong()),
    };
    number.checked_mul(factor).ok_or_else(wrong)
}

/// A duration for a person: `5 s`, `1.5 s`, `250 ms`.
pub fn show_duration(duration: Duration) -> String {
    if duration >= Duration::from_millis(995) {
        // Hundredths are as fine as a wait of seconds is worth.
        let hundredths = (duration.as_millis() + 5) / 10;
        let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
        return format!("{} s", text.trim_end_matches('0').trim_end_matches('.'));
    }
    format!("{} ms", duration.as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_shown() {
        for (text, milliseconds, shown) in [
            ("250ms", 250, "250 ms"),
            ("5s", 5000, "5 s"),
            ("1.5s", 1500, "1.5 s"),
            ("2m", 120_000, "120 s"),
            ("0s", 0, "0 ms"),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
            assert_eq!(show_duration(Duration::from_millis(milliseconds)), shown);
        }
        assert_eq!(show_duration(Duration::from_micros(1_999_900)), "2 s");
    }

    #[test]
    fn a_duration_without_a_unit_is_refused() {
        assert_eq!(parse_duration("5"), Err("`5` has no unit: 5ms or 5s?".to_owned()));
        for text in ["", "s", "5 parsecs", "-1s", "1e9s", "99999999h", "1.2.3s"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in [("512", 512), ("64KiB", 65536), ("64k", 65536), ("1MiB", 1 << 20)] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for text in ["", "KiB", "1TB", "99999999999999999999"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }
}
