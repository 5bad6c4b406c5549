//! Frames between `mini learn` and a learner's process: a length of 4 bytes, and the frame.
//!
//! ```text
//! case   = count *end data            the number of reads, the offset at which each ends, all bytes
//! answer = read ( "m" / "d" used value / "b" at / "f" text )      "r" alone: the program is loaded
//! value  = "z" / ( "n" / "b" ) length *byte / "l" count *value
//! ```
//!
//! Numbers are 32 bits, most significant byte first.

use super::oracle::{Answer, Value};

/// The largest frame that is accepted, in bytes.
pub(super) const FRAME_LIMIT: usize = 16 << 20;

/// How deep lists may nest.
const DEPTH_LIMIT: usize = 8;

/// An input, and the offsets at which its reads end; the last is the length of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SplitInput {
    pub(super) input: Vec<u8>,
    pub(super) ends: Vec<usize>,
}

/// What a process answers to a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// In which read, counted from 0.
    pub(super) read: usize,
    pub(super) answer: Result<Answer, String>,
}

impl SplitInput {
    /// An input that arrives in one read.
    pub(super) fn whole(input: Vec<u8>) -> Self {
        Self { ends: vec![input.len()], input }
    }

    /// What has arrived with a read.
    pub(super) fn arrived(&self, read: usize) -> &[u8] {
        self.ends.get(read).and_then(|end| self.input.get(..*end)).unwrap_or(&self.input)
    }

    /// Appends the frame.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        number(4 + 4 * self.ends.len() + self.input.len(), out);
        number(self.ends.len(), out);
        self.ends.iter().for_each(|end| number(*end, out));
        out.extend_from_slice(&self.input);
    }
}

fn number(value: usize, out: &mut Vec<u8>) {
    out.extend(u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes());
}

/// Reads the reply in a frame, without its length. `None`: it breaks the format.
pub(super) fn reply(frame: &[u8]) -> Option<Reply> {
    let rest = &mut { frame };
    let read = take_number(rest)?;
    let answer = match take(rest, 1)? {
        b"m" => Ok(Answer::More),
        b"d" => Ok(Answer::Done { used: take_number(rest)?, value: value(rest, DEPTH_LIMIT)? }),
        b"b" => Ok(Answer::Bad(take_number(rest)?)),
        b"f" => Err(String::from_utf8_lossy(std::mem::take(rest)).into_owned()),
        _ => return None,
    };
    rest.is_empty().then_some(Reply { read, answer })
}

fn value(rest: &mut &[u8], depth: usize) -> Option<Value> {
    match take(rest, 1)? {
        b"z" => Some(Value::None),
        b"n" => {
            let length = take_number(rest)?;
            let digits = str::from_utf8(take(rest, length)?).ok()?;
            // A number that does not fit is none that an oracle expects.
            Some(Value::Number(digits.parse().unwrap_or(i128::MAX)))
        }
        b"b" => {
            let length = take_number(rest)?;
            Some(Value::Bytes(take(rest, length)?.to_vec()))
        }
        b"l" => {
            let (count, depth) = (take_number(rest)?, depth.checked_sub(1)?);
            (0..count).map(|_| value(rest, depth)).collect::<Option<_>>().map(Value::List)
        }
        _ => None,
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    rest.split_off(..count)
}

fn take_number(rest: &mut &[u8]) -> Option<usize> {
    let bytes = take(rest, 4)?.try_into().ok()?;
    usize::try_from(u32::from_be_bytes(bytes)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_follow_the_grammar() {
        let done = |value| Some(Ok(Answer::Done { used: 7, value }));
        for (frame, expected, why) in [
            (&b"\0\0\0\x02m"[..], Some(Ok(Answer::More)), "more"),
            (b"\0\0\0\x02b\0\0\0\x07", Some(Ok(Answer::Bad(7))), "bad"),
            (b"\0\0\0\x02fwhy", Some(Err("why".into())), "a failure"),
            (b"\0\0\0\x02d\0\0\0\x07z", done(Value::None), "no value"),
            (b"\0\0\0\x02d\0\0\0\x07n\0\0\0\x02-5", done(Value::Number(-5)), "a number"),
            (b"\0\0\0\x02d\0\0\0\x07b\0\0\0\x01x", done(Value::Bytes(b"x".to_vec())), "bytes"),
            (b"\0\0\0\x02d\0\0\0\x07l\0\0\0\x01z", done(Value::List(vec![Value::None])), "a list"),
            (b"\0\0\0\x02d\0\0\0\x07b\0\0\0\x02x", None, "fewer bytes than the length says"),
            (b"\0\0\0\x02mm", None, "bytes after the answer"),
            (b"\0\0\0\x02d\0\0\0\x07l\xFF\xFF\xFF\xFF", None, "a list without its values"),
            (b"\0\0", None, "no answer"),
            (b"\0\0\0\x02x", None, "an unknown answer"),
        ] {
            assert_eq!(reply(frame), expected.map(|answer| Reply { read: 2, answer }), "{why}");
        }
        let nested = [&b"\0\0\0\0d\0\0\0\0"[..], &b"l\0\0\0\x01".repeat(9), b"z"].concat();
        assert_eq!(reply(&nested), None, "lists nest too deep");
    }

    #[test]
    fn a_case_is_written_with_its_reads() {
        let mut out = Vec::new();
        SplitInput { input: b"abc".to_vec(), ends: vec![1, 3] }.write(&mut out);
        assert_eq!(out, b"\0\0\0\x0F\0\0\0\x02\0\0\0\x01\0\0\0\x03abc");
    }
}
