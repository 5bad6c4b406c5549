//! The content of a request: nothing is done with it yet, but where it ends decides where the next
//! request begins.

use std::convert::Infallible;

use common::conn::{Broken, Conn};

use crate::wire::chunked::{Decoder, Step};
use crate::wire::framing::Framing;
use crate::wire::rule::Violation;

/// Content that nobody asked for is read and discarded up to this size (64 KiB), so that the
/// connection can go on.
pub(super) const DISCARDED: u64 = 64 << 10;

/// Discards the content. `false`: there is more of it than [`DISCARDED`], and the connection must
/// end after the answer.
pub(super) async fn discard(framing: Framing, conn: &mut Conn) -> Result<bool, Broken<Violation>> {
    match framing {
        Framing::None => Ok(true),
        Framing::Length(length) if length > DISCARDED => Ok(false),
        Framing::Length(length) => discard_bytes(length, conn).await,
        Framing::Chunked => discard_chunks(conn).await,
    }
}

async fn discard_bytes(length: u64, conn: &mut Conn) -> Result<bool, Broken<Violation>> {
    let mut left = usize::try_from(length).unwrap_or(usize::MAX);
    while left > 0 {
        let take = |input: &[u8]| {
            let taken = input.len().min(left);
            Ok::<_, Infallible>(Some((taken, taken)))
        };
        left -= match conn.next(take).await {
            Ok(taken) => taken.ok_or_else(cut)?,
            Err(Broken::Io(error)) => return Err(error.into()),
            Err(Broken::Input(never)) => match never {},
        };
    }
    Ok(true)
}

async fn discard_chunks(conn: &mut Conn) -> Result<bool, Broken<Violation>> {
    enum Found {
        Content(u64),
        Nothing,
        End,
    }
    let mut decoder = Decoder::new();
    let mut discarded = 0;
    while discarded <= DISCARDED {
        let step = conn.next(|input| {
            Ok(match decoder.decode(input)? {
                Step::Content(span) => Some((Found::Content(span.len() as u64), span.end)),
                Step::More(0) => None,
                Step::More(used) => Some((Found::Nothing, used)),
                Step::Done(used) => Some((Found::End, used)),
            })
        });
        match step.await?.ok_or_else(cut)? {
            Found::Content(bytes) => discarded += bytes,
            Found::Nothing => {}
            Found::End => return Ok(true),
        }
    }
    Ok(false)
}

fn cut() -> std::io::Error {
    std::io::ErrorKind::UnexpectedEof.into()
}
