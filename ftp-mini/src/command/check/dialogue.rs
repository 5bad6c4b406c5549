//! The connections of one case: commands as bytes, replies as they come, and the data connection. It repairs nothing
//! and judges nothing.

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, SocketAddrV4};
use std::pin::Pin;
use std::time::Duration;

use common::check::cases;
use common::escape::printable;
use common::net::conn::{Broken, Conn, ConnTimeouts};
use common::net::expecting::Expecting;
use common::net::peer::Peer;
use common::net::tls::client::TlsClient;
use syntax::violation::Violation;
use tokio::time::timeout;

use super::case::Codes;
use crate::client::{RemoteServer, SessionSecurity};
use crate::wire::address;
use crate::wire::pathname;
use crate::wire::reply::{self, Reply};
use crate::wire::rule::Rule;

/// How long no reply must arrive, and how long a pause is.
pub(super) const QUIET: Duration = Duration::from_millis(200);

/// The most that is received over a data connection (4 MiB).
const DATA: usize = 4 << 20;

/// What templates name: `file`, `missing`, `port`.
pub(super) type Values = BTreeMap<&'static str, Vec<u8>>;

pub(super) struct Dialogue<'a> {
    server: &'a RemoteServer,
    timeout: Duration,
    pub(super) values: Values,
    control: Option<Conn>,
    /// The sessions that data connections resume.
    tls: Option<TlsClient>,
    /// PROT P was accepted.
    is_protected: bool,
    data: Data,
    /// What was sent and received, without passwords.
    pub(super) sent: Vec<u8>,
    pub(super) received: Vec<u8>,
}

#[derive(Default)]
enum Data {
    #[default]
    None,
    /// Accepts a connection or performs the handshake while replies are awaited: servers differ in their order.
    Opening(Pin<Box<dyn Future<Output = io::Result<Conn>>>>),
    Open(io::Result<Conn>),
}

/// What arrives on the control connection.
#[derive(Debug)]
pub(super) enum Arrival {
    Reply(Reply),
    /// Bytes that are no reply.
    Other,
    Closed,
    /// Nothing before the timeout.
    Silence,
}

/// The end of a data connection.
pub(super) struct DataEnd {
    pub(super) bytes: Vec<u8>,
    /// With close_notify.
    pub(super) is_notified: bool,
    /// The TLS session of the control connection was resumed.
    pub(super) is_resumed: bool,
}

impl<'a> Dialogue<'a> {
    pub(super) fn new(server: &'a RemoteServer, timeout: Duration, values: Values) -> Self {
        let (sent, received) = (Vec::new(), Vec::new());
        Self {
            server,
            timeout,
            values,
            control: None,
            tls: None,
            is_protected: false,
            data: Data::None,
            sent,
            received,
        }
    }

    /// Connects, over implicit TLS if it is used, and does not wait for the greeting.
    pub(super) async fn dial(&mut self) -> Result<(), String> {
        let conn = self.server.dialer.connect(&self.server.host, self.server.port).await;
        let mut conn = conn.map_err(|fault| fault.to_string())?;
        conn.set_timeouts(self.timeouts());
        (self.control, self.tls, self.is_protected, self.data) = (Some(conn), None, false, Data::None);
        if matches!(self.server.security, SessionSecurity::Implicit(_)) {
            self.secure().await?;
        }
        if let Some((SocketAddr::V4(local), _)) = self.ends() {
            let low = SocketAddr::new((*local.ip()).into(), 25);
            self.values
                .insert("own-port-25", address::host_port_text(SocketAddrV4::new(*local.ip(), 25)).into());
            self.values.insert("own-eprt-25", address::extended_text(low).into());
        }
        Ok(())
    }

    /// Performs the TLS handshake on the control connection.
    pub(super) async fn secure(&mut self) -> Result<(), String> {
        let (SessionSecurity::Explicit(client) | SessionSecurity::Implicit(client)) = &self.server.security
        else {
            return Err("no TLS".into());
        };
        let tls = client.for_protocol(&["ftp"]);
        let control = self.control.as_mut().ok_or("no connection")?;
        control.connect_tls(&tls, &self.server.host).await.map_err(|error| error.to_string())?;
        self.tls = Some(tls);
        Ok(())
    }

    /// Connects up to the greeting; with AUTH TLS if it is used and `is_secure`.
    pub(super) async fn connect(&mut self, is_secure: bool) -> Result<(), String> {
        self.dial().await?;
        // 120 announces a later 220.
        while self.reply_as(Codes("220 120")).await?.ok_or_else(|| shown(&self.received))?.code() != 220 {}
        if is_secure && matches!(self.server.security, SessionSecurity::Explicit(_)) {
            self.ask(b"AUTH TLS").await?;
            self.secure().await?;
        }
        Ok(())
    }

    /// Connects and logs in, protects data connections if there is TLS, and changes to the directory of the survey.
    pub(super) async fn log_in(&mut self, directory: Option<&[u8]>) -> Result<(), String> {
        self.connect(true).await?;
        let login = &self.server.login;
        if self.ask(format!("USER {}", login.user).as_bytes()).await?.code() == 331 {
            self.ask(format!("PASS {}", login.password).as_bytes()).await?;
        }
        if self.tls.is_some() {
            self.ask(b"PBSZ 0").await?;
            self.ask(b"PROT P").await?;
            self.is_protected = true;
        }
        if let Some(directory) = directory.filter(|path| !path.is_empty()) {
            self.ask(&[b"CWD ", directory].concat()).await?;
        }
        self.sent.clear();
        self.received.clear();
        Ok(())
    }

    /// A command that must succeed. The error quotes the reply.
    pub(super) async fn ask(&mut self, command: &[u8]) -> Result<Reply, String> {
        self.send(&[command, b"\r\n"].concat()).await;
        let reply = self.reply_as(Codes("2xx 3xx")).await?;
        reply.ok_or_else(|| format!("{}: {}", shown(command), shown(&self.received)))
    }

    async fn reply_as(&mut self, codes: Codes) -> Result<Option<Reply>, String> {
        match self.reply().await {
            Arrival::Reply(reply) => Ok(Some(reply).filter(|reply| codes.allow(reply.code()))),
            arrival => Err(format!("{arrival:?}")),
        }
    }

    /// Sends bytes at once. An error shows in the next reply.
    pub(super) async fn send(&mut self, bytes: &[u8]) {
        let is_secret = bytes.get(..5).is_some_and(|verb| verb.eq_ignore_ascii_case(b"PASS "));
        self.sent.extend_from_slice(if is_secret { b"PASS ***\r\n" } else { bytes });
        if let Some(control) = &mut self.control {
            control.out().extend_from_slice(bytes);
            let _ = control.flush().await;
        }
    }

    /// The next reply, or why there is none. The data connection opens meanwhile.
    pub(super) async fn reply(&mut self) -> Arrival {
        let Some(control) = &mut self.control else { return Arrival::Closed };
        let next = |input: &[u8]| {
            let taken = reply::take(input)?;
            Ok::<_, Violation<Rule>>(
                taken.map(|(reply, used)| ((reply, input.get(..used).unwrap_or_default().to_vec()), used)),
            )
        };
        let arrived = loop {
            match &mut self.data {
                Data::Opening(opening) => tokio::select! {
                    biased;
                    arrived = control.next(next) => break arrived,
                    opened = opening => self.data = Data::Open(opened),
                },
                _ => break control.next(next).await,
            }
        };
        match arrived {
            Ok(Some((reply, bytes))) => {
                self.received = bytes;
                self.note(&reply);
                Arrival::Reply(reply)
            }
            Err(Broken::Input(_)) => {
                self.received = control.unread().to_vec();
                Arrival::Other
            }
            Err(Broken::Io(error)) if error.kind() == io::ErrorKind::TimedOut => {
                self.received = control.unread().to_vec();
                Arrival::Silence
            }
            Ok(None) | Err(Broken::Io(_)) => {
                self.received = Vec::new();
                Arrival::Closed
            }
        }
    }

    /// Keeps the names in a reply for the steps that follow.
    fn note(&mut self, reply: &Reply) {
        if let (257, Some(path)) = (reply.code(), pathname::unquoted(reply.text())) {
            self.values.insert("pathname", path);
        }
        if let Some(name) = reply.text().strip_prefix(b"FILE: ") {
            self.values.insert("unique", name.to_vec());
        }
    }

    /// Whether nothing arrives for a while.
    pub(super) async fn is_quiet(&mut self) -> bool {
        matches!(timeout(QUIET, self.reply()).await, Err(_) | Ok(Arrival::Closed))
    }

    /// PASV, or EPSV over IPv6 or if PASV fails; then connects.
    pub(super) async fn passive(&mut self, is_secure: bool) -> Result<(), String> {
        let is_v4 = self.ends().is_some_and(|(local, _)| local.is_ipv4());
        if !is_v4 || self.ask(b"PASV").await.is_err() {
            self.ask(b"EPSV").await?;
        }
        self.open(is_secure).await
    }

    /// Connects to the port of the last reply, at the address of the control connection.
    pub(super) async fn open(&mut self, is_secure: bool) -> Result<(), String> {
        let text = &self.received;
        let port = match text.starts_with(b"229") {
            true => address::find_extended_port(text),
            false => address::find(text.get(3..).unwrap_or_default()).map(|address| address.port()),
        };
        let (port, (_, peer)) = (port.ok_or("no port")?, self.ends().ok_or("no connection")?);
        let conn = self.server.dialer.connect_to(SocketAddr::new(peer.ip(), port)).await;
        let mut conn = conn.map_err(|fault| fault.to_string())?;
        let tls = self.tls.clone().filter(|_| is_secure && self.is_protected);
        let host = self.server.host.clone();
        conn.set_timeouts(self.timeouts());
        self.data = Data::Opening(Box::pin(async move { secured(conn, tls.as_ref(), &host).await }));
        Ok(())
    }

    /// Listens at our address, which PORT and EPRT then name.
    pub(super) fn listen(&mut self) -> Result<(), String> {
        let (local, _) = self.ends().ok_or("no connection")?;
        let mut expecting =
            Expecting::bind(SocketAddr::new(local.ip(), 0)).map_err(|error| error.to_string())?;
        let at = SocketAddr::new(local.ip(), expecting.port());
        if let SocketAddr::V4(at) = at {
            self.values.insert("port", address::host_port_text(at).into());
        }
        let eprt = address::extended_text(at);
        self.values.insert("eprt-with-commas", eprt.replace('|', ",").into());
        self.values.insert("eprt", eprt.into());
        let tls = self.tls.clone().filter(|_| self.is_protected);
        let (host, wait) = (self.server.host.clone(), self.timeout);
        let timeouts = self.timeouts();
        self.data = Data::Opening(Box::pin(async move {
            let (socket, peer) = timeout(wait, expecting.accept()).await.map_err(io::Error::from)??;
            let mut conn = Conn::new(socket, peer);
            conn.set_timeouts(timeouts);
            secured(conn, tls.as_ref(), &host).await
        }));
        Ok(())
    }

    async fn opened(&mut self) -> io::Result<Conn> {
        match std::mem::take(&mut self.data) {
            Data::None => Err(io::ErrorKind::NotConnected.into()),
            Data::Opening(opening) => opening.await,
            Data::Open(conn) => conn,
        }
    }

    /// Receives data up to its end.
    pub(super) async fn receive(&mut self) -> Result<DataEnd, String> {
        let mut conn = self.opened().await.map_err(|error| error.to_string())?;
        let mut bytes = Vec::new();
        let ended = loop {
            match conn.receive(&mut bytes, DATA).await {
                Ok(0) => break Ok(true),
                Ok(_) if bytes.len() > DATA => break Ok(false),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break Ok(false),
                Err(error) => break Err(error.to_string()),
            }
        };
        // A client that closes without close_notify loses its session at some servers.
        let _ = conn.finish().await;
        self.received.clone_from(&bytes);
        Ok(DataEnd { is_notified: ended?, is_resumed: conn.has_resumed(), bytes })
    }

    /// Ends our direction of the data connection, without a handshake: a server that waits for one fails at once.
    pub(super) async fn end_data(&mut self) {
        // A connection that cannot be opened is noticed when data is received.
        if let Ok(mut conn) = self.opened().await {
            let _ = conn.end().await;
            self.data = Data::Open(Ok(conn));
        }
    }

    /// Sends data, and ends it if it is complete.
    pub(super) async fn store(&mut self, content: &[u8], is_complete: bool) -> Result<(), String> {
        let mut conn = self.opened().await.map_err(|error| error.to_string())?;
        conn.out().extend_from_slice(content);
        conn.flush().await.map_err(|error| error.to_string())?;
        match is_complete {
            true => conn.linger().await,
            false => self.data = Data::Open(Ok(conn)),
        }
        Ok(())
    }

    pub(super) fn close_data(&mut self) {
        self.data = Data::None;
    }

    /// Uploads a file to the current directory.
    pub(super) async fn upload(&mut self, name: &[u8], content: &[u8]) -> Result<(), String> {
        self.passive(true).await?;
        self.send(&[b"STOR ", name, b"\r\n"].concat()).await;
        if self.reply_as(Codes("1xx")).await?.is_none() {
            return Err(shown(&self.received));
        }
        self.store(content, true).await?;
        match self.reply_as(Codes("2xx")).await? {
            Some(_) => Ok(()),
            None => Err(shown(&self.received)),
        }
    }

    /// The data that a command sends.
    pub(super) async fn download(&mut self, command: &[u8]) -> Result<DataEnd, String> {
        self.passive(true).await?;
        self.send(&[command, b"\r\n"].concat()).await;
        if self.reply_as(Codes("1xx")).await?.is_none() {
            return Err(shown(&self.received));
        }
        let end = self.receive().await?;
        self.reply_as(Codes("2xx")).await?;
        Ok(end)
    }

    /// Our end and the server's.
    pub(super) fn ends(&self) -> Option<(SocketAddr, SocketAddr)> {
        let control = self.control.as_ref()?;
        match (control.local(), control.peer()) {
            (Peer::Inet(local), Peer::Inet(peer)) => Some((local, peer)),
            _ => None,
        }
    }

    /// Sends QUIT without waiting for the reply.
    pub(super) async fn quit(&mut self) {
        self.close_data();
        self.send(b"QUIT\r\n").await;
        self.control = None;
    }

    fn timeouts(&self) -> ConnTimeouts {
        ConnTimeouts { idle: Some(self.timeout), value: self.timeout, stall: self.timeout, rate: 0 }
    }

    /// A template with the values of this dialogue.
    pub(super) fn expand(&self, template: &str) -> Option<Vec<u8>> {
        cases::expand(template, (), |name| self.values.get(name).cloned().ok_or(())).ok()
    }
}

pub(super) fn shown(bytes: &[u8]) -> String {
    printable(bytes.trim_ascii_end()).into_owned()
}

async fn secured(mut conn: Conn, tls: Option<&TlsClient>, host: &str) -> io::Result<Conn> {
    if let Some(tls) = tls {
        conn.connect_tls(tls, host).await.map_err(io::Error::other)?;
    }
    Ok(conn)
}
