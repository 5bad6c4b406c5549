//! Which data connection of FTP belongs to which command
//! ([RFC 959 section 5.2](https://www.rfc-editor.org/rfc/rfc959#section-5.2), RFC 2428).

use std::net::SocketAddr;

use ftp_wire::address;
use syntax::conversation::Sender;

use super::super::connection::{Connection, Control};
use super::super::kind::Protocol;

/// A transfer that a control connection announces.
struct Transfer {
    /// Where the data connection is accepted.
    at: SocketAddr,
    command: String,
}

/// Relates each data connection to the control connection that announces its address.
pub(super) fn relate(connections: &mut [Connection]) {
    for index in 0..connections.len() {
        let Some(control) = connections.get(index).filter(|one| one.protocol() == Protocol::Ftp) else {
            continue;
        };
        for Transfer { at, command } in transfers(control) {
            let is_it = |one: &&mut Connection| {
                one.control.is_none() && one.ends.is_some_and(|(_, accepting)| accepting == at)
            };
            if let Some(data) = connections.iter_mut().find(is_it) {
                data.protocol = Some(protocol(&command));
                data.control = Some(Control { connection: index, command });
            }
        }
    }
}

/// What a command transfers.
pub(super) fn protocol(command: &str) -> Protocol {
    match verb(command.as_bytes()).as_slice() {
        b"LIST" => Protocol::List,
        b"MLSD" => Protocol::Mlsd,
        _ => Protocol::Opaque,
    }
}

/// The line of the last command that transfers something.
pub(super) fn last_transfer(commands: &[u8]) -> String {
    lines(commands).filter(|line| is_transfer(line)).last().map(shown).unwrap_or_default()
}

fn transfers(control: &Connection) -> Vec<Transfer> {
    let Some((client, server)) = control.ends else { return Vec::new() };
    let (mut found, mut announced, mut waiting) = (Vec::new(), None, None::<String>);
    for (sender, piece) in control.pieces() {
        for line in lines(piece) {
            match sender {
                Sender::Client => {
                    announced = port(line, client).or(announced);
                    waiting = is_transfer(line).then(|| shown(line)).or(waiting);
                }
                Sender::Server => announced = passive(line, server).or(announced),
            }
            if let (Some(at), Some(command)) = (announced, waiting.take()) {
                found.push(Transfer { at, command });
                announced = None;
            }
        }
    }
    found
}

/// The address of PORT and EPRT. Behind a translation of addresses only its port is that of the connection.
fn port(line: &[u8], client: SocketAddr) -> Option<SocketAddr> {
    let (name, argument) = line.split_at_checked(5)?;
    let port = match name.to_ascii_uppercase().as_slice() {
        b"PORT " => address::parse(argument)?.port(),
        b"EPRT " => address::parse_extended(argument).ok()?.port(),
        _ => return None,
    };
    Some(SocketAddr::new(client.ip(), port))
}

/// The address of the replies 227 and 229.
fn passive(line: &[u8], server: SocketAddr) -> Option<SocketAddr> {
    let (code, text) = line.split_at_checked(4)?;
    let port = match code {
        b"227 " => address::find(text)?.port(),
        b"229 " => address::find_extended_port(text)?,
        _ => return None,
    };
    Some(SocketAddr::new(server.ip(), port))
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
