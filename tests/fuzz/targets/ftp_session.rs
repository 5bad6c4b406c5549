//! A session with the FTP server. Each line of the script is a command; the client reads its replies before the next
//! one, opens the data connections that the server offers, and sends the command itself as the content of an upload.
//! Every reply is parsed by the client's parser.
#![no_main]

use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::LazyLock;

use common::users::Users;
use ftp_mini::server::{Ftp, Root};
use ftp_wire::address;
use ftp_wire::reply::{self, Reply, ReplyClass};
use libfuzzer_sys::fuzz_target;

mod served;
use served::{Served, connect, receive, send};

static SERVED: LazyLock<Served> =
    LazyLock::new(|| Served::start(|root: Root, users: Users| Ftp::new(root, users)));

fuzz_target!(|script: &[u8]| {
    SERVED.reset();
    let mut client =
        Client { control: connect(SERVED.at), unread: Vec::new(), data: None, received: Vec::new() };
    let _greeting = client.reply();
    for line in [&b"USER ftp"[..], b"PASS a@"].into_iter().chain(script.split(|&byte| byte == b'\n').take(30))
    {
        if !client.command(line) {
            break;
        }
    }
    SERVED.check(&client.received);
});

struct Client {
    control: TcpStream,
    unread: Vec<u8>,
    data: Option<TcpStream>,
    /// All that came over data connections, and the texts of replies.
    received: Vec<u8>,
}

impl Client {
    /// Sends a command and acts upon its replies; `false` at the end of the session.
    fn command(&mut self, line: &[u8]) -> bool {
        if !send(&mut self.control, &[line, b"\r\n"].concat()) {
            return false;
        }
        while let Some(reply) = self.reply() {
            match reply.code() {
                227 => self.data = address::find(reply.text()).map(|at| connect(at.into())),
                229 => {
                    let port = address::find_extended_port(reply.text()).unwrap();
                    self.data = Some(connect(SocketAddr::new(SERVED.at.ip(), port)));
                }
                421 => return false,
                _ => {}
            }
            if reply.class() != ReplyClass::Preliminary {
                return true;
            }
            if let Some(mut data) = self.data.take() {
                // Fails if the server sends, and has closed the connection already.
                let _ = send(&mut data, line) && data.shutdown(Shutdown::Write).is_ok();
                while receive(&mut data, &mut self.received) {}
            }
        }
        false
    }

    /// The next reply; `None` at the end.
    fn reply(&mut self) -> Option<Reply> {
        loop {
            if let Some((reply, used)) = reply::take(&self.unread).unwrap() {
                self.received.extend(reply.lines().flatten());
                self.unread.drain(..used);
                return Some(reply);
            }
            if !receive(&mut self.control, &mut self.unread) {
                return None;
            }
        }
    }
}
