//! The values of fields, in a request with the input as its field lines: every parser of a value, and the parts that
//! it reports.
#![no_main]

use std::time::{Duration, SystemTime};

use http_wire::conditional::{EntityTag, Validators};
use http_wire::disposition::suggested_name;
use http_wire::head::{self, RequestHead};
use http_wire::multipart::Boundary;
use http_wire::select::{Selection, select};
use http_wire::{
    accept, cookie, credentials, date, depth, destination, digest, enclosed, forwarded, framing,
};
use http_wire::{origin, resumable, retry_after, value};
use libfuzzer_sys::fuzz_target;
use syntax::record::Recorder;
use syntax::splits;

fuzz_target!(|input: &[u8]| {
    let request = [b"GET /a HTTP/1.1\r\nHost: a\r\n", input, b"\r\n\r\n"].concat();
    let Ok(Some((head, _))) = head::parse(&request) else { return };
    for (name, text) in head.section().field_lines() {
        let recorder = Recorder::new(text);
        value::watch(name, text, &recorder);
        splits::assert_covers(&recorder.finish().0, text.len());
        check_value(text);
    }
    check_selection(&head);
    let section = head.section();
    let _results = (framing::of_request(&head), enclosed::check(&head), credentials::of_request(&head));
    let _results =
        (Boundary::of_request(&head), digest::of_content(section), digest::of_representation(section));
    let _results =
        (depth::of_request(&head), destination::of_request(&head), destination::may_overwrite(&head));
    let _results =
        (origin::is_foreign(&head), cookie::get(&head, "a"), retry_after::of_response(section, now()));
    let _results = (resumable::PatchPiece::read(section), resumable::UploadProgress::read(section));
    let _results = resumable::UploadLimit::read(section);
    let _results =
        (forwarded::client(section, |address| address.is_loopback()), forwarded::is_proxied(section));
    let _results = (
        accept::media_type(&head, &["text/html", "application/json"]),
        accept::language(&head, &["en", "id"]),
    );
    let _results = (accept::coding(&head, &["br", "gzip"]), accept::refuses_identity(&head));
});

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

/// Dates and tags are read as they are written, and a suggested name is one that a client can store.
fn check_value(text: &[u8]) {
    if let Some(time) = date::read(text, now()) {
        assert_eq!(date::read(&date::write(time), now()), Some(time));
    }
    if let Some(tag) = EntityTag::parse(text) {
        let mut written = Vec::new();
        tag.write(&mut written);
        assert_eq!(EntityTag::parse(&written), Some(tag));
    }
    if let Some(name) = suggested_name(text) {
        assert!(!name.is_empty() && !name.starts_with('.') && name.len() <= 255, "{name:?}");
        assert!(!name.contains(|letter: char| letter == '/' || letter.is_control()), "{name:?}");
    }
}

/// The selected parts are inside the content, not empty, and apart from each other.
fn check_selection(head: &RequestHead) {
    let current = Validators { etag: EntityTag::strong(b"a"), modified: Some(now()) };
    for size in [0, 1, 100, u64::MAX] {
        let Selection::Parts(mut parts) = select(head, &current, size, now()) else { continue };
        parts.sort_by_key(|part| part.start);
        assert!(parts.iter().all(|part| part.start < part.end && part.end <= size), "{parts:?}");
        assert!(parts.windows(2).all(|pair| pair[0].end < pair[1].start), "{parts:?}");
    }
}
