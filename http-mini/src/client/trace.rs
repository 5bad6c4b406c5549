//! The heads of a dialogue, shown on standard error with what is secret left out.

use common::escape::printable;
use common::log;

use crate::wire::response;

/// Fields whose values nobody else should read.
const SECRET: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "set-cookie"];

/// Shows a request head that was written.
pub(super) fn request(head: &[u8]) {
    show('>', head);
}

/// Shows a response head.
pub(super) fn response(head: &response::Head) {
    show('<', head.fields().bytes());
}

fn show(direction: char, head: &[u8]) {
    for line in head.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end).filter(|line| !line.is_empty())
    {
        log::to_stderr(format_args!("{direction} {}", masked(line)));
    }
}

/// A line as it may be shown. Of a field that has credentials, only the name is left.
fn masked(line: &[u8]) -> String {
    let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
    let is_secret = SECRET.iter().any(|secret| name.eq_ignore_ascii_case(secret.as_bytes()));
    match is_secret {
        true => format!("{}: ***", printable(name)),
        false => printable(line).into_owned(),
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
            ("Server: \x1b[2J", "Server: \u{fffd}[2J"),
        ] {
            assert_eq!(masked(line.as_bytes()), expected);
        }
    }
}
