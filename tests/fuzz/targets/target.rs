//! Request-targets and paths: encoding is the inverse of decoding, and no path leaves the tree.
#![no_main]

use common::files::TreePath;
use http_wire::head::{self, RequestHead};
use http_wire::query;
use http_wire::target::{encode_name, encode_path};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    check_path(input);
    let name = format!("/{}", encode_name(input));
    if let Some(head) = parse(name.as_bytes()) {
        assert_eq!(&head.target().decoded_path()[1..], input);
    }
    let Some(head) = parse(input) else { return };
    let path = head.target().decoded_path();
    check_path(&path);
    if path.starts_with(b"/") {
        let again = parse(encode_path(&path).as_bytes());
        assert!(again.is_none_or(|again| again.target().decoded_path() == path), "within the limit");
    }
    query::pairs(head.target().query().unwrap_or_default()).for_each(drop);
});

fn parse(target: &[u8]) -> Option<RequestHead> {
    let request = [b"GET ", target, b" HTTP/1.1\r\nHost: a\r\n\r\n"].concat();
    head::parse(&request).ok().flatten().map(|(head, _)| head)
}

/// Joined in a directory, a path is a list of names, or refused.
fn check_path(path: &[u8]) {
    let directory = TreePath::ROOT.join(b"dir/sub").unwrap();
    for joined in [TreePath::ROOT.join(path), directory.join(path)].into_iter().flatten() {
        assert!(!joined.as_bytes().contains(&0));
        let is_name = |name: &[u8]| !matches!(name, b"" | b"." | b"..");
        assert!(joined.is_root() || joined.as_bytes().split(|&byte| byte == b'/').all(is_name));
        assert_eq!(TreePath::ROOT.join(joined.as_bytes()), Ok(joined));
    }
}
