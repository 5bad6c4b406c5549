//! A connection to the HTTP server. The script is what a client sends; at each byte 0xFE it waits a moment, so that the
//! server reads what came before. The responses are parsed by the client's parsers, without a violation.
#![no_main]

use std::net::Shutdown;
use std::sync::LazyLock;
use std::thread;

use common::users::Users;
use http_mini::server::{Hosts, Http, Root};
use http_wire::conversation;
use libfuzzer_sys::fuzz_target;
use syntax::conversation::{Conversation as _, Sender};
use syntax::record::{RecordedViolation, Recorder};

mod served;
use served::{Served, connect, receive, send};

static SERVED: LazyLock<Served> = LazyLock::new(|| {
    Served::start(|root: Root, users: Users| Http::new(root, users).with_hosts(Hosts::new(&["*".into()])))
});

fuzz_target!(|script: &[u8]| {
    SERVED.reset();
    let (mut stream, mut received) = (connect(SERVED.at), Vec::new());
    for (at, piece) in script.split(|&byte| byte == 0xFE).enumerate() {
        if at > 0 {
            thread::yield_now();
        }
        if !send(&mut stream, piece) {
            break;
        }
    }
    // Fails if the server has closed the connection.
    let _ = stream.shutdown(Shutdown::Write);
    while receive(&mut stream, &mut received) {}
    SERVED.check(&received);
    let mut http = conversation::HttpConversation::new();
    let sent: Vec<u8> = script.iter().copied().filter(|&byte| byte != 0xFE).collect();
    read(&mut http, Sender::Client, &sent);
    let violations = read(&mut http, Sender::Server, &received);
    assert!(violations.is_empty(), "{violations:?} in {}", received.escape_ascii());
});

fn read(http: &mut conversation::HttpConversation, sender: Sender, input: &[u8]) -> Vec<RecordedViolation> {
    let (recorder, mut at) = (Recorder::new(input), 0);
    while let Some(used) = http.read(sender, &input[at..], true, &recorder) {
        at += used;
    }
    recorder.finish().1
}
