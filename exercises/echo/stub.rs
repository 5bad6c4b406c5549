//! echo: a server that sends back what it receives. The task is in echo.md.

fn main() {
    let port = std::env::args().nth(1);
    todo!("echo on port {port:?}")
}
