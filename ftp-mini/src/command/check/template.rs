//! Templates: the arguments of steps, which name values of the server.

use std::collections::BTreeMap;

/// What templates name: `file`, `missing`, `port`.
pub(super) type Values = BTreeMap<&'static str, Vec<u8>>;

/// A template as bytes: `{name}` is a value (`{fill:N}`: N letters), and `\r`, `\n`, `\0`, `\xNN` are bytes. `None`
/// if a value is missing.
pub(super) fn expand(template: &str, values: &Values) -> Option<Vec<u8>> {
    let (mut out, mut rest) = (Vec::new(), template);
    while let Some(at) = rest.find(['{', '\\']) {
        let (text, marked) = rest.split_at(at);
        out.extend_from_slice(text.as_bytes());
        let end = match marked.as_bytes() {
            [b'{', ..] => {
                let (name, _) = marked.get(1..)?.split_once('}')?;
                match name.strip_prefix("fill:") {
                    Some(count) => out.resize(out.len() + count.parse::<usize>().ok()?, b'x'),
                    None => out.extend_from_slice(values.get(name)?),
                }
                name.len() + 2
            }
            [_, b'x', ..] => {
                out.push(u8::from_str_radix(marked.get(2..4)?, 16).ok()?);
                4
            }
            [_, letter, ..] => {
                out.push(
                    *[(b'r', b'\r'), (b'n', b'\n'), (b'0', 0)]
                        .iter()
                        .find(|(name, _)| name == letter)
                        .map(|(_, byte)| byte)?,
                );
                2
            }
            _ => return None,
        };
        rest = marked.get(end..)?;
    }
    out.extend_from_slice(rest.as_bytes());
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_become_bytes() {
        let values = Values::from([("file", b"/a b".to_vec())]);
        for (template, expected, why) in [
            ("RETR {file}", Some(&b"RETR /a b"[..]), "a value"),
            ("{fill:3}.", Some(b"xxx."), "letters"),
            ("\\r\\n\\0\\xFF", Some(b"\r\n\0\xFF"), "bytes"),
            ("{port}", None, "no value"),
            ("{file", None, "no end"),
            ("\\q", None, "no such byte"),
            ("\\x", None, "no digits"),
        ] {
            assert_eq!(expand(template, &values).as_deref(), expected, "{why}");
        }
    }
}
