//! The encodings of the Encoding Standard, whose own rules for what does not fit are for web pages, not for devices.

use encoding_rs::{DecoderResult, EncoderResult, Encoding};

use super::NotInEncoding;

pub(super) fn encode(encoding: &'static Encoding, text: &str) -> Result<Vec<u8>, NotInEncoding> {
    let mut encoder = encoding.new_encoder();
    let most = encoder.max_buffer_length_from_utf8_without_replacement(text.len());
    let mut bytes = Vec::with_capacity(most.unwrap_or_default());
    match encoder.encode_from_utf8_to_vec_without_replacement(text, &mut bytes, true) {
        (EncoderResult::Unmappable(c), read) => return Err(NotInEncoding { offset: read - c.len_utf8() }),
        (EncoderResult::OutputFull, read) => return Err(NotInEncoding { offset: read }),
        (EncoderResult::InputEmpty, _) => {}
    }
    // Some characters are written as one that looks alike, such as the yen sign as a backslash.
    let again = decode(encoding, &bytes)?;
    let differs = text.char_indices().zip(again.chars()).find(|((_, meant), read)| meant != read);
    match differs {
        Some(((offset, _), _)) => Err(NotInEncoding { offset }),
        None => Ok(bytes),
    }
}

pub(super) fn decode(encoding: &'static Encoding, bytes: &[u8]) -> Result<String, NotInEncoding> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let most = decoder.max_utf8_buffer_length_without_replacement(bytes.len());
    let mut text = String::with_capacity(most.unwrap_or_default());
    match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
        (DecoderResult::Malformed(bad, behind), read) => {
            Err(NotInEncoding { offset: read.saturating_sub(usize::from(bad) + usize::from(behind)) })
        }
        (DecoderResult::OutputFull, read) => Err(NotInEncoding { offset: read }),
        (DecoderResult::InputEmpty, _) => Ok(text),
    }
}
