//! TLS 1.3: requests on established connections, and new connections with full handshakes.
//!
//! The client accepts any certificate and verifies no signature, so that this side is not the bottleneck. It
//! offers what both servers support: X25519 and AES-128-GCM.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs::{cipher_suite, default_provider, kx_group};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::version::TLS13;
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};

use super::answer::{exchange, read_answer};
use super::load::Ask;
use super::peers::Peers;
use crate::report::{self, Goals};
use crate::rounds::{Load, Plan, compare};
use crate::server::Server;

/// Concurrent new connections.
const AT_ONCE: usize = 16;
/// Timeout of an expected response.
const SILENCE_LIMIT: Duration = Duration::from_secs(5);
/// The largest ratio of our CPU time to nginx's.
const GOAL: f64 = 0.9;

pub(super) struct Case {
    pub(super) name: &'static str,
    title: &'static str,
    unit: &'static str,
    is_new: bool,
}

pub(super) const CASES: [Case; 2] = [
    Case { name: "tls", title: "1 KiB over TLS 1.3, 64 connections", unit: "requests", is_new: false },
    Case { name: "tls-new", title: "new TLS 1.3 connections, 1 KiB each", unit: "connections", is_new: true },
];

impl Case {
    pub(super) fn measure(&self, plan: &Plan, peers: &Peers, ask: &Ask) -> Result<report::Case> {
        report::progress(self.title);
        let servers = peers.servers_with_tls()?;
        let servers: Vec<&Server> = servers.iter().collect();
        let config = Arc::new(config()?);
        let outcomes = match self.is_new {
            false => compare(plan, &servers, |server| Established::connect(server.address, &config, ask)),
            true => compare(plan, &servers, |server| {
                Ok(NewConnections { address: server.address, config: Arc::clone(&config), ask })
            }),
        };
        let outcomes = outcomes.with_context(|| format!("case {}", self.name))?;
        let goals = Goals { cpu_to_peer: Some(GOAL), cpu_to_floor: None, rate_to_peer: 1.0 };
        Ok(report::Case { name: self.name, title: self.title, unit: self.unit, goals, outcomes })
    }
}

fn config() -> Result<ClientConfig> {
    let mut provider = default_provider();
    provider.kx_groups = vec![kx_group::X25519];
    provider.cipher_suites = vec![cipher_suite::TLS13_AES_128_GCM_SHA256];
    let mut config = ClientConfig::builder_with_provider(provider.into())
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AcceptAnyCertificate))
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(config)
}

fn session(config: &Arc<ClientConfig>) -> Result<ClientConnection> {
    let name = ServerName::from(std::net::IpAddr::from(Ipv4Addr::LOCALHOST));
    Ok(ClientConnection::new(Arc::clone(config), name)?)
}

fn connect(address: SocketAddr) -> Result<TcpStream> {
    let socket = TcpStream::connect(address).context("cannot connect")?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(SILENCE_LIMIT))?;
    Ok(socket)
}

/// Established connections: all send their requests, then all responses are read.
struct Established<'a> {
    streams: Vec<StreamOwned<ClientConnection, TcpStream>>,
    ask: &'a Ask<'a>,
}

impl<'a> Established<'a> {
    fn connect(address: SocketAddr, config: &Arc<ClientConfig>, ask: &'a Ask<'a>) -> Result<Self> {
        let mut streams = Vec::with_capacity(ask.connections);
        for _ in 0..ask.connections {
            let mut stream = StreamOwned::new(session(config)?, connect(address)?);
            exchange(&mut stream, &ask.request, &ask.expected)?;
            streams.push(stream);
        }
        Ok(Self { streams, ask })
    }
}

impl Load for Established<'_> {
    fn run(&mut self, length: Duration) -> Result<f64> {
        let end = Instant::now() + length;
        let mut answered = 0;
        while answered == 0 || Instant::now() < end {
            for stream in &mut self.streams {
                stream.write_all(&self.ask.request)?;
            }
            for stream in &mut self.streams {
                read_answer(stream, &self.ask.expected)?;
            }
            answered += self.streams.len();
        }
        Ok(answered as f64)
    }
}

/// A connection for each request.
struct NewConnections<'a> {
    address: SocketAddr,
    config: Arc<ClientConfig>,
    ask: &'a Ask<'a>,
}

impl Load for NewConnections<'_> {
    fn run(&mut self, length: Duration) -> Result<f64> {
        let end = Instant::now() + length;
        let mut answered = 0;
        while answered == 0 || Instant::now() < end {
            let mut streams = Vec::with_capacity(AT_ONCE);
            for _ in 0..AT_ONCE {
                let mut stream = StreamOwned::new(session(&self.config)?, connect(self.address)?);
                stream.conn.write_tls(&mut stream.sock)?;
                streams.push(stream);
            }
            for stream in &mut streams {
                // This write also completes the handshake.
                stream.write_all(&self.ask.request)?;
            }
            for mut stream in streams {
                read_answer(&mut stream, &self.ask.expected)?;
                answered += 1;
            }
        }
        Ok(answered as f64)
    }
}

/// Accepts any certificate.
#[derive(Debug)]
struct AcceptAnyCertificate;

impl ServerCertVerifier for AcceptAnyCertificate {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _chain: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        default_provider().signature_verification_algorithms.supported_schemes()
    }
}
