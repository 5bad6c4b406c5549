//! threads: an echo server with a thread for each client. The task is in threads.md.

fn main() {
    let port = std::env::args().nth(1);
    todo!("threads on port {port:?}")
}
