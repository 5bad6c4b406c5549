//! serve: an HTTP server for the files of a folder. The task is in serve.md.

fn main() {
    let port = std::env::args().nth(1);
    todo!("serve on port {port:?}")
}
