//! pool: an echo server with ten threads. The task is in pool.md.

fn main() {
    let port = std::env::args().nth(1);
    todo!("pool on port {port:?}")
}
