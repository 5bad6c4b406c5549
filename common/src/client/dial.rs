//! Connects to a server: its addresses are tried in turn and concurrently, so that one that does not answer
//! costs at most a quarter of a second ([RFC 8305](https://www.rfc-editor.org/rfc/rfc8305), section 5).

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::net::lookup_host;
use tokio::time::{sleep, timeout};

use super::argument::printable_path;
use super::fault::{Fault, FaultKind};
use crate::escape::Escaped;
use crate::net::conn::Conn;
use crate::net::listen::{connect, connect_unix};
use crate::net::peer::Peer;

/// The delay between two attempts (RFC 8305 section 8).
const STAGGER: Duration = Duration::from_millis(250);
/// Addresses of a name that are tried.
const MAX_ADDRESSES: usize = 16;

/// Connects to servers.
#[derive(Clone, Debug)]
pub struct Dialer {
    /// The timeout of a connection attempt, including the name lookup.
    pub timeout: Duration,
    /// The Unix socket to connect to in place of any host and port.
    pub unix_socket: Option<PathBuf>,
}

impl Default for Dialer {
    /// 10 seconds, and no Unix socket.
    fn default() -> Self {
        Self { timeout: Duration::from_secs(10), unix_socket: None }
    }
}

impl Dialer {
    /// Connects to a port of a host, which is a name or an IP address (IPv6 without brackets), or to the Unix socket.
    pub async fn connect(&self, host: &str, port: u16) -> Result<Conn, Fault> {
        if let Some(path) = &self.unix_socket {
            return to_unix_socket(path);
        }
        let to = format!("cannot connect to {}:{port}", Escaped(host.as_bytes()));
        let failed = |error: &io::Error| match error.kind() {
            // A restarting server is retried; if none was ever reached, the port is wrong.
            io::ErrorKind::ConnectionRefused => Fault::passing_once_reached(
                FaultKind::Network,
                format!("{to}: no server is listening there; check the port"),
            ),
            _ => Fault::passing(FaultKind::Network, format!("{to}: {error}")),
        };
        match timeout(self.timeout, reach(host, port)).await {
            Ok(Ok((socket, peer))) => Ok(Conn::new(socket, Peer::Inet(peer))),
            // A retry would not find the name either.
            Ok(Err(Unreached::Unknown(error))) => {
                Err(Fault::new(FaultKind::Network, format!("{to}: {error}; check the name")))
            }
            Ok(Err(Unreached::Failed(error))) => Err(failed(&error)),
            Err(_) => Err(failed(&io::ErrorKind::TimedOut.into())),
        }
    }

    /// Connects to one address.
    pub async fn connect_to(&self, to: SocketAddr) -> Result<Conn, Fault> {
        let connected = timeout(self.timeout, connect(to, None)).await;
        let connected = connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        match connected {
            Ok(socket) => Ok(Conn::new(socket, Peer::Inet(to))),
            Err(error) => Err(Fault::passing(FaultKind::Network, format!("cannot connect to {to}: {error}"))),
        }
    }
}

fn to_unix_socket(path: &Path) -> Result<Conn, Fault> {
    let connected = connect_unix(path).map(|socket| Conn::new(socket, Peer::Unix));
    connected.map_err(|error| {
        let to = format!("cannot connect to the Unix socket '{}'", printable_path(path));
        let why = match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                "no server is listening there; check the path".to_owned()
            }
            _ => error.to_string(),
        };
        Fault::passing_once_reached(FaultKind::Network, format!("{to}: {why}"))
    })
}

enum Unreached {
    /// The name cannot be resolved.
    Unknown(io::Error),
    Failed(io::Error),
}

async fn reach(host: &str, port: u16) -> Result<(OwnedFd, SocketAddr), Unreached> {
    let found = lookup_host((host, port)).await.map_err(Unreached::Unknown)?;
    let mut waiting = in_turn(found.take(MAX_ADDRESSES).collect()).into_iter();
    let mut running = FuturesUnordered::new();
    let mut failure = Unreached::Unknown(io::ErrorKind::NotFound.into());
    let attempt = |to| async move { connect(to, None).await.map(|socket| (socket, to)) };
    running.extend(waiting.next().map(attempt));
    loop {
        // The next attempt starts when one has failed, or when the last one is late.
        tokio::select! {
            Some(connected) = running.next() => match connected {
                Ok(connected) => return Ok(connected),
                Err(error) => failure = Unreached::Failed(error),
            },
            () = sleep(STAGGER), if waiting.len() > 0 => {}
            else => return Err(failure),
        }
        running.extend(waiting.next().map(attempt));
    }
}

/// Alternates the address families, starting with the one that the system prefers (RFC 8305 section 4).
fn in_turn(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let preferred = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (one, other): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|to| to.is_ipv6() == preferred);
    let longer = one.len().max(other.len());
    (0..longer).flat_map(|at| [one.get(at), other.get(at)]).flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::net::engine::on_test_runtime;

    #[test]
    fn a_connection_is_made_or_the_reason_reported() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        for (host, port, expected, why) in [
            ("127.0.0.1", port, None, "an address"),
            ("localhost", port, None, "a name, of which IPv6 may be tried first"),
            ("127.0.0.1", free, Some((true, "check the port")), "no server"),
            ("no-such-name.invalid", port, Some((false, "check the name")), "RFC 6761 section 6.4"),
        ] {
            let reached = on_test_runtime(async { Dialer::default().connect(host, port).await.err() });
            let said = reached.as_ref().map(|fault| (fault.is_passing(), fault.to_string()));
            let is_expected = match (&said, expected) {
                (None, None) => true,
                (Some((passing, said)), Some((expected, text))) => {
                    *passing == expected && said.contains(text)
                }
                _ => false,
            };
            assert!(is_expected, "{host}:{port}: {why}: {said:?}");
        }
    }

    #[test]
    fn families_take_turns() {
        let (four, six) = (["192.0.2.1:1", "192.0.2.2:1"], ["[2001:db8::1]:1", "[2001:db8::2]:1"]);
        for (given, expected, why) in [
            (&[][..], &[][..], "none"),
            (&four[..], &four[..], "one family"),
            (&[six[0], six[1], four[0]], &[six[0], four[0], six[1]], "IPv6 is preferred"),
            (&[four[0], four[1], six[0]], &[four[0], six[0], four[1]], "IPv4 is preferred"),
        ] {
            let parse = |addresses: &[&str]| -> Vec<SocketAddr> {
                addresses.iter().map(|address| address.parse().unwrap()).collect()
            };
            assert_eq!(in_turn(parse(given)), parse(expected), "{why}");
        }
    }
}
