//! What describes a transfer before it begins: TYPE, MODE, STRU and ALLO.
//! [RFC 959](https://www.rfc-editor.org/rfc/rfc959) sections 4.1.2 and 5.3.1. A value that the protocol knows
//! and this server does not is 504, any other 501.

use super::Fault;
use super::argument::{number, word};

/// TYPE: how bytes are represented on a data connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Type {
    /// `A`, `A N`: lines end in CRLF. Sessions start so.
    #[default]
    Ascii,
    /// `I`, `L 8`: bytes as they are.
    Image,
}

/// MODE: how a transfer is framed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// `S`: a stream, ended by closing the connection.
    #[default]
    Stream,
    /// `Z`: the stream as zlib (draft-preston-ftpext-deflate).
    Deflate,
}

/// STRU: the structure of a file, of which only one is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Structure {
    /// `F`: bytes.
    #[default]
    File,
}

/// ```text
/// type-code = "A" [SP form] / "E" [SP form] / "I" / "L" SP byte-size      form = "N" / "T" / "C"
/// ```
pub(super) fn representation(word: &[u8]) -> Result<Type, Fault> {
    match word.to_ascii_uppercase().as_slice() {
        b"A" | b"A N" => Ok(Type::Ascii),
        b"I" | b"L 8" => Ok(Type::Image),
        b"A T" | b"A C" | b"E" | b"E N" | b"E T" | b"E C" => Err(Fault::Parameter),
        [b'L', b' ', size @ ..] if number(size).is_ok() => Err(Fault::Parameter),
        _ => Err(Fault::Syntax),
    }
}

/// ```text
/// mode-code = "S" / "B" / "C" / "Z"
/// ```
pub(super) fn mode(word: &[u8]) -> Result<Mode, Fault> {
    match word {
        b"S" | b"s" => Ok(Mode::Stream),
        b"Z" | b"z" => Ok(Mode::Deflate),
        b"B" | b"b" | b"C" | b"c" => Err(Fault::Parameter),
        _ => Err(Fault::Syntax),
    }
}

/// ```text
/// structure-code = "F" / "R" / "P"
/// ```
pub(super) fn structure(word: &[u8]) -> Result<Structure, Fault> {
    match word {
        b"F" | b"f" => Ok(Structure::File),
        b"R" | b"r" | b"P" | b"p" => Err(Fault::Parameter),
        _ => Err(Fault::Syntax),
    }
}

/// ALLO: how many bytes follow. The record size behind it means nothing here.
///
/// ```text
/// allo = "ALLO" SP decimal [SP "R" SP decimal]         1024 R 80
/// ```
pub(super) fn allocation(argument: &[u8]) -> Result<u64, Fault> {
    let (bytes, records) = word(argument);
    match records {
        None => {}
        Some([b'R' | b'r', b' ', size @ ..]) => drop(number(size)?),
        Some(_) => return Err(Fault::Syntax),
    }
    number(bytes)
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
            (b"A T", Err(Fault::Parameter), "Telnet format controls"),
            (b"E", Err(Fault::Parameter), "EBCDIC"),
            (b"L 36", Err(Fault::Parameter), "bytes of a PDP-10"),
            (b"L", Err(Fault::Syntax), "no size"),
            (b"L x", Err(Fault::Syntax), "no number"),
            (b"L ", Err(Fault::Syntax), "nothing behind the space"),
            (b"X", Err(Fault::Syntax), "no type"),
            (b"AN", Err(Fault::Syntax), "no space"),
        ] {
            assert_eq!(representation(argument), expected, "{why}");
        }
        for (argument, expected) in [
            (&b"S"[..], Ok(Mode::Stream)),
            (b"z", Ok(Mode::Deflate)),
            (b"B", Err(Fault::Parameter)),
            (b"C", Err(Fault::Parameter)),
            (b"Q", Err(Fault::Syntax)),
        ] {
            assert_eq!(mode(argument), expected, "{}", argument.escape_ascii());
        }
        for (argument, expected) in [
            (&b"f"[..], Ok(Structure::File)),
            (b"R", Err(Fault::Parameter)),
            (b"P", Err(Fault::Parameter)),
            (b"Q", Err(Fault::Syntax)),
        ] {
            assert_eq!(structure(argument), expected, "{}", argument.escape_ascii());
        }
    }

    #[test]
    fn allo_follows_rfc_959_section_5_3_1() {
        for (argument, expected, why) in [
            (&b"1024"[..], Ok(1024), "bytes"),
            (b"1024 R 80", Ok(1024), "and records"),
            (b"1024 R", Err(Fault::Syntax), "no record size"),
            (b"1024 80", Err(Fault::Syntax), "no R"),
            (b"many", Err(Fault::Syntax), "no number"),
        ] {
            assert_eq!(allocation(argument), expected, "{why}");
        }
    }
}
