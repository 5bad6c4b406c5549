//! Shows the heads of requests and responses without the secrets in them.

use std::borrow::Cow;

use common::client::DialogueTrace;

use crate::wire::response;

/// Fields whose values are secret.
const SECRET: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "set-cookie"];

pub(super) fn request(trace: DialogueTrace, head: &[u8]) {
    lines(head).for_each(|line| trace.sent(&masked(line)));
}

pub(super) fn response(trace: DialogueTrace, head: &response::ResponseHead) {
    lines(head.fields().bytes()).for_each(|line| trace.received(&masked(line)));
}

pub(crate) fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    head.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end).filter(|line| !line.is_empty())
}

/// A line for display: a secret field keeps only its name.
fn masked(line: &[u8]) -> Cow<'_, [u8]> {
    let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
    match SECRET.iter().any(|secret| name.eq_ignore_ascii_case(secret.as_bytes())) {
        true => [name, b": ***"].concat().into(),
        false => line.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_not_shown() {
        for (line, expected) in [
            ("GET / HTTP/1.1", "GET / HTTP/1.1"),
            ("Host: a", "Host: a"),
            ("AUTHORIZATION: Basic YTpi", "AUTHORIZATION: ***"),
            ("Proxy-Authorization:Basic YTpi", "Proxy-Authorization: ***"),
            ("cookie: a=b", "cookie: ***"),
            ("Set-Cookie: a=b", "Set-Cookie: ***"),
        ] {
            assert_eq!(masked(line.as_bytes()), expected.as_bytes());
        }
    }
}
