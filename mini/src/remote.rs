//! The server that a client of echo or chat talks to, unencrypted or over TLS, and the client's input.

use std::io::{self, Read as _};
use std::time::Duration;

use clap::Args;
use common::client::{self, Dialer, Fault, FaultKind};
use common::command::{CommandFailure, TraceOptions, TrustOptions, interruptible};
use common::net::conn::{Conn, ConnTimeouts};
use common::net::endpoint::HostPort;
use common::net::tls::client::{ConnectError, TlsClient};
use common::net::trace::{Sender, Tracer};
use tokio::sync::mpsc;

/// Bytes of input that are read at a time (32 KiB).
pub(crate) const PIECE: usize = 32 << 10;

/// Users may be silent for a day; the server must read input within a minute.
const PATIENCE: ConnTimeouts = ConnTimeouts {
    idle: Some(Duration::from_secs(24 * 3_600)),
    value: Duration::from_secs(60),
    stall: Duration::from_secs(60),
    rate: 1,
};

#[derive(Args)]
pub(crate) struct Remote {
    /// The server: HOST:PORT, IP:PORT, or PORT (on this machine)
    #[arg(value_name = "ADDR")]
    pub(crate) to: HostPort,

    /// Use TLS
    #[arg(long, help_heading = "TLS")]
    tls: bool,

    #[command(flatten)]
    trust: TrustOptions,

    #[command(flatten)]
    trace: TraceOptions,
}

/// The host of a server whose ADDR is a port.
pub(crate) const THIS_MACHINE: &str = "localhost";

impl Remote {
    /// Connects, and runs `talk` until it or the user ends.
    pub(crate) fn talk<F>(&self, talk: impl FnOnce(Conn) -> F) -> anyhow::Result<()>
    where
        F: Future<Output = Result<(), Fault>>,
    {
        if !self.tls && self.trust.are_given() {
            return Err(CommandFailure::Usage("--cacert, --pin and --insecure go with --tls".into()).into());
        }
        let tls = self.tls.then(|| self.trust.client()).transpose()?;
        let tracer = self.trace.tracer()?;
        let work = async { talk(self.connect(tls, tracer).await?).await };
        Ok(client::run(interruptible(None, work))?.map_err(CommandFailure::Fault)?)
    }

    async fn connect(&self, tls: Option<TlsClient>, tracer: Option<Tracer>) -> Result<Conn, Fault> {
        let (host, port) = (self.to.host_or(THIS_MACHINE), self.to.port());
        let conn = Dialer::default().connect(host, port).await?;
        let mut conn = conn.traced(tracer.as_ref(), Sender::Client, || None);
        conn.set_timeouts(PATIENCE);
        let Some(tls) = tls else { return Ok(conn) };
        conn.connect_tls(&tls, host).await.map_err(|error| {
            let hint = match error {
                ConnectError::Untrusted(_) => {
                    "; trust it with --cacert FILE or --pin, or do not verify it with --insecure"
                }
                ConnectError::NotPinned => "",
                ConnectError::Failed(_) => "; does the server speak TLS?",
            };
            Fault::new(FaultKind::Network, format!("cannot connect to {host}:{port}: {error}{hint}"))
        })?;
        Ok(conn)
    }
}

/// Standard input, piece by piece. A thread reads it, since such a read cannot be cancelled.
pub(crate) fn standard_input() -> mpsc::Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel(1);
    std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        loop {
            let mut piece = vec![0; PIECE];
            let read = input.read(&mut piece).map(|read| piece.truncate(read));
            let is_last = piece.is_empty() || read.is_err();
            if sender.blocking_send(read.map(|()| piece)).is_err() || is_last {
                return;
            }
        }
    });
    receiver
}

pub(crate) fn lost(error: &io::Error) -> Fault {
    Fault::io("the connection failed", error)
}
