//! A server's lines on standard output: the URL of each listener with its actual port, the fingerprint of a
//! self-signed certificate, then `ready`. On a terminal also the addresses of this machine on its networks,
//! and a QR code.

use std::io::{self, IsTerminal, Write};
use std::net::{IpAddr, SocketAddr};

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use crate::net::listen::Address;

/// Prints each listener's address, with the scheme of its URL, and the SHA-256 fingerprint of a self-signed
/// certificate.
pub fn announce(listeners: &[(&'static str, Address)], fingerprint: Option<&str>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for (scheme, address) in listeners {
        match address {
            Address::Inet(address) => writeln!(out, "{}", url(scheme, *address))?,
            unix => writeln!(out, "{unix}")?,
        }
    }
    if let Some(fingerprint) = fingerprint {
        writeln!(out, "certificate SHA-256 {fingerprint}")?;
    }
    if out.is_terminal() {
        networks(&mut out, listeners)?;
    }
    writeln!(out, "ready")?;
    out.flush()
}

fn url(scheme: &str, address: SocketAddr) -> String {
    format!("{scheme}://{address}/")
}

fn networks(out: &mut impl Write, listeners: &[(&'static str, Address)]) -> io::Result<()> {
    let mut first = None;
    for (scheme, address) in listeners {
        let Address::Inet(address) = address else { continue };
        if !address.ip().is_unspecified() {
            continue;
        }
        for ip in reachable(address.is_ipv4()) {
            let url = url(scheme, SocketAddr::new(ip, address.port()));
            writeln!(out, "  on the network: {url}")?;
            first.get_or_insert(url);
        }
    }
    match first.map(QrCode::new) {
        Some(Ok(code)) => writeln!(out, "{}", code.render::<Dense1x2>().build()),
        _ => Ok(()),
    }
}

/// The addresses at which other machines reach this one.
pub(super) fn reachable(only_ipv4: bool) -> Vec<IpAddr> {
    let is_reachable = |ip: &IpAddr| match ip {
        IpAddr::V4(v4) => !v4.is_loopback() && !v4.is_link_local(),
        IpAddr::V6(v6) => !only_ipv4 && !v6.is_loopback() && !v6.is_unicast_link_local(),
    };
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    interfaces.into_iter().map(|interface| interface.ip()).filter(is_reachable).collect()
}
