//! The server that a client of echo or chat talks to, in clear or over TLS.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use clap::Args;
use common::command::{Failure, TrustOptions};
use common::net::tls::client::{ConnectError, Sender};

#[derive(Args)]
pub(crate) struct Remote {
    /// The server: IP:PORT
    #[arg(value_name = "ADDR", value_parser = address)]
    pub(crate) to: SocketAddr,

    /// Speak TLS
    #[arg(long, help_heading = "TLS")]
    tls: bool,

    #[command(flatten)]
    trust: TrustOptions,
}

/// The way to the server.
pub(crate) enum Sending {
    Plain(TcpStream),
    Tls(Sender),
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "write it like 127.0.0.1:7070 or [::1]:7070")
}

impl Remote {
    /// Both ways of a new connection; a thread each can use them.
    pub(crate) fn connect(&self) -> anyhow::Result<(Box<dyn Read + Send>, Sending)> {
        if !self.tls && self.trust.are_given() {
            return Err(Failure::Usage("--cacert and --insecure go with --tls".into()).into());
        }
        let client = self.tls.then(|| self.trust.client()).transpose()?;
        let to = self.to;
        let failed = |what: String| Failure::Network(format!("cannot connect to {to}: {what}"));
        let socket =
            TcpStream::connect(to).map_err(|error| failed(format!("{error}; is the server running?")))?;
        let Some(client) = client else {
            return Ok((Box::new(socket.try_clone()?), Sending::Plain(socket)));
        };
        let connected = client.connect(socket, &to.ip().to_string());
        let (receiver, sender) = connected.map_err(|error| match error {
            ConnectError::Untrusted(_) => {
                failed(format!("{error}; trust it with --cacert FILE, or whoever answers with --insecure"))
            }
            ConnectError::Failed(_) => failed(format!("{error}; does the server speak TLS?")),
        })?;
        Ok((Box::new(receiver), Sending::Tls(sender)))
    }
}

impl Sending {
    /// Ends our side; what comes can be read on.
    pub(crate) fn finish(self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.shutdown(Shutdown::Write),
            Self::Tls(sender) => sender.finish(),
        }
    }
}

impl Write for Sending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(sender) => sender.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(sender) => sender.flush(),
        }
    }
}
