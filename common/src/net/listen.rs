//! Listening sockets: the addresses of a server, and sharing one address between threads.

use std::ffi::OsStr;
use std::fmt;
use std::fs::Permissions;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::io::ioctl_fionbio;
use rustix::net::{
    AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, getsockname, listen, socket_with, sockopt,
};
use rustix::system::uname;
use tokio::io::Interest;

use crate::net::peer::{Peer, TrustedProxy};
use crate::net::socket::Socket;
use crate::net::system;
use crate::net::tls::Tls;
use crate::net::trace::Tracer;

/// Connections that the kernel queues until they are accepted; it may lower this (`net.core.somaxconn`). With
/// the pool engine, clients wait in this queue.
const BACKLOG: i32 = 4_096;
/// How long, in seconds, a silent connection whose client speaks first is not accepted. Meanwhile the kernel
/// keeps it half open.
const SILENT: i32 = 1;

/// The address of a listening socket: `[::]:8080`, `127.0.0.1:0` or `unix:/run/mini.sock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// An IP address and port. With port 0 the kernel chooses one; `[::]` accepts IPv4 as well.
    Inet(SocketAddr),
    /// A path in the file system.
    Unix(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// The name of this machine, with or without its domain.
pub fn machine_name() -> Vec<u8> {
    uname().nodename().to_bytes().to_vec()
}

/// A bound and listening socket, not yet on any thread.
#[derive(Debug)]
pub struct Listener {
    socket: OwnedFd,
    address: Address,
    /// The path of a Unix socket, which is removed with its first owner.
    path: Option<PathBuf>,
    /// The service manager has bound it, and passes it again to the next process.
    is_inherited: bool,
    /// TLS from the first byte of a connection, or none.
    tls: Option<Tls>,
    tracer: Option<Tracer>,
    /// Peers whose connections begin with a PROXY header.
    proxies: Arc<[TrustedProxy]>,
}

impl Listener {
    /// Binds and listens. `[::]` falls back to `0.0.0.0` on a machine without IPv6.
    ///
    /// The first socket of an address is bound without SO_REUSEPORT, so a port on which another process
    /// listens is detected; the siblings for other threads share it afterwards.
    pub fn bind(address: &Address) -> io::Result<Self> {
        Self::bind_with_mode(address, None)
    }

    /// Like [`Self::bind`], with these permissions of a Unix socket, which are set before clients can
    /// connect. By default those that the umask leaves.
    pub fn bind_with_mode(address: &Address, mode: Option<u32>) -> io::Result<Self> {
        match address {
            Address::Inet(wanted) => match inet(*wanted, false) {
                Err(error) if wanted.ip().is_unspecified() && wanted.is_ipv6() && lacks_ipv6(&error) => {
                    let v4 = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), wanted.port());
                    Self::of_inet(inet(v4, false)?)
                }
                bound => Self::of_inet(bound?),
            },
            Address::Unix(path) => {
                let socket = unix(path, mode)?;
                let mut listener = Self::of(socket, address.clone());
                listener.path = Some(path.clone());
                Ok(listener)
            }
        }
    }

    fn of_inet(socket: OwnedFd) -> io::Result<Self> {
        let address = Address::Inet(SocketAddr::try_from(getsockname(&socket)?)?);
        Ok(Self::of(socket, address))
    }

    fn of(socket: OwnedFd, address: Address) -> Self {
        Self {
            socket,
            address,
            path: None,
            is_inherited: false,
            tls: None,
            tracer: None,
            proxies: Arc::default(),
        }
    }

    /// Takes a stream socket that the service manager has bound, and on which it listens
    /// ([sd_listen_fds(3)](https://www.freedesktop.org/software/systemd/man/sd_listen_fds.html)).
    pub fn inherit(descriptor: RawFd) -> io::Result<Self> {
        let socket = system::inherited(descriptor)?;
        if !sockopt::socket_acceptconn(&socket)? {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no listening stream socket"));
        }
        ioctl_fionbio(&socket, true)?;
        let bound = getsockname(&socket)?;
        let address = match SocketAddr::try_from(bound.clone()) {
            Ok(address) => {
                tune(&socket, address)?;
                Address::Inet(address)
            }
            Err(_) => {
                let name = SocketAddrUnix::try_from(bound)?;
                Address::Unix(
                    name.path_bytes().map(|path| OsStr::from_bytes(path).into()).unwrap_or_default(),
                )
            }
        };
        let mut listener = Self::of(socket, address);
        listener.is_inherited = true;
        Ok(listener)
    }

    /// The address with its actual port.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Sets TLS from the first byte of each connection.
    pub fn with_tls(mut self, tls: Option<Tls>) -> Self {
        self.tls = tls;
        self
    }

    /// The same, with a trace of each connection.
    pub fn with_tracer(mut self, tracer: Option<Tracer>) -> Self {
        self.tracer = tracer;
        self
    }

    /// The same for connections of these proxies, each of which begins with a PROXY header.
    pub fn with_proxies(mut self, proxies: Arc<[TrustedProxy]>) -> Self {
        self.proxies = proxies;
        self
    }

    pub(crate) fn is_proxy(&self, peer: Peer) -> bool {
        self.proxies.iter().any(|proxy| proxy.is(peer))
    }

    pub(crate) fn tracer(&self) -> Option<&Tracer> {
        self.tracer.as_ref()
    }

    pub(crate) fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    /// Another socket on the same address, to which the kernel sends a share of the connections.
    pub(crate) fn sibling(&self) -> io::Result<Self> {
        let Address::Inet(address) = self.address else { return self.duplicate() };
        // Connections in the queue of another socket would be lost when this process ends.
        if self.is_inherited {
            return self.duplicate();
        }
        sockopt::set_socket_reuseport(&self.socket, true)?;
        Ok(self.share(inet(address, true)?))
    }

    /// The same socket for another thread: all threads accept from one queue.
    pub(crate) fn duplicate(&self) -> io::Result<Self> {
        Ok(self.share(self.socket.try_clone()?))
    }

    fn share(&self, socket: OwnedFd) -> Self {
        let mut listener = Self::of(socket, self.address.clone());
        listener.is_inherited = self.is_inherited;
        listener.tls.clone_from(&self.tls);
        listener.tracer.clone_from(&self.tracer);
        listener.proxies = Arc::clone(&self.proxies);
        listener
    }

    /// For clients that speak first: a connection is accepted when it has input, so that a thread wakes only
    /// once for it. If the kernel does not support this, it is accepted at once.
    pub(crate) fn await_first_bytes(&self) {
        if let Address::Inet(_) = self.address {
            let _ = system::defer_accept(self.socket.as_fd(), SILENT);
        }
    }

    /// The socket for the thread that accepts from it.
    pub(crate) fn socket(&self) -> io::Result<Socket> {
        Ok(Socket::new(self.socket.try_clone()?))
    }
}

impl AsFd for Listener {
    /// The socket, which is non-blocking.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Drop for Listener {
    #[expect(clippy::disallowed_methods, reason = "our own socket's name, not a served file")]
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Connects to `to` from the address `from` (its port is not used). The caller limits the time.
pub async fn connect(to: SocketAddr, from: Option<SocketAddr>) -> io::Result<OwnedFd> {
    let socket = stream_socket(to)?;
    if let Some(mut from) = from {
        from.set_port(0);
        bind(&socket, &from)?;
    }
    match rustix::net::connect(&socket, &to) {
        Ok(()) => return Ok(socket),
        Err(rustix::io::Errno::INPROGRESS) => {}
        Err(error) => return Err(error.into()),
    }
    let pending = system::register(socket, Interest::WRITABLE)?;
    drop(pending.writable().await?);
    let socket = pending.into_inner();
    sockopt::socket_error(&socket)??;
    Ok(socket)
}

/// Connects to a Unix socket. It does not wait: while the server's queue of connections is full, the error is
/// `WouldBlock`.
pub fn connect_unix(path: &Path) -> io::Result<OwnedFd> {
    let socket = unix_socket()?;
    rustix::net::connect(&socket, &SocketAddrUnix::new(path)?)?;
    Ok(socket)
}

pub(super) fn stream_socket(address: SocketAddr) -> io::Result<OwnedFd> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(family, SocketType::STREAM, flags, None)?;
    tune(&socket, address)?;
    Ok(socket)
}

/// Sets options that accepted sockets inherit.
fn tune(socket: &OwnedFd, address: SocketAddr) -> io::Result<()> {
    // Responses are written whole, so waiting to fill a segment would only delay them.
    sockopt::set_tcp_nodelay(socket, true)?;
    if address.ip().is_loopback() {
        // Loopback traffic needs no congestion control. BBR, if the system uses it, would pace the output by
        // timers: 1 MiB was measured to take seven times as long. Every kernel has Reno.
        let _ = sockopt::set_tcp_congestion(socket, "reno");
    }
    Ok(())
}

fn inet(address: SocketAddr, share: bool) -> io::Result<OwnedFd> {
    let socket = stream_socket(address)?;
    // A restart must not wait for the old connections' TIME_WAIT.
    sockopt::set_socket_reuseaddr(&socket, true)?;
    if share {
        sockopt::set_socket_reuseport(&socket, true)?;
    }
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(&socket, !address.ip().is_unspecified())?;
    }
    bind(&socket, &address)?;
    listen(&socket, BACKLOG)?;
    Ok(socket)
}

/// Binds a path. A socket that a killed server left behind is replaced, one in use is not.
#[expect(clippy::disallowed_methods, reason = "our own socket's name, not a served file")]
fn unix(path: &PathBuf, mode: Option<u32>) -> io::Result<OwnedFd> {
    let address = SocketAddrUnix::new(path)?;
    let socket = unix_socket()?;
    let is_unused =
        || connect_unix(path).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
    match bind(&socket, &address) {
        Err(rustix::io::Errno::ADDRINUSE) if is_unused() => {
            std::fs::remove_file(path)?;
            bind(&socket, &address)?;
        }
        bound => bound?,
    }
    if let Some(mode) = mode {
        std::fs::set_permissions(path, Permissions::from_mode(mode))?;
    }
    listen(&socket, BACKLOG)?;
    Ok(socket)
}

fn unix_socket() -> io::Result<OwnedFd> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    Ok(socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?)
}

/// Whether the machine lacks this address or its family.
pub(super) fn lacks_ipv6(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let missing = [Errno::AFNOSUPPORT, Errno::ADDRNOTAVAIL];
    missing.iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpStream;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::net::accept;

    use super::*;

    #[test]
    fn local_connections_are_not_paced() {
        let control = |socket: &OwnedFd| sockopt::tcp_congestion(socket).unwrap();
        let default = control(
            &socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap(),
        );
        for (address, expected, why) in [
            ("127.0.0.1:0", "reno", "loopback"),
            ("127.9.9.9:0", "reno", "loopback as well"),
            ("0.0.0.0:0", &default, "any, and so the network's"),
            ("192.0.2.7:80", &default, "another machine's"),
        ] {
            assert_eq!(control(&stream_socket(address.parse().unwrap()).unwrap()), expected, "{why}");
        }
        let listening = inet("127.0.0.1:0".parse().unwrap(), false).unwrap();
        let _client =
            TcpStream::connect(SocketAddr::try_from(getsockname(&listening).unwrap()).unwrap()).unwrap();
        assert_eq!(control(&accept(&listening).unwrap()), "reno", "who is accepted inherits it");
    }

    #[test]
    fn connections_of_talking_clients_are_accepted_with_their_first_bytes() {
        let listener = Listener::bind(&Address::Inet("127.0.0.1:0".parse().unwrap())).unwrap();
        listener.await_first_bytes();
        let Address::Inet(at) = *listener.address() else { panic!("asked for an IP address") };
        let comes_within = |seconds| {
            let mut asked = [PollFd::new(&listener.socket, PollFlags::IN)];
            poll(&mut asked, Some(&Timespec { tv_sec: seconds, tv_nsec: 0 })).unwrap() > 0
        };
        for (says, ends, why) in [
            (&b"GET"[..], false, "something to read"),
            (b"", true, "the end is something as well"),
            (b"", false, "nothing, but not for ever"),
        ] {
            let mut client = Some(TcpStream::connect(at).unwrap());
            assert!(!comes_within(0), "{why}");
            client.as_mut().unwrap().write_all(says).unwrap();
            client.take_if(|_| ends);
            assert!(comes_within(10), "{why}");
            accept(&listener.socket).unwrap();
        }
    }
}
