//! Bytes of a fixed number in hexadecimal, as in digests and fingerprints.

/// Decodes two digits for each byte; `None` for another number of digits or another character.
pub fn decode_hex<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        let digit = |at: u8| char::from(at).to_digit(16);
        let [high, low] = *pair;
        *byte = u8::try_from(digit(high)? << 4 | digit(low)?).ok()?;
    }
    Some(bytes)
}
