//! send_all: a client that receives as much as it sent. The task is in send_all.md.

fn main() {
    let port = std::env::args().nth(1);
    todo!("send_all to port {port:?}")
}
