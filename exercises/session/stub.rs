//! session: an FTP server for the files of a folder. The task is in session.md.

fn main() {
    let (port, certificate) = (std::env::args().nth(1), std::env::args().nth(2));
    todo!("session on port {port:?}, with {certificate:?}")
}
