//! The mask of FTP in traces: the parts that the parsers mark as secret.

use common::net::trace::{Mask, Masked};

use crate::wire::conversation::FtpConversation;

/// The port of FTP (RFC 959 section 8).
const PORT: u16 = 21;

/// The mask of a control connection.
pub(crate) fn new() -> Box<dyn Mask> {
    Masked::boxed(FtpConversation::new, PORT)
}

#[cfg(test)]
mod tests {
    use common::net::trace::{Sender, shown};

    use super::*;

    #[test]
    fn passwords_are_masked_in_every_split() {
        for (input, expected, why) in [
            (
                &b"USER ada\r\nPASS secret\r\nTYPE I\r\n"[..],
                &b"USER ada\r\nPASS ******\r\nTYPE I\r\n"[..],
                "a login",
            ),
            (b"pass two words\r\n", b"pass *********\r\n", "verbs have no case"),
            (b"ACCT secret\r\n", b"ACCT ******\r\n", "an account"),
            (b"PASS secret\n", b"PASS ******\n", "LF alone"),
            (b"PASS\r\n", b"PASS\r\n", "no argument"),
            (b"PASS sec", b"PASS ***", "no line end"),
            (b"PASS se\xff\xffret\r\n", b"PASS *******\r\n", "Telnet's escape of 0xff"),
            (b"RETR PASS secret\r\n", b"RETR PASS secret\r\n", "a name"),
        ] {
            let show =
                |pieces: &[&[u8]]| shown(&mut *new(), Sender::Client, pieces).escape_ascii().to_string();
            let expected = expected.escape_ascii().to_string();
            for first in 0..=input.len() {
                for second in first..=input.len() {
                    let pieces = [&input[..first], &input[first..second], &input[second..]];
                    assert_eq!(show(&pieces), expected, "{why}: split at {first} and {second}");
                }
            }
            assert_eq!(show(&input.chunks(1).collect::<Vec<_>>()), expected, "{why}: byte by byte");
        }
    }

    #[test]
    fn replies_are_shown() {
        let replies = b"220 ready.\r\n331 Send your password.\r\n211-Features:\r\n UTF8\r\n211 End\r\n";
        assert_eq!(shown(&mut *new(), Sender::Server, &[replies]), replies);
    }
}
