//! Matches data connections of FTP with their commands ([RFC 959 section
//! 5.2](https://www.rfc-editor.org/rfc/rfc959#section-5.2), RFC 2428).

use std::collections::VecDeque;
use std::net::SocketAddr;

use ftp_wire::conversation::{DataHint, FtpConversation};
use syntax::conversation::{Conversation as _, Sender};

use super::super::connection::{Connection, ControlReference};
use super::super::kind::ExplainedProtocol;

/// Relates each data connection to the control connection that announces its address.
pub(super) fn relate(connections: &mut [Connection]) {
    for index in 0..connections.len() {
        let Some(control) = connections.get(index).filter(|one| one.protocol() == ExplainedProtocol::Ftp)
        else {
            continue;
        };
        for (at, command) in transfers(control) {
            let is_it = |one: &&mut Connection| {
                one.control.is_none() && one.ends.is_some_and(|(_, accepting)| accepting == at)
            };
            if let Some(data) = connections.iter_mut().find(is_it) {
                data.protocol = Some(protocol(&command));
                data.control = Some(ControlReference { connection: index, command });
            }
        }
    }
}

/// The content that a command transfers.
pub(super) fn protocol(command: &str) -> ExplainedProtocol {
    match verb(command.as_bytes()).as_slice() {
        b"LIST" => ExplainedProtocol::List,
        b"NLST" => ExplainedProtocol::Nlst,
        b"MLSD" => ExplainedProtocol::Mlsd,
        _ => ExplainedProtocol::Opaque,
    }
}

/// The line of the last transfer command.
pub(super) fn last_transfer(commands: &[u8]) -> String {
    lines(commands).filter(|line| is_transfer(line)).last().map(shown).unwrap_or_default()
}

/// The transfers of a control connection: where each data connection is accepted, and its command.
fn transfers(control: &Connection) -> Vec<(SocketAddr, String)> {
    let Some((client, server)) = control.ends else { return Vec::new() };
    let (mut found, mut commands, mut ftp) = (Vec::new(), VecDeque::new(), FtpConversation::new());
    let mut read = [0, 0];
    for &(sender, end) in &control.arrivals {
        let [of_client, of_server] = &mut read;
        let at = if sender == Sender::Client { of_client } else { of_server };
        while let Some(rest) = control.sent_by(sender).get(*at..end) {
            let Some(used @ 1..) = ftp.read(sender, rest, false, ()) else { break };
            *at += used;
            let line = lines(rest.get(..used).unwrap_or_default()).next().unwrap_or_default();
            if sender == Sender::Client && is_transfer(line) {
                commands.push_back(shown(line));
            }
            while let Some(DataHint { announced, .. }) = ftp.take_data() {
                let listener = if announced.listener == Sender::Client { client } else { server };
                // Where addresses are translated, the announced one is not that of the connection.
                let accepting = SocketAddr::new(listener.ip(), announced.port);
                found.push((accepting, commands.pop_front().unwrap_or_default()));
            }
        }
    }
    found
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

fn is_transfer(line: &[u8]) -> bool {
    matches!(verb(line).as_slice(), b"LIST" | b"NLST" | b"MLSD" | b"RETR" | b"STOR" | b"APPE" | b"STOU")
}

fn verb(line: &[u8]) -> Vec<u8> {
    line.split(|&byte| byte == b' ').next().unwrap_or_default().to_ascii_uppercase()
}

fn shown(line: &[u8]) -> String {
    String::from_utf8_lossy(line).into_owned()
}
