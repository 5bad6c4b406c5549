//! Transfer parameters: TYPE, MODE, STRU and ALLO. [RFC 959](https://www.rfc-editor.org/rfc/rfc959) sections
//! 4.1.2 and 5.3.1. A value that the protocol defines and this server does not support is answered with 504,
//! any other with 501.

use syntax::watch::Watch;

use super::argument::{number, one_of, word};
use crate::failure::ParseFailure;
use crate::part;
use crate::rule::Rule;

/// TYPE: the representation of bytes on a data connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Type {
    /// `A`, `A N`: lines end with CRLF. The default of a session.
    #[default]
    Ascii,
    /// `I`, `L 8`: bytes as they are.
    Image,
}

/// MODE: the framing of a transfer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// `S`: a stream, ended by closing the connection.
    #[default]
    Stream,
    /// `Z`: the stream as zlib (draft-preston-ftpext-deflate).
    Deflate,
}

/// STRU: the structure of a file; only one is still in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Structure {
    /// `F`: bytes.
    #[default]
    File,
}

/// ```text
/// type-code = "A" [SP form] / "E" [SP form] / "I" / "L" SP byte-size      form = "N" / "T" / "C"
/// ```
///
/// Devices send any number of spaces between them, or none: `L8`.
pub(super) fn representation(word: &[u8], watch: impl Watch) -> Result<Type, ParseFailure<'_>> {
    let word = word.trim_ascii_start();
    let (code, parameter) = word.split_first().ok_or(ParseFailure::new(Rule::TypeUnknown, word))?;
    let parameter = parameter.trim_ascii_start();
    let kind = match (code.to_ascii_uppercase(), parameter) {
        (b'A', b"" | b"N" | b"n") => Ok(Type::Ascii),
        (b'I', b"") => Ok(Type::Image),
        (b'A' | b'E', b"T" | b"t" | b"C" | b"c") | (b'E', b"" | b"N" | b"n") => {
            Err(Rule::ParameterUnavailable)
        }
        (b'L', b"") => return Err(ParseFailure::new(Rule::TypeSize, word)),
        (b'L', size) => match number(Rule::TypeSize, &part::BYTE_SIZE, size, watch)? {
            8 => Ok(Type::Image),
            _ => Err(Rule::ParameterUnavailable),
        },
        _ => return Err(ParseFailure::new(Rule::TypeUnknown, word)),
    };
    watch.part(&part::TYPE_CODE, word);
    kind.map_err(|rule| ParseFailure::new(rule, word))
}

/// ```text
/// mode-code = "S" / "B" / "C" / "Z"
/// ```
pub(super) fn mode(word: &[u8], watch: impl Watch) -> Result<Mode, ParseFailure<'_>> {
    const VALUES: &[(&str, Result<Mode, Rule>)] = &[
        ("S", Ok(Mode::Stream)),
        ("Z", Ok(Mode::Deflate)),
        ("B", Err(Rule::ParameterUnavailable)),
        ("C", Err(Rule::ParameterUnavailable)),
    ];
    one_of(VALUES, Rule::ModeUnknown, &part::MODE_CODE, word, watch)
}

/// ```text
/// structure-code = "F" / "R" / "P"
/// ```
pub(super) fn structure(word: &[u8], watch: impl Watch) -> Result<Structure, ParseFailure<'_>> {
    const VALUES: &[(&str, Result<Structure, Rule>)] = &[
        ("F", Ok(Structure::File)),
        ("R", Err(Rule::ParameterUnavailable)),
        ("P", Err(Rule::ParameterUnavailable)),
    ];
    one_of(VALUES, Rule::StructureUnknown, &part::STRUCTURE_CODE, word, watch)
}

/// ALLO: the length of the upload. The record size after it is ignored.
///
/// ```text
/// allo = "ALLO" SP decimal [SP "R" SP decimal]         1024 R 80
/// ```
pub(super) fn allocation(argument: &[u8], watch: impl Watch) -> Result<u64, ParseFailure<'_>> {
    let (bytes, records) = word(argument);
    let bytes = number(Rule::AlloNumber, &part::DECIMAL, bytes, watch)?;
    match records {
        None => {}
        Some([b'R' | b'r', b' ', size @ ..]) => {
            number(Rule::AlloNumber, &part::RECORD_SIZE, size, watch)?;
        }
        Some(rest) => return Err(ParseFailure::new(Rule::ArgumentForm, rest)),
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transfer_parameters_follow_rfc_959_section_5_3_1() {
        for (argument, expected, why) in [
            (&b"A"[..], Ok(Type::Ascii), "ASCII"),
            (b"a n", Ok(Type::Ascii), "non-print, in any case"),
            (b"I", Ok(Type::Image), "image"),
            (b"L 8", Ok(Type::Image), "bytes of eight bits"),
            (b"A T", Err(Rule::ParameterUnavailable), "Telnet format controls"),
            (b"E", Err(Rule::ParameterUnavailable), "EBCDIC"),
            (b"L 36", Err(Rule::ParameterUnavailable), "bytes of a PDP-10"),
            (b"L", Err(Rule::TypeSize), "no size"),
            (b"L x", Err(Rule::TypeSize), "no number"),
            (b"L ", Err(Rule::TypeSize), "nothing behind the space"),
            (b"X", Err(Rule::TypeUnknown), "no type"),
            (b"AN", Ok(Type::Ascii), "no space: devices"),
            (b"L8", Ok(Type::Image), "the same"),
            (b" L   8", Ok(Type::Image), "several spaces"),
            (b"ln", Err(Rule::TypeSize), "no number"),
            (b"IN", Err(Rule::TypeUnknown), "image has no form"),
            (b"ASCII", Err(Rule::TypeUnknown), "a word"),
        ] {
            assert_eq!(representation(argument, ()).map_err(|failure| failure.rule), expected, "{why}");
        }
        for (argument, expected) in [
            (&b"S"[..], Ok(Mode::Stream)),
            (b"z", Ok(Mode::Deflate)),
            (b"B", Err(Rule::ParameterUnavailable)),
            (b"C", Err(Rule::ParameterUnavailable)),
            (b"Q", Err(Rule::ModeUnknown)),
        ] {
            assert_eq!(
                mode(argument, ()).map_err(|failure| failure.rule),
                expected,
                "{}",
                argument.escape_ascii()
            );
        }
        for (argument, expected) in [
            (&b"f"[..], Ok(Structure::File)),
            (b"R", Err(Rule::ParameterUnavailable)),
            (b"P", Err(Rule::ParameterUnavailable)),
            (b"Q", Err(Rule::StructureUnknown)),
        ] {
            assert_eq!(
                structure(argument, ()).map_err(|failure| failure.rule),
                expected,
                "{}",
                argument.escape_ascii()
            );
        }
    }

    #[test]
    fn allo_follows_rfc_959_section_5_3_1() {
        for (argument, expected, why) in [
            (&b"1024"[..], Ok(1024), "bytes"),
            (b"1024 R 80", Ok(1024), "and records"),
            (b"1024 R", Err(Rule::ArgumentForm), "no record size"),
            (b"1024 80", Err(Rule::ArgumentForm), "no R"),
            (b"many", Err(Rule::AlloNumber), "no number"),
        ] {
            assert_eq!(allocation(argument, ()).map_err(|failure| failure.rule), expected, "{why}");
        }
    }
}
