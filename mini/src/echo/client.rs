//! The client of echo, on blocking sockets.

use std::io::{self, BufRead, Write};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use common::command::Failure;

use crate::remote::Remote;

/// How long an answer to a datagram is waited for.
const ANSWER: Duration = Duration::from_secs(2);

/// Sends standard input and prints what comes back, both at once: a server that waits for its answers
/// to be read would else never read the rest.
pub(super) fn over_tcp(remote: &Remote) -> anyhow::Result<()> {
    let (mut receiving, mut sending) = remote.connect()?;
    let to = remote.to;
    let sender = std::thread::spawn(move || {
        let sent = io::copy(&mut io::stdin().lock(), &mut sending)?;
        sending.finish()?;
        io::Result::Ok(sent)
    });
    let cut = |error| Failure::Network(format!("the connection to {to} failed: {error}"));
    let received = io::copy(&mut receiving, &mut io::stdout().lock()).map_err(cut)?;
    let sent = sender.join().unwrap_or_else(|_panic| Err(io::Error::other("sending failed"))).map_err(cut)?;
    if sent != received {
        return Err(Failure::Network(format!("{to} sent back {received} of {sent} bytes")).into());
    }
    Ok(())
}

/// Sends each line of standard input, without its end, as a datagram and prints its answer.
pub(super) fn over_udp(to: SocketAddr) -> anyhow::Result<()> {
    let any: SocketAddr = if to.is_ipv4() { ([0; 4], 0).into() } else { ([0u16; 8], 0).into() };
    let socket = UdpSocket::bind(any)?;
    socket.connect(to)?;
    socket.set_read_timeout(Some(ANSWER))?;
    let mut answer = vec![0; 65_536];
    for line in io::stdin().lock().split(b'\n') {
        let line = line?;
        let silent =
            |_| Failure::Network(format!("no answer from {to}; datagrams can be lost, or nobody listens"));
        socket.send(&line).and_then(|_| socket.recv(&mut answer)).map_err(silent).and_then(|length| {
            let answer = answer.get(..length).unwrap_or_default();
            let mut out = io::stdout().lock();
            let printed = out.write_all(answer).and_then(|()| out.write_all(b"\n"));
            printed.map_err(|error| Failure::Network(format!("cannot print the answer: {error}")))
        })?;
    }
    Ok(())
}
