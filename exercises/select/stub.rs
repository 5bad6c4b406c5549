//! select: an echo server with one thread for all clients. The task is in select.md.

fn main() {
    let port = std::env::args().nth(1);
    todo!("select on port {port:?}")
}
