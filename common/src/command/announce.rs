//! A server's lines on standard output: the URL of each listener with its actual port, the fingerprint of a
//! self-signed certificate, then `ready`. On a terminal also the addresses of this machine on its networks,
//! and a QR code.

use std::io::{self, IsTerminal, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use crate::net::endpoint::Endpoint;
use crate::net::listen::machine_name;

/// Black on white, of the 256 colours, which no theme changes: the code scans on dark and on light terminals.
const QR_COLOURS: &str = "\x1b[38;5;16;48;5;231m";
const NO_COLOURS: &str = "\x1b[0m";

/// Prints each listener's URL, which has the scheme and the actual port, and the SHA-256 fingerprint of a self-signed
/// certificate.
pub fn announce(listeners: &[(&'static str, Endpoint)], fingerprint: Option<&str>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for (scheme, endpoint) in listeners {
        match endpoint {
            Endpoint::Inet(address) => writeln!(out, "{}", address.url(scheme))?,
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

fn networks(out: &mut impl Write, listeners: &[(&'static str, Endpoint)]) -> io::Result<()> {
    let mut first = None;
    let name = String::from_utf8(machine_name()).unwrap_or_default();
    let local_name = match name.split('.').next().unwrap_or_default() {
        "" | "localhost" => None,
        label => Some(format!("{label}.local")),
    };
    for (scheme, endpoint) in listeners {
        let Endpoint::Inet(address) = endpoint else { continue };
        if !address.is_any() {
            continue;
        }
        let only_ipv4 = address.host_or("") == Ipv4Addr::UNSPECIFIED.to_string();
        for ip in reachable(only_ipv4) {
            let url = format!("{scheme}://{}/", SocketAddr::new(ip, address.port()));
            writeln!(out, "  on the network: {url}")?;
            first.get_or_insert(url);
        }
        if let Some(name) = &local_name {
            writeln!(out, "  on the network: {scheme}://{name}:{}/", address.port())?;
        }
    }
    match first.map(QrCode::new) {
        Some(Ok(code)) => out.write_all(qr_text(&code).as_bytes()),
        _ => Ok(()),
    }
}

/// The code with its quiet zone. A dark module is a block in the foreground colour.
fn qr_text(code: &QrCode) -> String {
    let rows = code.render::<Dense1x2>().build();
    rows.lines().map(|row| format!("{QR_COLOURS}{row}{NO_COLOURS}\n")).collect()
}

/// The addresses of this machine for other machines.
pub(super) fn reachable(only_ipv4: bool) -> Vec<IpAddr> {
    let is_reachable = |ip: &IpAddr| match ip {
        IpAddr::V4(v4) => !v4.is_loopback() && !v4.is_link_local(),
        IpAddr::V6(v6) => !only_ipv4 && !v6.is_loopback() && !v6.is_unicast_link_local(),
    };
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    interfaces.into_iter().map(|interface| interface.ip()).filter(is_reachable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every module has its colour from the code, none from the terminal's theme.
    #[test]
    fn a_qr_code_sets_both_colours() {
        let code = QrCode::new("http://192.0.2.7:8080/").unwrap();
        let text = qr_text(&code);
        // Two rows of modules in a line, with four modules of quiet zone on each side.
        assert_eq!(text.lines().count(), (code.width() + 8).div_ceil(2));
        for line in text.lines() {
            let row = line.strip_prefix(QR_COLOURS).and_then(|row| row.strip_suffix(NO_COLOURS)).unwrap();
            assert_eq!(row.chars().count(), code.width() + 8);
            assert!(row.starts_with("    "), "a light quiet zone: {row}");
        }
    }
}
