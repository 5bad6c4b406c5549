//! The findings of a TLS scanner at both ports.

use super::served;
use crate::harness::Server;
use crate::harness::program::{run, tool};

/// RFC 8996: nothing older than TLS 1.2.
#[test]
fn testssl_finds_tls_1_2_and_1_3_only() {
    let (tree, _) = served();
    let server = Server::both(&tree, &["--quiet", "--tls", "self-signed", "--ftps", "127.0.0.1:0"]);
    for (scheme, options) in [("https", &[][..]), ("ftps", &[]), ("ftp", &["--starttls", "ftp"])] {
        let mut testssl = tool("testssl");
        testssl.args(["--quiet", "--color", "0", "--warnings", "off", "--protocols"]).args(options);
        testssl.arg(server.address(scheme).to_string());
        let found = run(&mut testssl);
        let found = String::from_utf8_lossy(&found.out).into_owned();
        for (version, expected) in [
            ("SSLv2", "not offered (OK)"),
            ("SSLv3", "not offered (OK)"),
            ("TLS 1  ", "not offered"),
            ("TLS 1.1", "not offered"),
            ("TLS 1.2", "offered (OK)"),
            ("TLS 1.3", "offered (OK)"),
        ] {
            let line = found.lines().map(str::trim).find_map(|line| line.strip_prefix(version));
            let verdict = line.unwrap_or_else(|| panic!("{scheme}: no {version} in {found}")).trim();
            assert!(verdict.starts_with(expected), "{scheme}: {version} {verdict}");
        }
    }
}
