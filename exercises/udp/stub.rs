//! udp: an echo server for datagrams. The task is in udp.md.

fn main() {
    let port = std::env::args().nth(1);
    todo!("udp on port {port:?}")
}
