//! An FTP client that sends exactly the lines of a case, and rejects replies that violate RFC 959 section
//! 4.2.

use std::net::{SocketAddr, TcpStream};

use super::{Server, Wire};

#[derive(Debug)]
pub(crate) struct Ftp {
    pub(crate) control: Wire,
    server: SocketAddr,
}

/// A reply: its code, and its text without the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    pub(crate) text: String,
}

impl Ftp {
    /// Connects and reads the greeting.
    #[track_caller]
    pub(crate) fn connect(server: SocketAddr) -> (Self, Reply) {
        let mut ftp = Self { control: Wire::connect(server), server };
        let greeting = ftp.reply();
        (ftp, greeting)
    }

    /// Logs in as anonymous and sets TYPE I.
    #[track_caller]
    pub(crate) fn login(server: &Server) -> Self {
        let (mut ftp, greeting) = Self::connect(server.address("ftp"));
        assert_eq!(greeting.code, 220, "{greeting:?}");
        ftp.expect("USER anonymous", 331);
        ftp.expect("PASS guest@", 230);
        ftp.expect("TYPE I", 200);
        ftp
    }

    /// Sends a command line.
    #[track_caller]
    pub(crate) fn send(&mut self, line: impl AsRef<[u8]>) {
        self.control.send([line.as_ref(), b"\r\n"].concat());
    }

    /// The next reply (RFC 959 section 4.2).
    #[track_caller]
    pub(crate) fn reply(&mut self) -> Reply {
        let first = self.control.line();
        let code: u16 = first.get(..3).and_then(|code| code.parse().ok()).expect(&first);
        let mut text = first.get(4..).unwrap_or_default().to_owned();
        if first.as_bytes().get(3) == Some(&b'-') {
            let end = format!("{code} ");
            loop {
                let line = self.control.line();
                text.push('\n');
                match line.strip_prefix(&end) {
                    Some(last) => {
                        text.push_str(last);
                        break;
                    }
                    None => text.push_str(&line),
                }
            }
        }
        Reply { code, text }
    }

    /// Sends a command and returns its reply.
    #[track_caller]
    pub(crate) fn say(&mut self, line: impl AsRef<[u8]>) -> Reply {
        self.send(line);
        self.reply()
    }

    /// Sends a command and returns its reply, which must have this code.
    #[track_caller]
    pub(crate) fn expect(&mut self, line: impl AsRef<[u8]>, code: u16) -> Reply {
        let reply = self.say(line.as_ref());
        assert_eq!(reply.code, code, "{}: {reply:?}", super::shown(line.as_ref()));
        reply
    }

    /// The next reply, which must have this code.
    #[track_caller]
    pub(crate) fn expect_reply(&mut self, code: u16) -> Reply {
        let reply = self.reply();
        assert_eq!(reply.code, code, "{reply:?}");
        reply
    }

    /// Opens a passive data connection (RFC 2428 section 3).
    #[track_caller]
    pub(crate) fn data(&mut self) -> Wire {
        let reply = self.expect("EPSV", 229);
        let port = reply.text.split('|').nth(3).and_then(|port| port.parse().ok()).expect(&reply.text);
        Wire::over(TcpStream::connect(SocketAddr::new(self.server.ip(), port)).unwrap())
    }

    /// Runs a command that sends `content`, or receives any, over a data connection; returns the code of the
    /// final reply.
    #[track_caller]
    pub(crate) fn transfer(&mut self, command: impl AsRef<[u8]>, content: Option<&[u8]>) -> u16 {
        let mut data = self.data();
        let started = self.say(command);
        if !matches!(started.code, 125 | 150) {
            return started.code;
        }
        match content {
            Some(content) => {
                data.send(content);
                data.finish();
            }
            None => drop(data.rest()),
        }
        self.reply().code
    }

    /// The content that a command sends over a data connection.
    #[track_caller]
    pub(crate) fn fetch(&mut self, command: impl AsRef<[u8]>) -> Vec<u8> {
        let mut data = self.data();
        let started = self.say(command.as_ref());
        let shown = super::shown(command.as_ref());
        assert!(matches!(started.code, 125 | 150), "{shown}: {started:?}");
        let bytes = data.rest();
        let ended = self.reply();
        assert_eq!(ended.code, 226, "{shown}: {ended:?}");
        bytes
    }
}
