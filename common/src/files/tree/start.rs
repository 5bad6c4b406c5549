//! What the first bytes of a file show: whether they are text, and in which encoding. A session sends the result
//! with a file whose name does not say it.

use rustix::fs::ResolveFlags;
use rustix::io::Errno;

use crate::net::open_file::OpenFile;

/// Bytes that are inspected (4 KiB).
const INSPECTED: usize = 4 << 10;

/// An encoding that the bytes prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Valid UTF-8, which includes ASCII.
    Utf8,
    /// UTF-16, by its byte order mark.
    Utf16,
}

/// The result of an inspection of a file's first 4 KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// `None`: another encoding, or no text.
    pub encoding: Option<Encoding>,
    /// There is no control character that text does not contain
    /// ([MIME sniffing, binary data byte](https://mimesniff.spec.whatwg.org/#binary-data-byte)).
    pub is_text: bool,
}

impl Start {
    /// Inspects the start of a file. With [`ResolveFlags::CACHED`] it fails with AGAIN where the read may block.
    /// `None`: the file cannot be read.
    pub(super) fn read(file: &OpenFile, size: u64, how: ResolveFlags) -> Result<Option<Self>, Errno> {
        let mut bytes = [0; INSPECTED];
        let read = match how.contains(ResolveFlags::CACHED) {
            true => file.read_now(&mut bytes, 0),
            false => file.read_blocking(&mut bytes, 0).map(Some),
        };
        match read {
            Ok(Some(read)) => Ok(Some(Self::of(bytes.get(..read).unwrap_or_default(), size > read as u64))),
            Ok(None) => Err(Errno::AGAIN),
            Err(_) => Ok(None),
        }
    }

    /// `is_cut`: the file continues behind the bytes, which may end within a character.
    fn of(bytes: &[u8], is_cut: bool) -> Self {
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return Self { encoding: Some(Encoding::Utf16), is_text: true };
        }
        let is_utf8 = match std::str::from_utf8(bytes) {
            Ok(_) => true,
            Err(error) => is_cut && error.error_len().is_none(),
        };
        let is_binary = |&byte: &u8| matches!(byte, 0..=0x08 | 0x0B | 0x0E..=0x1A | 0x1C..=0x1F);
        Self { encoding: is_utf8.then_some(Encoding::Utf8), is_text: !bytes.iter().any(is_binary) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_identify_the_kind_of_a_file() {
        let (utf8, utf16) = (Some(Encoding::Utf8), Some(Encoding::Utf16));
        for (bytes, is_cut, encoding, is_text, why) in [
            (&b""[..], false, utf8, true, "empty"),
            (b"plain\r\n\tASCII\x0c\x1b[0m", false, utf8, true, "ASCII, with controls of text"),
            ("\u{feff}gr\u{fc}n".as_bytes(), false, utf8, true, "UTF-8 with a byte order mark"),
            (b"gr\xc3", true, utf8, true, "the last character is cut"),
            (b"gr\xc3", false, None, true, "the last character is incomplete"),
            (b"\xf0\x9f\x98", true, utf8, true, "a character of four bytes is cut"),
            (b"\xc3\x28 more", true, None, true, "invalid before the end"),
            (b"\xcf\xf0\xe8\xe2\xe5\xf2", false, None, true, "windows-1251"),
            (b"\xff\xfea\0", false, utf16, true, "UTF-16, little-endian"),
            (b"\xfe\xff\0a", false, utf16, true, "UTF-16, big-endian"),
            (b"\x7fELF\x02\x01\x01\0", false, utf8, false, "a program"),
            (b"\x89PNG\r\n\x1a\n\0", false, None, false, "an image"),
        ] {
            let found = Start::of(bytes, is_cut);
            assert_eq!(found, Start { encoding, is_text }, "{why}");
        }
    }
}
