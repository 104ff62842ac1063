//! How one value becomes bytes, and back.

use std::borrow::Cow;
use std::sync::Arc;

use super::encoding::Encoding;
use super::value::Value;

/// The most digits a number may have: any 64-bit number fits.
const MAX_DIGITS: usize = 20;

/// The most bytes an ASCII number of any width may take, blanks and leading zeros included. Nobody writes longer ones,
/// and it bounds what is scanned again when a number arrives in pieces.
pub(super) const MAX_NUMBER: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Integer {
        size: usize,
        signed: bool,
        order: Order,
    },
    Float {
        size: usize,
        order: Order,
    },
    /// So many ASCII decimal digits.
    Dec(usize),
    /// So many ASCII hex digits.
    Hex(usize),
    /// So many packed BCD digits.
    Bcd(usize),
    /// An ASCII number of any width.
    Number(Number),
    /// As many ASCII decimal digits as that node says.
    DecOf(usize),
    Raw(usize),
    /// So many bytes of text.
    Chars(usize),
    Bytes,
    Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Big,
    Little,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    Dec,
    Float,
    Hex,
}

/// The words for the numbers of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Names {
    None,
    Values(Vec<(Arc<str>, i128)>),
    /// Bit positions.
    Bits(Vec<(Arc<str>, u32)>),
}

/// The words of all types, for suggestions.
pub(super) const TYPE_WORDS: &[&str] = &[
    "u8", "u16", "u16le", "u24", "u24le", "u32", "u32le", "u64", "u64le", "i8", "i16", "i16le", "i24", "i24le", "i32",
    "i32le", "i64", "i64le", "f32", "f32le", "f64", "f64le", "hex", "dec", "float", "bytes", "text", "hex2", "hex4",
    "dec2", "bcd2", "text8",
];

impl Type {
    /// The type of this word; the error says why there is none.
    pub(super) fn from_word(word: &str) -> Result<Self, String> {
        match word {
            "dec" => return Ok(Self::Number(Number::Dec)),
            "float" => return Ok(Self::Number(Number::Float)),
            "hex" => return Ok(Self::Number(Number::Hex)),
            "bytes" => return Ok(Self::Bytes),
            "text" => return Ok(Self::Text),
            _ => {}
        }
        for (prefix, digits) in [("dec", Self::Dec as fn(usize) -> Self), ("hex", Self::Hex), ("bcd", Self::Bcd)] {
            if let Some(count) = word.strip_prefix(prefix).and_then(|count| count.parse::<usize>().ok()) {
                let most = if prefix == "hex" { 16 } else { MAX_DIGITS };
                return match (1..=most).contains(&count) {
                    true => Ok(digits(count)),
                    false => Err(format!("`{prefix}` takes from 1 to {most} digits")),
                };
            }
        }
        if let Some(size) = word.strip_prefix("text").and_then(|size| size.parse::<usize>().ok()) {
            return match (1..=super::DEFAULT_MAX).contains(&size) {
                true => Ok(Self::Chars(size)),
                false => Err(format!("`text` of fixed size takes from 1 to {} bytes", super::DEFAULT_MAX)),
            };
        }
        let (number, order) = match word.strip_suffix("le") {
            Some(number) => (number, Order::Little),
            None => (word, Order::Big),
        };
        let integer = |size, signed| Self::Integer { size, signed, order };
        match number {
            "u8" | "i8" if order == Order::Little => Err(format!("one byte has no order: `{number}`")),
            "u8" => Ok(integer(1, false)),
            "u16" => Ok(integer(2, false)),
            "u24" => Ok(integer(3, false)),
            "u32" => Ok(integer(4, false)),
            "u64" => Ok(integer(8, false)),
            "i8" => Ok(integer(1, true)),
            "i16" => Ok(integer(2, true)),
            "i24" => Ok(integer(3, true)),
            "i32" => Ok(integer(4, true)),
            "i64" => Ok(integer(8, true)),
            "f32" => Ok(Self::Float { size: 4, order }),
            "f64" => Ok(Self::Float { size: 8, order }),
            _ => Err(format!("there is no type `{word}`")),
        }
    }

    /// The number of bytes, where it is always the same.
    pub(super) const fn fixed_size(self) -> Option<usize> {
        match self {
            Self::Integer { size, .. } | Self::Float { size, .. } => Some(size),
            Self::Dec(digits) | Self::Hex(digits) => Some(digits),
            Self::Bcd(digits) => Some(digits.div_ceil(2)),
            Self::Raw(size) | Self::Chars(size) => Some(size),
            Self::Number(_) | Self::DecOf(_) | Self::Bytes | Self::Text => None,
        }
    }

    /// Whether its values are whole numbers.
    pub(super) const fn is_whole(self) -> bool {
        match self {
            Self::Integer { .. } | Self::Dec(_) | Self::Hex(_) | Self::Bcd(_) | Self::DecOf(_) => true,
            Self::Number(Number::Dec | Number::Hex) => true,
            Self::Number(Number::Float)
            | Self::Float { .. }
            | Self::Raw(_)
            | Self::Chars(_)
            | Self::Bytes
            | Self::Text => false,
        }
    }

    /// Whether its values are numbers that can be written as zero.
    pub(super) const fn is_number(self) -> bool {
        self.is_whole() || matches!(self, Self::Number(Number::Float))
    }

    /// The smallest and the largest whole number it can carry.
    pub(super) fn range(self) -> (i128, i128) {
        match self {
            Self::Integer { size, signed: false, .. } => (0, (1 << (8 * size)) - 1),
            Self::Integer { size, signed: true, .. } => (-(1 << (8 * size - 1)), (1 << (8 * size - 1)) - 1),
            Self::Dec(digits) | Self::Bcd(digits) => (0, 10_i128.pow(digits as u32) - 1),
            Self::Hex(digits) => (0, (1 << (4 * digits)) - 1),
            Self::DecOf(_) => (0, i128::from(u64::MAX)),
            Self::Number(Number::Hex) => (0, i128::from(u64::MAX)),
            Self::Number(Number::Dec | Number::Float) => (i128::from(i64::MIN), i128::from(u64::MAX)),
            Self::Float { .. } | Self::Raw(_) | Self::Chars(_) | Self::Bytes | Self::Text => (0, 0),
        }
    }

    /// What its bytes should be, for errors.
    pub(super) const fn expectation(self) -> &'static str {
        match self {
            Self::Dec(_) | Self::DecOf(_) => "a decimal digit",
            Self::Hex(_) => "a hex digit",
            Self::Bcd(_) => "two packed decimal digits",
            Self::Number(Number::Dec) => "a decimal number",
            Self::Number(Number::Hex) => "a hex number",
            Self::Number(Number::Float) => "a number",
            Self::Integer { .. } => "an integer",
            Self::Float { .. } => "a floating-point number",
            Self::Raw(_) | Self::Bytes => "bytes",
            Self::Chars(_) | Self::Text => "text",
        }
    }

    /// The offset of the first byte that cannot belong to a part of this type; text is checked elsewhere.
    pub(super) fn misfit(self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Dec(_) | Self::DecOf(_) => bytes.iter().position(|byte| !byte.is_ascii_digit()),
            Self::Hex(_) => bytes.iter().position(|byte| !byte.is_ascii_hexdigit()),
            Self::Bcd(digits) => {
                let wrong = |(index, byte): (usize, &u8)| {
                    let padded = index == 0 && digits % 2 == 1 && byte >> 4 != 0;
                    (byte >> 4 > 9 || byte & 0x0F > 9 || padded).then_some(index)
                };
                bytes.iter().enumerate().find_map(wrong)
            }
            Self::Integer { .. }
            | Self::Float { .. }
            | Self::Raw(_)
            | Self::Chars(_)
            | Self::Bytes
            | Self::Text
            | Self::Number(_) => None,
        }
    }

    /// The whole number in these bytes, which fit the type; `None` if it has more than 64 bits or is no number.
    pub(super) fn whole(self, bytes: &[u8]) -> Option<i128> {
        match self {
            Self::Integer { signed, order, .. } => {
                let number = i128::from(order.unsigned(bytes));
                let negative = signed && number > self.range().1;
                Some(if negative { number - (1_i128 << (8 * bytes.len().min(8))) } else { number })
            }
            Self::Dec(_) | Self::DecOf(_) => digits(bytes, 10),
            Self::Hex(_) => digits(bytes, 16),
            Self::Bcd(_) => bytes.iter().try_fold(0_i128, |sum, byte| {
                sum.checked_mul(100)?.checked_add(i128::from(byte >> 4) * 10 + i128::from(byte & 0x0F))
            }),
            Self::Number(kind) => {
                let bytes = bytes.trim_ascii_start();
                let (negative, magnitude) = match bytes.split_first() {
                    Some((b'-', rest)) => (true, rest),
                    Some((b'+', rest)) => (false, rest),
                    _ => (false, bytes),
                };
                let number = digits(magnitude, if kind == Number::Hex { 16 } else { 10 })?;
                let number = if negative { -number } else { number };
                let (least, most) = self.range();
                (least..=most).contains(&number).then_some(number)
            }
            Self::Float { .. } | Self::Raw(_) | Self::Chars(_) | Self::Bytes | Self::Text => None,
        }
    }

    /// The number in these bytes, of an unsigned integer type; the quick way to a length.
    pub(super) fn unsigned(self, bytes: &[u8]) -> Option<u64> {
        match self {
            Self::Integer { signed: false, order, .. } => Some(order.unsigned(bytes)),
            Self::Integer { signed: true, .. }
            | Self::Float { .. }
            | Self::Dec(_)
            | Self::Hex(_)
            | Self::Bcd(_)
            | Self::Number(_)
            | Self::DecOf(_)
            | Self::Raw(_)
            | Self::Chars(_)
            | Self::Bytes
            | Self::Text => None,
        }
    }

    /// The value in these bytes, which fit the type.
    pub(super) fn value(self, bytes: &[u8], names: &Names, encoding: Encoding) -> Value {
        match self {
            Self::Float { size, order } => Value::Float(float(bytes, size, order)),
            Self::Number(Number::Float) => {
                let text = String::from_utf8_lossy(bytes.trim_ascii_start());
                text.parse().map_or_else(|_| Value::Bytes(bytes.to_vec()), Value::Float)
            }
            Self::Raw(_) | Self::Bytes => Value::Bytes(bytes.to_vec()),
            Self::Chars(_) | Self::Text => {
                encoding.decode(bytes).map_or_else(|_| Value::Bytes(bytes.to_vec()), Value::Text)
            }
            Self::Integer { .. } | Self::Dec(_) | Self::Hex(_) | Self::Bcd(_) | Self::Number(_) | Self::DecOf(_) => {
                match self.whole(bytes) {
                    Some(number) => names.name(number),
                    None => Value::Bytes(bytes.to_vec()),
                }
            }
        }
    }

    /// The bytes of a value; `digits` is the width of a [`Type::DecOf`]. The error says what is wrong with it.
    pub(super) fn bytes(
        self,
        value: &Value,
        names: &Names,
        encoding: Encoding,
        digits: Option<usize>,
    ) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        self.write(value, names, encoding, digits, &mut bytes)?;
        Ok(bytes)
    }

    /// Writes the bytes of a value behind those in `out`; `digits` is the width of a [`Type::DecOf`]. The error says what
    /// is wrong with it.
    pub(super) fn write(
        self,
        value: &Value,
        names: &Names,
        encoding: Encoding,
        digits: Option<usize>,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        match self {
            Self::Raw(size) | Self::Chars(size) => {
                let bytes = raw(value, encoding)?;
                if bytes.len() != size {
                    return Err(format!("it takes {size} bytes, not {}", bytes.len()));
                }
                out.extend_from_slice(&bytes);
            }
            Self::Bytes | Self::Text => out.extend_from_slice(&raw(value, encoding)?),
            Self::Float { size, order } => out.extend_from_slice(&float_bytes(real(value)?, size, order)?),
            Self::Number(Number::Float) => out.extend_from_slice(&shortest(real(value)?)?),
            Self::Integer { .. } | Self::Dec(_) | Self::Hex(_) | Self::Bcd(_) | Self::Number(_) | Self::DecOf(_) => {
                let number = names.number(value)?;
                let (least, most) = self.range();
                if !(least..=most).contains(&number) {
                    return Err(format!("{number} is not from {least} to {most}"));
                }
                self.write_whole(number, digits, out)?;
            }
        }
        Ok(())
    }

    fn write_whole(self, number: i128, digits: Option<usize>, out: &mut Vec<u8>) -> Result<(), String> {
        match self {
            Self::Integer { size, order, .. } => {
                let byte = |place: usize| (number as u64 >> (8 * place)) as u8;
                match order {
                    Order::Big => out.extend((0..size).rev().map(byte)),
                    Order::Little => out.extend((0..size).map(byte)),
                }
            }
            Self::Dec(width) => out.extend_from_slice(format!("{number:0width$}").as_bytes()),
            Self::Hex(width) => out.extend_from_slice(format!("{number:0width$X}").as_bytes()),
            Self::Bcd(width) => {
                let width = width.next_multiple_of(2);
                let text = format!("{number:0width$}");
                let nibble = |byte: &u8| byte.wrapping_sub(b'0');
                let pair = |pair: &[u8]| pair.iter().fold(0, |byte, digit| (byte << 4) | nibble(digit));
                out.extend(text.as_bytes().chunks(2).map(pair));
            }
            Self::DecOf(_) => {
                let text = format!("{number:0width$}", width = digits.unwrap_or(0));
                if digits.is_some_and(|digits| text.len() != digits) {
                    return Err(format!("{number} has more than {} digits", digits.unwrap_or(0)));
                }
                out.extend_from_slice(text.as_bytes());
            }
            Self::Number(Number::Hex) => out.extend_from_slice(format!("{number:X}").as_bytes()),
            Self::Number(Number::Dec | Number::Float) => out.extend_from_slice(number.to_string().as_bytes()),
            Self::Float { .. } | Self::Raw(_) | Self::Chars(_) | Self::Bytes | Self::Text => {
                return Err("it is not a number".to_owned());
            }
        }
        Ok(())
    }
}

impl Order {
    fn unsigned(self, bytes: &[u8]) -> u64 {
        let fold = |sum: u64, byte: &u8| (sum << 8) | u64::from(*byte);
        match (self, bytes) {
            (_, &[byte]) => u64::from(byte),
            (Self::Big, &[high, low]) | (Self::Little, &[low, high]) => u64::from(u16::from_be_bytes([high, low])),
            (Self::Big, _) => bytes.iter().fold(0, fold),
            (Self::Little, _) => bytes.iter().rev().fold(0, fold),
        }
    }
}

impl Names {
    /// The value of a whole number: by its name, where it has one.
    pub(super) fn name(&self, number: i128) -> Value {
        match self {
            Self::None => Value::Integer(number),
            Self::Values(named) => match named.iter().find(|(_, known)| *known == number) {
                Some((name, _)) => Value::Name(name.clone()),
                None => Value::Integer(number),
            },
            Self::Bits(bits) => {
                let number = u64::try_from(number).unwrap_or_default();
                let named = bits.iter().map(|(name, bit)| (name.clone(), number >> bit & 1 == 1)).collect();
                Value::Bits(number, named)
            }
        }
    }

    /// The whole number that a value stands for.
    pub(super) fn number(&self, value: &Value) -> Result<i128, String> {
        match (value, self) {
            (Value::Integer(number), Self::Values(named)) if !named.iter().any(|(_, known)| known == number) => {
                Err(format!("{number} has no name here; {}", self.choices()))
            }
            (Value::Integer(number), _) => Ok(*number),
            (Value::Bits(number, _), Self::Bits(_)) => Ok(i128::from(*number)),
            (Value::Name(name), _) => self.number_of(name),
            (Value::Text(name), Self::Values(_) | Self::Bits(_)) => self.number_of(name),
            (Value::Record(fields), Self::Bits(_)) => fields.iter().try_fold(0, |sum, (name, value)| {
                let bit = self.number_of(name)?;
                if *value == Value::Integer(1) {
                    Ok(sum | bit)
                } else if *value == Value::Integer(0) {
                    Ok(sum)
                } else {
                    Err(format!("bit `{name}` is 0 or 1"))
                }
            }),
            _ => Err("it takes a whole number".to_owned()),
        }
    }

    pub(super) fn number_of(&self, name: &str) -> Result<i128, String> {
        let found = match self {
            Self::None => None,
            Self::Values(named) => named.iter().find(|(known, _)| &**known == name).map(|(_, number)| *number),
            Self::Bits(bits) => bits.iter().find(|(known, _)| &**known == name).map(|(_, bit)| 1 << bit),
        };
        found.ok_or_else(|| format!("there is no `{name}` here; {}", self.choices()))
    }

    fn choices(&self) -> String {
        let names: Vec<&str> = match self {
            Self::None => return "it takes a number".to_owned(),
            Self::Values(named) => named.iter().map(|(name, _)| &**name).collect(),
            Self::Bits(bits) => bits.iter().map(|(name, _)| &**name).collect(),
        };
        format!("it takes one of {}", names.join(", "))
    }
}

fn digits(bytes: &[u8], radix: u32) -> Option<i128> {
    let number = bytes.iter().try_fold(0_u128, |sum, byte| {
        let digit = char::from(*byte).to_digit(radix)?;
        sum.checked_mul(u128::from(radix))?.checked_add(u128::from(digit))
    })?;
    i128::try_from(number).ok()
}

fn raw(value: &Value, encoding: Encoding) -> Result<Cow<'_, [u8]>, String> {
    match value {
        Value::Bytes(bytes) => Ok(Cow::Borrowed(bytes)),
        Value::Text(text) => match encoding.encode(text) {
            Ok(bytes) => Ok(Cow::Owned(bytes)),
            Err(wrong) => Err(format!("the character at {} is not in {encoding}", wrong.offset)),
        },
        Value::Name(name) => Ok(Cow::Borrowed(name.as_bytes())),
        Value::Integer(_) | Value::Float(_) | Value::Bits(..) | Value::List(_) | Value::Record(_) => {
            Err("it takes bytes or text".to_owned())
        }
    }
}

fn real(value: &Value) -> Result<f64, String> {
    match value {
        Value::Float(number) => Ok(*number),
        Value::Integer(number) => Ok(*number as f64),
        Value::Bytes(_) | Value::Text(_) | Value::Name(_) | Value::Bits(..) | Value::List(_) | Value::Record(_) => {
            Err("it takes a number".to_owned())
        }
    }
}

fn float(bytes: &[u8], size: usize, order: Order) -> f64 {
    let mut wide = [0; 8];
    for (index, byte) in bytes.iter().take(8).enumerate() {
        let place = if order == Order::Big { index } else { size.saturating_sub(1 + index) };
        if let Some(slot) = wide.get_mut(place) {
            *slot = *byte;
        }
    }
    if size == 8 {
        return f64::from_be_bytes(wide);
    }
    let [a, b, c, d, ..] = wide;
    let single = f32::from_be_bytes([a, b, c, d]);
    // Through its shortest decimal form, so that 0.1 reads as 0.1 and still writes back the same four bytes.
    single.to_string().parse().unwrap_or_else(|_| f64::from(single))
}

fn float_bytes(number: f64, size: usize, order: Order) -> Result<Vec<u8>, String> {
    if size == 4 && number.is_finite() && (number as f32).is_infinite() {
        return Err(format!("{number} is too large for 32 bits"));
    }
    let mut bytes = if size == 8 { number.to_be_bytes().to_vec() } else { (number as f32).to_be_bytes().to_vec() };
    if order == Order::Little {
        bytes.reverse();
    }
    Ok(bytes)
}

/// The shortest decimal form that reads back the same.
fn shortest(number: f64) -> Result<Vec<u8>, String> {
    if !number.is_finite() {
        return Err("it takes a finite number".to_owned());
    }
    let plain = number.to_string();
    let exponent = format!("{number:E}");
    Ok(if plain.len() <= exponent.len().max(20) { plain } else { exponent }.into_bytes())
}

/// How far an ASCII number of any width reaches.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// It has this many bytes, blanks before it included.
    End(usize),
    /// The bytes at hand may be only its start.
    More,
    /// The byte at this offset cannot belong to it, and it has no digit yet.
    Misfit(usize),
}

impl Number {
    /// Whether a byte could belong to a number of this kind, at any place of it.
    pub(super) fn takes(self, byte: u8) -> bool {
        match self {
            Self::Dec => byte.is_ascii_digit(),
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::Float => byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E'),
        }
    }

    /// Finds the end of the number at the start of `bytes`; `closed` says that nothing comes behind them.
    pub(super) fn scan(self, bytes: &[u8], closed: bool) -> Scan {
        let run = |from: usize, fits: fn(&u8) -> bool| bytes.iter().skip(from).take_while(|byte| fits(byte)).count();
        let blanks = run(0, |byte| matches!(byte, b' ' | b'\t'));
        let signed = self != Self::Hex && matches!(bytes.get(blanks), Some(b'+' | b'-'));
        let start = blanks + usize::from(signed);
        let digits = match self {
            Self::Hex => run(start, u8::is_ascii_hexdigit),
            Self::Dec | Self::Float => run(start, u8::is_ascii_digit),
        };
        let mut end = start + digits;
        let mut any = digits > 0;
        if self == Self::Float && bytes.get(end) == Some(&b'.') {
            let decimals = run(end + 1, u8::is_ascii_digit);
            any |= decimals > 0;
            end += 1 + decimals;
        }
        if !any {
            return if end >= bytes.len() && !closed { Scan::More } else { Scan::Misfit(end.min(bytes.len())) };
        }
        if self == Self::Float && matches!(bytes.get(end), Some(b'e' | b'E')) {
            // An exponent only if digits follow: in `1.5Ethernet` the number ends before the E.
            let signed = matches!(bytes.get(end + 1), Some(b'+' | b'-'));
            let first = end + 1 + usize::from(signed);
            let exponent = run(first, u8::is_ascii_digit);
            if exponent > 0 {
                end = first + exponent;
            } else if first >= bytes.len() && !closed {
                return Scan::More;
            }
        }
        if end >= bytes.len() && !closed { Scan::More } else { Scan::End(end) }
    }
}
