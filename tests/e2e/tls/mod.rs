//! TLS with other implementations: OpenSSL in curl, Python and itself, GnuTLS in wget; and with our own
//! client.

mod ftp;
mod handshakes;
mod https;
mod renewal;
mod services;

/// The first half of a ClientHello (RFC 8446 section 4.1.2).
fn half_a_hello() -> Vec<u8> {
    [&[22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3][..], &[7; 100]].concat()
}

/// Runs a script after the common preamble; returns its output.
fn python(script: &str) -> String {
    const BEGIN: &str = r#"
import http.client, os, socket, ssl, struct, sys, time
host, port = "127.0.0.1", int(sys.argv[1])
anyone = ssl.create_default_context()
anyone.check_hostname = False
anyone.verify_mode = ssl.CERT_NONE
def connect():
    return anyone.wrap_socket(socket.create_connection((host, port), timeout=20))
def until_end(stream):
    data = b""
    while piece := stream.recv(65536):
        data += piece
    return data
"#;
    format!("{BEGIN}{script}\nprint('done')\n")
}
