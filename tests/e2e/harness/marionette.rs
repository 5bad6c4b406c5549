//! Firefox, driven over Marionette, the protocol behind its WebDriver: JSON messages over TCP, each with its length
//! before it (<https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html>).
//!
//! ```text
//! 60:[0,1,"WebDriver:Navigate",{"url":"http://localhost:8080/"}]
//! ```

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::peers::program;
use super::{Tree, wait_until};

pub(super) struct Marionette {
    browser: Child,
    stream: TcpStream,
    /// Messages that were sent.
    sent: u64,
}

impl Marionette {
    /// A headless Firefox with an empty profile, which saves downloads in a directory.
    pub(super) fn start(profile: &Tree, downloads: &Path) -> Self {
        let preferences = [
            // Any port; it is written to a file of the profile.
            ("marionette.port", json!(0)),
            ("browser.download.folderList", json!(2)),
            ("browser.download.dir", json!(downloads)),
            ("browser.download.always_ask_before_handling_new_types", json!(false)),
            ("intl.accept_languages", json!("en-US, en")),
        ];
        let lines = preferences.map(|(name, value)| format!("user_pref(\"{name}\", {value});\n"));
        profile.file("user.js", lines.concat());
        let browser = program("firefox-esr")
            .args(["--headless", "--marionette", "--no-remote", "--profile"])
            .arg(profile.path())
            .env("HOME", profile.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let port = || fs::read_to_string(profile.join("MarionetteActivePort")).ok()?.parse().ok();
        wait_until(|| port().is_some());
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port().unwrap())).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut this = Self { browser, stream, sent: 0 };
        assert_eq!(this.receive()["marionetteProtocol"], 3);
        this.command("WebDriver:NewSession", &json!({}));
        this
    }

    pub(super) fn command(&mut self, name: &str, parameters: &Value) -> Value {
        self.sent += 1;
        let message = json!([0, self.sent, name, parameters]).to_string();
        self.stream.write_all(format!("{}:{message}", message.len()).as_bytes()).unwrap();
        let answer = self.receive();
        assert_eq!(answer[2], Value::Null, "{name} {parameters}");
        answer[3].clone()
    }

    fn receive(&mut self) -> Value {
        let (mut length, mut byte) = (0, [0]);
        loop {
            self.stream.read_exact(&mut byte).unwrap();
            match byte[0] {
                b':' => break,
                digit => length = length * 10 + usize::from(digit - b'0'),
            }
        }
        let mut message = vec![0; length];
        self.stream.read_exact(&mut message).unwrap();
        serde_json::from_slice(&message).unwrap()
    }
}

impl Drop for Marionette {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.command("Marionette:Quit", &json!({"flags": ["eForceQuit"]}));
        }
        let _ = self.browser.kill();
        let _ = self.browser.wait();
    }
}
