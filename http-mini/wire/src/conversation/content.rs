//! The content of a message, read as it arrives.

use syntax::watch::Watch;

use crate::chunked;
use crate::fields::Fields;
use crate::framing::Framing;
use crate::multipart::{self, Boundary};
use crate::part;
use crate::query;
use crate::scan;

/// The longest urlencoded form that is read as one unit, in bytes; a longer one is treated as plain content.
const FORM_LIMIT: u64 = 64 * 1024;

/// The state of reading a content.
#[derive(Debug)]
pub(super) struct ContentState {
    framing: Framing,
    decoder: chunked::ChunkedDecoder,
    form: Option<FormContent>,
}

/// A form with a known length.
#[derive(Debug)]
enum FormContent {
    Urlencoded,
    Multipart { decoder: Box<multipart::FormDecoder>, is_secret: bool },
}

impl ContentState {
    /// The content after a head with these fields; `None` if it has none.
    pub(super) fn new(framing: Framing, fields: &Fields) -> Option<Self> {
        let form = match framing {
            Framing::None | Framing::Length(0) => return None,
            Framing::Length(length) => FormContent::of(fields, length),
            Framing::Chunked | Framing::UntilClose => None,
        };
        Some(Self { framing, decoder: chunked::ChunkedDecoder::new(), form })
    }

    /// Reads input; returns how many bytes belong to the content, and whether they complete it.
    pub(super) fn read(&mut self, input: &[u8], is_end: bool, watch: impl Watch) -> Option<(usize, bool)> {
        match self.framing {
            Framing::None => Some((0, true)),
            Framing::UntilClose => {
                watch.part(&part::CONTENT, input);
                Some((input.len(), false))
            }
            Framing::Length(left) => {
                let arrived = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
                let input = input.get(..arrived).unwrap_or(input);
                let used = self.known_length(input, is_end || arrived as u64 == left, left, watch)?;
                let left = left - used as u64;
                self.framing = Framing::Length(left);
                Some((used, left == 0))
            }
            Framing::Chunked => match self.decoder.decode_with(input, watch) {
                Ok(chunked::ChunkedStep::Content(range)) => Some((range.end, false)),
                Ok(chunked::ChunkedStep::Done(used)) => Some((used, true)),
                Ok(chunked::ChunkedStep::More(0)) => is_end.then_some((input.len(), false)),
                Ok(chunked::ChunkedStep::More(used)) => Some((used, false)),
                // The end of this content is unknown.
                Err(violation) => {
                    let _ = scan::tolerate(input, violation, watch);
                    self.framing = Framing::UntilClose;
                    Some((input.len(), false))
                }
            },
        }
    }

    /// Content of known length, with all bytes in `input` so far; no more will arrive if `is_end`.
    fn known_length(&mut self, input: &[u8], is_end: bool, left: u64, watch: impl Watch) -> Option<usize> {
        match &mut self.form {
            None => {
                watch.part(&part::CONTENT, input);
                Some(input.len())
            }
            Some(FormContent::Urlencoded) => {
                if (input.len() as u64) < left && !is_end {
                    return None;
                }
                query::watch(input, watch);
                watch.part(&part::CONTENT, input);
                Some(input.len())
            }
            Some(FormContent::Multipart { decoder, is_secret }) => match decoder.decode_with(input, watch) {
                Ok(multipart::FormStep::Part(part, used)) => {
                    *is_secret = query::is_password(&part.disposition.name);
                    Some(used)
                }
                Ok(multipart::FormStep::Content(range)) => {
                    let end = range.end;
                    if *is_secret {
                        watch.part(&part::PASSWORD, input.get(range).unwrap_or_default());
                    }
                    Some(end)
                }
                Ok(multipart::FormStep::End(used)) => Some(used),
                Ok(multipart::FormStep::More(0)) if is_end => Some(input.len()),
                Ok(multipart::FormStep::More(0)) => None,
                Ok(multipart::FormStep::More(used)) => Some(used),
                Err(violation) => {
                    let _ = scan::tolerate(input, violation, watch);
                    self.form = None;
                    Some(input.len())
                }
            },
        }
    }
}

impl FormContent {
    fn of(fields: &Fields, length: u64) -> Option<Self> {
        let kind = fields.only_field("content-type")?;
        if let Some(boundary) = Boundary::of_form(kind) {
            let decoder = Box::new(multipart::FormDecoder::new(&boundary));
            return Some(Self::Multipart { decoder, is_secret: false });
        }
        let name = kind.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
        let is_form = name.eq_ignore_ascii_case(b"application/x-www-form-urlencoded");
        (is_form && length <= FORM_LIMIT).then_some(Self::Urlencoded)
    }
}
