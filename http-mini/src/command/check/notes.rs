//! Observations beside the cases: the clock, codings, ranges, and the end of TLS.

use std::time::{Duration, SystemTime};

use common::check::CheckNote;
use common::net::clock;
use syntax::rule::Language;

use super::dialogue::{CheckedServer, Dialogue};
use super::resource::{CheckedResource, exchange};
use crate::wire::date;

/// Codings that are requested, one after the other.
const CODINGS: [&str; 4] = ["gzip", "br", "zstd", "deflate"];
/// A difference of clocks that a network or a rounded second explains.
const TOLERATED: Duration = Duration::from_secs(2);

/// Makes the observations.
pub(super) async fn observe(
    peer: &CheckedServer,
    resource: &CheckedResource,
    language: Language,
) -> Vec<CheckNote> {
    let words = |en: &str, id: &str| if language == Language::English { en } else { id }.to_owned();
    let mut notes = Vec::new();
    if let Some(server) = resource.get.field("server") {
        notes.push(CheckNote { id: "server", text: String::from_utf8_lossy(server).into_owned() });
    }
    let codings = offered(peer, resource).await;
    let none = words("none", "tidak ada");
    notes.push(CheckNote { id: "codings", text: if codings.is_empty() { none } else { codings.join(", ") } });
    let ranges = if resource.has_ranges { words("yes", "ya") } else { words("no", "tidak") };
    notes.push(CheckNote { id: "ranges", text: ranges });
    if let Ok(response) = exchange(peer, &request(resource, "")).await
        && let Some(time) = response.field("date").and_then(|value| date::read(value, clock::now()))
    {
        notes.push(CheckNote { id: "clock", text: clock_in_words(time, clock::now(), language) });
    }
    if peer.tls.is_some() {
        notes.push(CheckNote { id: "tls-end", text: end_of_tls(peer, resource, language).await });
    }
    notes
}

fn request(resource: &CheckedResource, fields: &str) -> String {
    let CheckedResource { path, authority, login, .. } = resource;
    format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\n{login}{fields}Connection: close\r\n\r\n")
}

async fn offered(peer: &CheckedServer, resource: &CheckedResource) -> Vec<&'static str> {
    let mut offered = Vec::new();
    for coding in CODINGS {
        let request = request(resource, &format!("Accept-Encoding: {coding}\r\n"));
        if let Ok(response) = exchange(peer, &request).await
            && response
                .field("content-encoding")
                .is_some_and(|value| value.eq_ignore_ascii_case(coding.as_bytes()))
        {
            offered.push(coding);
        }
    }
    offered
}

fn clock_in_words(server: SystemTime, own: SystemTime, language: Language) -> String {
    let (difference, is_ahead) = match server.duration_since(own) {
        Ok(difference) => (difference, true),
        Err(error) => (error.duration(), false),
    };
    let seconds = difference.as_secs();
    match (difference <= TOLERATED, is_ahead, language) {
        (true, _, Language::English) => "agrees with the clock of this machine".into(),
        (true, _, Language::Indonesian) => "sama dengan jam mesin ini".into(),
        (_, true, Language::English) => format!("{seconds} s ahead of the clock of this machine"),
        (_, true, Language::Indonesian) => format!("{seconds} detik lebih cepat dari jam mesin ini"),
        (_, false, Language::English) => format!("{seconds} s behind the clock of this machine"),
        (_, false, Language::Indonesian) => format!("{seconds} detik lebih lambat dari jam mesin ini"),
    }
}

/// Whether the server ends TLS with a close_notify (RFC 8446 section 6.1).
async fn end_of_tls(peer: &CheckedServer, resource: &CheckedResource, language: Language) -> String {
    let mut dialogue = Dialogue::new(peer);
    if dialogue.send(request(resource, "").as_bytes(), false).await.is_ok() {
        dialogue.next(peer.timeout, false).await;
        dialogue.next(peer.timeout, false).await;
    }
    match (dialogue.is_cut, language) {
        (true, Language::English) => {
            "without close_notify: a client cannot tell the end from an interruption".into()
        }
        (true, Language::Indonesian) => {
            "tanpa close_notify: klien tidak dapat membedakan akhir dari pemutusan".into()
        }
        (false, _) => "close_notify".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn the_difference_of_clocks_has_a_direction() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        for (server, own, expected) in [
            (at(100), at(101), "agrees"),
            (at(160), at(100), "60 s ahead"),
            (at(100), at(160), "60 s behind"),
        ] {
            let text = clock_in_words(server, own, Language::English);
            assert!(text.starts_with(expected), "{text}");
        }
    }
}
