//! `250ms` and `64KiB`

use std::fmt;
use std::time::Duration;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

use crate::layout::MAX_LIMIT;
use crate::units;

/// A duration as text: `250ms`, `5s`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wait(pub(crate) Duration);

impl<'de> Deserialize<'de> for Wait {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WaitVisitor;
        impl Visitor<'_> for WaitVisitor {
            type Value = Wait;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration such as \"250ms\" or \"5s\"")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Wait, E> {
                units::parse_duration(text).map(Wait).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(WaitVisitor)
    }
}

/// A number of bytes: `65536`, or as text: `64KiB`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size(pub(crate) usize);

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SizeVisitor;
        impl Visitor<'_> for SizeVisitor {
            type Value = Size;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of bytes, or a text such as \"64KiB\"")
            }

            fn visit_i64<E: Error>(self, bytes: i64) -> Result<Size, E> {
                usize::try_from(bytes).map_or_else(|_| Err(out_of_range()), limited)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Size, E> {
                limited(units::parse_size(text).map_err(E::custom)?)
            }
        }
        deserializer.deserialize_any(SizeVisitor)
    }
}

fn limited<E: Error>(bytes: usize) -> Result<Size, E> {
    if (1..=MAX_LIMIT).contains(&bytes) { Ok(Size(bytes)) } else { Err(out_of_range()) }
}

fn out_of_range<E: Error>() -> E {
    E::custom(format_args!("`max` is from 1 to {MAX_LIMIT} bytes"))
}
