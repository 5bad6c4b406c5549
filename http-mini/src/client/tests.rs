//! The client with scripted servers, for faults that real servers do not have on demand.

mod downloads;
mod redirects;
mod requests;
mod segments;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use common::client::{Reporter, Retries};
use common::net::tls::client::{TlsClient, Trust};

use super::{Client, ClientSettings, Proxies, Resource};

/// A server that sends these responses, one for each request. A response that ends with [`CLOSE`] closes its
/// connection; the next request uses another one.
struct Scripted {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
    /// The replacement for BACK.
    back: Arc<Mutex<String>>,
}

const CLOSE: &str = "<close>";

impl Scripted {
    fn new(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (known, back) = (Arc::clone(&asked), Arc::default());
        let other: Arc<Mutex<String>> = Arc::clone(&back);
        // HERE is replaced by the server's own URL.
        let answers: Vec<_> = answers.iter().map(|answer| answer.replace("HERE", &url)).collect();
        thread::spawn(move || {
            let mut answers = answers.into_iter().peekable();
            while answers.peek().is_some() {
                let (mut peer, _) = listener.accept().unwrap();
                while let Some(request) = read_request(&mut peer) {
                    known.lock().unwrap().push(request);
                    let Some(answer) = answers.next() else { return };
                    let answer = answer.replace("BACK", &other.lock().unwrap());
                    let last = answer.strip_suffix(CLOSE);
                    let text: Vec<u8> = last.unwrap_or(&answer).chars().map(|letter| letter as u8).collect();
                    if peer.write_all(&text).is_err() || last.is_some() {
                        break;
                    }
                }
            }
        });
        Self { url, asked, back }
    }

    /// Replaces BACK in its responses by another server's URL.
    fn learn(&self, url: &str) {
        url.clone_into(&mut self.back.lock().unwrap());
    }

    /// The received requests: heads with their content.
    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn read_request(peer: &mut TcpStream) -> Option<String> {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") {
        peer.read_exact(&mut byte).ok()?;
        text.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&text).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut content = vec![0; length.unwrap_or(0)];
    peer.read_exact(&mut content).ok()?;
    Some(String::from_utf8_lossy(&[text, content].concat()).into_owned())
}

/// The resource of a URL, without options.
fn resource(url: &str) -> Resource {
    Resource { retries: RETRIES, ..Resource::new(client(), url.parse().unwrap()) }
}

/// A client that ignores the environment.
fn client() -> Client {
    Client::new(options())
}

fn options() -> ClientSettings {
    let tls = TlsClient::new(&Trust::Anyone).unwrap();
    ClientSettings { proxies: Proxies::default(), tls: Some(tls), ..ClientSettings::default() }
}

fn quiet() -> Reporter {
    Reporter::default()
}

/// One retry, so that a test is short.
const RETRIES: Retries = Retries(1);
