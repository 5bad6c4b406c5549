//! The clients: each sends the commands of a step over its own connections, and returns what the server replied.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;

use super::expected::{Expected, Model};
use super::history::{CLIENTS, Command, Condition, Depth, Fault, Overwrite, Step};
use crate::harness::ftp::Ftp;
use crate::harness::{Server, Wire, shown};

/// Contents up to this length can be sent byte by byte.
const SHORT: usize = 200;

pub(super) struct Clients<'a> {
    server: &'a Server,
    /// The directory of the history.
    base: String,
    clients: [Client; CLIENTS],
}

#[derive(Default)]
struct Client {
    http: Option<Wire>,
    ftp: Option<Ftp>,
    /// A PUT that is not complete, and the rest of its content.
    upload: Option<(Wire, Vec<u8>)>,
}

/// The reply of the server.
#[derive(Default)]
pub(super) struct Actual {
    code: u16,
    content: Vec<u8>,
}

impl fmt::Debug for Actual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, shown(&self.content))
    }
}

impl Actual {
    fn code(code: u16) -> Self {
        Self { code, content: Vec::new() }
    }

    pub(super) fn is(&self, expected: &Expected) -> bool {
        match expected {
            Expected::Nothing | Expected::Any => true,
            Expected::Code(code) => self.code == *code,
            Expected::Content(code, content) => self.code == *code && self.content == *content,
            Expected::Names(code, names) => self.code == *code && self.names() == *names,
        }
    }

    /// The names in a listing, of JSON or MLSD.
    fn names(&self) -> BTreeSet<String> {
        if let Ok(listing) = serde_json::from_slice::<serde_json::Value>(&self.content) {
            let entries = listing["entries"].as_array().unwrap();
            return entries.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect();
        }
        let text = String::from_utf8_lossy(&self.content);
        let lines = text.lines().filter(|line| !line.contains("type=cdir;") && !line.contains("type=pdir;"));
        lines.filter_map(|line| Some(line.split_once(' ')?.1.to_owned())).collect()
    }
}

impl<'a> Clients<'a> {
    pub(super) fn new(server: &'a Server) -> Self {
        Self { server, base: String::new(), clients: Default::default() }
    }

    /// Starts a history in a new directory.
    pub(super) fn enter(&mut self, base: &str) {
        base.clone_into(&mut self.base);
        self.http(0, "MKCOL", "", "", None, Fault::None);
        for client in &mut self.clients {
            abandon(client.upload.take().map(|(wire, _)| wire));
            if let Some(ftp) = &mut client.ftp {
                ftp.expect(format!("CWD {base}"), 250);
            }
        }
    }

    /// Removes the directory of the history.
    pub(super) fn leave(&mut self) -> u16 {
        self.clients.iter_mut().for_each(|client| abandon(client.upload.take().map(|(wire, _)| wire)));
        self.http(0, "DELETE", "", "Depth: infinity\r\n", None, Fault::None).code
    }

    pub(super) fn run(&mut self, step: &Step, model: &Model) -> Actual {
        let Step { client, ref command, fault } = *step;
        let overwrite = |overwrite| if overwrite == Overwrite::True { "T" } else { "F" };
        match command {
            Command::Get(path, range) => {
                let range = range.map(|(first, last)| format!("Range: bytes={first}-{last}\r\n"));
                self.http(client, "GET", path, &range.unwrap_or_default(), None, fault)
            }
            Command::List(path) => self.http(client, "GET", &format!("{path}/?format=json"), "", None, fault),
            Command::Put(path, condition, content) => {
                self.http(client, "PUT", path, of_condition(*condition), Some(&content.0), fault)
            }
            Command::Begin(path, condition, content) => {
                self.begin(client, path, *condition, &content.0, fault)
            }
            Command::Finish => self.finish(client, fault),
            Command::Patch(path, content) => self.patch(client, path, &content.0, fault),
            Command::Delete(path, depth) => {
                let depth = if *depth == Depth::Infinity { "Depth: infinity\r\n" } else { "" };
                self.http(client, "DELETE", path, depth, None, fault)
            }
            Command::Mkcol(path) => self.http(client, "MKCOL", path, "", None, fault),
            Command::Move(from, to, replaces) | Command::Copy(from, to, replaces) => {
                let method = if matches!(command, Command::Move(..)) { "MOVE" } else { "COPY" };
                let fields =
                    format!("Destination: {}/{to}\r\nOverwrite: {}\r\n", self.base, overwrite(*replaces));
                self.http(client, method, from, &fields, None, fault)
            }
            command => self.ftp(client, command, fault, |path| model.ftp_path(client, path)),
        }
    }

    /// A request; content follows when the server asks for it.
    fn http(
        &mut self,
        client: usize,
        method: &str,
        path: &str,
        fields: &str,
        content: Option<&[u8]>,
        fault: Fault,
    ) -> Actual {
        let target = format!("{}/{path}", self.base);
        let target = if path.is_empty() { target.trim_end_matches('/') } else { &target };
        let length = content.map_or(String::new(), |content| {
            let expect = if fault == Fault::Cut { "" } else { "Expect: 100-continue\r\n" };
            format!("Content-Length: {}\r\n{expect}", content.len())
        });
        let head = format!("{method} {target} HTTP/1.1\r\nHost: a\r\n{fields}{length}\r\n");
        let connection = &mut self.clients[client].http;
        let wire = connection.get_or_insert_with(|| self.server.connect());
        if fault == Fault::Cut {
            match content {
                Some(content @ [_, ..]) => {
                    wire.send([head.as_bytes(), &content[..content.len() / 2]].concat());
                    abandon(connection.take());
                }
                _ => {
                    wire.send(&head[..head.len() / 2]);
                    reset(connection.take());
                }
            }
            return Actual::default();
        }
        send(wire, head.as_bytes(), fault);
        let mut response = wire.response(method);
        if response.status == 100 {
            send(wire, content.unwrap_or_default(), fault);
            response = wire.response(method);
        } else if content.is_some() || response.field("connection") == Some("close") {
            *connection = None;
        }
        Actual { code: response.status, content: response.body }
    }

    fn begin(
        &mut self,
        client: usize,
        path: &str,
        condition: Condition,
        content: &[u8],
        fault: Fault,
    ) -> Actual {
        if fault == Fault::Cut {
            return self.http(client, "PUT", path, of_condition(condition), Some(content), fault);
        }
        let mut wire = self.server.connect();
        let (base, condition, length) = (&self.base, of_condition(condition), content.len());
        let head =
            format!("PUT {base}/{path} HTTP/1.1\r\nHost: a\r\n{condition}Content-Length: {length}\r\n");
        send(&mut wire, format!("{head}Expect: 100-continue\r\n\r\n").as_bytes(), fault);
        let response = wire.response("PUT");
        if response.status == 100 {
            let (first, rest) = content.split_at(length / 2);
            send(&mut wire, first, fault);
            abandon(self.clients[client].upload.replace((wire, rest.to_vec())).map(|(wire, _)| wire));
        }
        Actual { code: response.status, content: response.body }
    }

    fn finish(&mut self, client: usize, fault: Fault) -> Actual {
        let Some((mut wire, rest)) = self.clients[client].upload.take() else { return Actual::default() };
        if fault == Fault::Cut {
            abandon(Some(wire));
            return Actual::default();
        }
        send(&mut wire, &rest, fault);
        Actual::code(wire.response("PUT").status)
    }

    /// Two pieces of a file; only the first one if it is cut.
    fn patch(&mut self, client: usize, path: &str, content: &[u8], fault: Fault) -> Actual {
        let (first, second) = content.split_at(content.len() / 2);
        let piece = |offset, is_last| {
            format!(
                "Content-Type: application/partial-upload\r\nUpload-Offset: {offset}\r\nUpload-Complete: ?{is_last}\r\n"
            )
        };
        let begun = self.http(client, "PATCH", path, &piece(0, 0), Some(first), Fault::None);
        if begun.code != 204 || fault == Fault::Cut {
            return begun;
        }
        self.http(client, "PATCH", path, &piece(first.len(), 1), Some(second), fault)
    }

    fn ftp(&mut self, client: usize, command: &Command, fault: Fault, at: impl Fn(&str) -> String) -> Actual {
        let session = &mut self.clients[client].ftp;
        let ftp = session.get_or_insert_with(|| {
            let mut ftp = Ftp::login(self.server);
            ftp.expect(format!("CWD {}", self.base), 250);
            ftp
        });
        let line = match command {
            Command::Cwd(path) => format!("CWD {}", at(path)),
            Command::Retr(path, _) => format!("RETR {}", at(path)),
            Command::Stor(path, ..) => format!("STOR {}", at(path)),
            Command::Appe(path, _) => format!("APPE {}", at(path)),
            Command::Size(path) => format!("SIZE {}", at(path)),
            Command::Mlsd(path) => format!("MLSD {}", at(path)),
            Command::Dele(path) => format!("DELE {}", at(path)),
            Command::Mkd(path) => format!("MKD {}", at(path)),
            Command::Rmd(path) => format!("RMD {}", at(path)),
            Command::Rename(_, to) if fault == Fault::Cut => format!("RNTO {}", at(to)),
            Command::Rename(from, to) => {
                let source = ftp.say(format!("RNFR {}", at(from)));
                if source.code != 350 {
                    return Actual::code(source.code);
                }
                format!("RNTO {}", at(to))
            }
            other => unreachable!("{other:?} is of HTTP"),
        };
        match command {
            Command::Retr(_, offset) if fault != Fault::Cut => transfer(ftp, &line, *offset, None, fault),
            Command::Mlsd(_) if fault != Fault::Cut => transfer(ftp, &line, 0, None, fault),
            Command::Stor(_, offset, content) => transfer(ftp, &line, *offset, Some(&content.0), fault),
            Command::Appe(_, content) => transfer(ftp, &line, 0, Some(&content.0), fault),
            _ if fault == Fault::Cut => {
                ftp.control.send(&line[..line.len() / 2]);
                reset(session.take().map(|ftp| ftp.control));
                Actual::default()
            }
            _ => {
                send(&mut ftp.control, format!("{line}\r\n").as_bytes(), fault);
                let reply = ftp.reply();
                Actual { code: reply.code, content: reply.text.into() }
            }
        }
    }
}

/// A command with a data connection, from an offset.
fn transfer(ftp: &mut Ftp, line: &str, offset: usize, content: Option<&[u8]>, fault: Fault) -> Actual {
    let mut data = ftp.data();
    if offset > 0 {
        ftp.expect(format!("REST {offset}"), 350);
    }
    let started = ftp.say(line);
    if started.code != 150 {
        return Actual::code(started.code);
    }
    let mut received = Vec::new();
    match content {
        Some(content) if fault == Fault::Cut => {
            data.send(&content[..content.len() / 2]);
            reset(Some(data));
        }
        Some(content) => {
            send(&mut data, content, fault);
            data.finish();
        }
        None => received = data.rest(),
    }
    Actual { code: ftp.reply().code, content: received }
}

fn of_condition(condition: Condition) -> &'static str {
    match condition {
        Condition::None => "",
        Condition::Exists => "If-Match: *\r\n",
        Condition::IsFree => "If-None-Match: *\r\n",
    }
}

fn send(wire: &mut Wire, bytes: &[u8], fault: Fault) {
    match fault {
        Fault::Slow if bytes.len() < SHORT => wire.drip(bytes),
        _ => wire.send(bytes),
    }
}

/// Ends the connection with a reset.
fn reset(wire: Option<Wire>) {
    if let Some(wire) = wire {
        set_socket_linger(wire.stream(), Some(Duration::ZERO)).unwrap();
    }
}

/// Ends an upload before its end, and waits until the server has noticed.
fn abandon(wire: Option<Wire>) {
    if let Some(mut wire) = wire {
        wire.finish();
        wire.rest();
    }
}
