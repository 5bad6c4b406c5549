//! session: an FTP server for the files of a folder. The task is in session.md.

fn main() {
    let port = std::env::args().nth(1);
    todo!("session on port {port:?}")
}
