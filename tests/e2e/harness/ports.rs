//! Free TCP ports for programs that must be given a port number, such as peers and passive port ranges. A
//! port stays reserved until the test process ends, so no two tests use the same one.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr as UnixAddr, UnixListener};
use std::sync::{Mutex, PoisonError};

use rustix::net::sockopt::set_socket_reuseaddr;
use rustix::net::{AddressFamily, SocketType, bind, socket};

/// The ports lie below those that the kernel assigns to outgoing connections (ip(7), `ip_local_port_range`).
const FIRST: u16 = 10_000;
/// Ports in a block. A test process reserves whole blocks.
const BLOCK: u16 = 50;
const BLOCKS: u16 = 400;

/// A block of ports that belongs to this process.
struct Block {
    /// An abstract name, which the kernel frees when the process ends, however it ends.
    _reservation: UnixListener,
    next: u16,
    end: u16,
}

impl Block {
    fn reserve() -> Self {
        // Processes that start together begin their search in different places.
        let start = (std::process::id() * 7) as u16 % BLOCKS;
        let found = (0..BLOCKS).map(|step| (start + step) % BLOCKS).find_map(|block| {
            let name = UnixAddr::from_abstract_name(format!("http-and-ftp-tests-ports-{block}")).unwrap();
            let _reservation = UnixListener::bind_addr(&name).ok()?;
            let next = FIRST + block * BLOCK;
            Some(Self { _reservation, next, end: next + BLOCK })
        });
        found.expect("other test processes have reserved all ports")
    }
}

/// An address on the loopback interface that nothing listens on.
pub(crate) fn free_address() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, *free_ports(1).start()).into()
}

/// Consecutive ports that nothing listens on, at most `BLOCK`.
pub(crate) fn free_ports(count: u16) -> RangeInclusive<u16> {
    static RESERVED: Mutex<Vec<Block>> = Mutex::new(Vec::new());
    let mut reserved = RESERVED.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        match reserved.last_mut().filter(|block| block.next + count <= block.end) {
            Some(block) => {
                let ports = block.next..=block.next + (count - 1);
                block.next += count;
                if ports.clone().all(is_free) {
                    return ports;
                }
            }
            None => reserved.push(Block::reserve()),
        }
    }
}

/// Tries a port without listening on it: a test that waits for its peer there would connect to us.
fn is_free(port: u16) -> bool {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    set_socket_reuseaddr(&socket, true).unwrap();
    bind(&socket, &SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))).is_ok()
}
