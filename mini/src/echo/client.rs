//! The client of echo, over TCP and over UDP.

use std::io::{self, BufRead, Write};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use anyhow::Context as _;
use common::client::{Fault, FaultKind, Outlet};
use common::command::CommandFailure;
use common::net::conn::Conn;
use common::net::endpoint::HostPort;
use tokio::time::sleep;

use crate::remote::{PIECE, Remote, THIS_MACHINE, lost, standard_input};

/// How long to wait for the answer to a datagram.
const ANSWER: Duration = Duration::from_secs(2);
/// How long the rest of the answers is awaited after the end of the input, while nothing arrives.
const SILENCE: Duration = Duration::from_secs(10);
/// The next piece is sent while fewer bytes than this are in transit (32 KiB). A server that waits until its
/// answers are read accepts no more than the buffers of both sockets hold.
const WINDOW: u64 = 32 << 10;

pub(super) fn over_tcp(remote: &Remote) -> anyhow::Result<()> {
    remote.talk(exchange)
}

async fn exchange(mut conn: Conn) -> Result<(), Fault> {
    let (mut input, mut out) = (standard_input(), Outlet::standard_output()?);
    let (mut sent, mut is_over) = (0_u64, false);
    loop {
        let may_send = !is_over && sent.saturating_sub(out.received()) <= WINDOW;
        tokio::select! {
            piece = input.recv(), if may_send => {
                let piece = piece.unwrap_or(Ok(Vec::new()));
                let piece = piece.map_err(|error| Fault::unreadable("standard input", &error))?;
                is_over = piece.is_empty();
                sent += piece.len() as u64;
                conn.write(&piece).await.map_err(|error| lost(&error))?;
                if is_over {
                    conn.end().await.map_err(|error| lost(&error))?;
                }
            }
            () = sleep(SILENCE), if is_over => {
                return Err(Fault::new(
                    FaultKind::Network,
                    format!("the server sent back {} of {sent} bytes, then nothing for 10 s", out.received()),
                ));
            }
            came = conn.receive(out.room(), PIECE) => {
                if came.map_err(|error| lost(&error))? == 0 {
                    break;
                }
            }
        }
        out.advance().await?;
        if is_over && out.received() > sent {
            // It may never end the connection.
            let received = out.received();
            return Err(Fault::new(
                FaultKind::Network,
                format!("the server sent {received} bytes for {sent} bytes"),
            ));
        }
    }
    let received = out.received();
    out.finish().await?;
    match is_over && sent == received {
        true => Ok(()),
        false => {
            Err(Fault::new(FaultKind::Network, format!("the server sent back {received} of {sent} bytes")))
        }
    }
}

/// Sends each line of standard input, without its end, as a datagram and prints its answer.
pub(super) fn over_udp(server: &HostPort) -> anyhow::Result<()> {
    let unknown = |error| CommandFailure::Network(format!("cannot reach {server}: {error}; check the name"));
    let found = server.resolve(THIS_MACHINE).map_err(unknown)?;
    let to = *found.first().context("the name has no address")?;
    let any: SocketAddr = if to.is_ipv4() { ([0; 4], 0).into() } else { ([0u16; 8], 0).into() };
    let socket = UdpSocket::bind(any)?;
    socket.connect(to)?;
    socket.set_read_timeout(Some(ANSWER))?;
    let mut answer = vec![0; 65_536];
    for line in io::stdin().lock().split(b'\n') {
        let line = line?;
        let silent = |_| {
            CommandFailure::Network(format!(
                "no response from {to}; datagrams can be lost, or no server is listening"
            ))
        };
        socket.send(&line).and_then(|_| socket.recv(&mut answer)).map_err(silent).and_then(|length| {
            let answer = answer.get(..length).unwrap_or_default();
            let mut out = io::stdout().lock();
            let printed = out.write_all(answer).and_then(|()| out.write_all(b"\n"));
            printed.map_err(|error| CommandFailure::Network(format!("cannot print the answer: {error}")))
        })?;
    }
    Ok(())
}
