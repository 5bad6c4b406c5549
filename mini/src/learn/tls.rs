//! `mini learn tls`: TLS for a learner's server in Rust, whose standard library has none (`learn::tls`).
//!
//! Standard input is the connection to the client, on which this process is the server of TLS; standard output is a
//! connection to the program, which carries the same bytes unencrypted. It ends with either of them.

use std::io;
use std::net::TcpStream;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use common::net::conn::Conn;
use common::net::peer::Peer;
use common::net::tls::{Files, Tls};

/// Bytes that are relayed at once.
const PIECE: usize = 16 << 10;

#[derive(Args)]
pub(crate) struct TlsRelay {
    /// PEM file of a certificate and its key
    #[arg(value_name = "FILE")]
    certificate: PathBuf,
}

impl TlsRelay {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let files = Files { certificate: self.certificate.clone(), key: self.certificate };
        let tls = Tls::from_files(files)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let relayed = runtime.block_on(async {
            let (mut client, program) = (conn(io::stdin().as_fd())?, conn(io::stdout().as_fd())?);
            client.start_tls(&tls, None).await?;
            relay(client, program).await
        });
        relayed.context("TLS")
    }
}

/// A connection that this process has inherited.
fn conn(inherited: BorrowedFd<'_>) -> io::Result<Conn> {
    let socket = TcpStream::from(inherited.try_clone_to_owned()?);
    socket.set_nonblocking(true)?;
    let peer = Peer::Inet(socket.peer_addr()?);
    Ok(Conn::new(socket.into(), peer))
}

/// Relays in both directions until the client or the program ends.
async fn relay(mut client: Conn, mut program: Conn) -> io::Result<()> {
    let (mut requests, mut answers) = (Vec::new(), Vec::new());
    loop {
        tokio::select! {
            received = client.receive(&mut requests, PIECE) => {
                if received? == 0 {
                    return Ok(());
                }
                program.out().append(&mut requests);
                program.flush().await?;
            }
            received = program.receive(&mut answers, PIECE) => {
                if received? == 0 {
                    // With close_notify: the client sees that nothing is missing.
                    return client.finish().await;
                }
                client.out().append(&mut answers);
                client.flush().await?;
            }
        }
    }
}
