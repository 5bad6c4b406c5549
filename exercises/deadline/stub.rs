//! deadline: an echo server that closes slow connections. The task is in deadline.md.

fn main() {
    let port = std::env::args().nth(1);
    todo!("deadline on port {port:?}")
}
