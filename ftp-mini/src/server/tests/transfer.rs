//! RETR, REST and ABOR: RFC 959 section 4.1.3, RFC 3659 section 5.

use std::net::Shutdown;
use std::time::Duration;

use super::*;

/// More than the kernel buffers for a client that does not read.
const LARGE: u64 = 64 << 20;

/// Reads to the end or a reset, and returns the number of bytes.
fn drain(mut data: TcpStream) -> u64 {
    let mut piece = vec![0; 1 << 20];
    let mut total = 0;
    while let Ok(read @ 1..) = data.read(&mut piece) {
        total += read as u64;
    }
    total
}

#[test]
fn files_arrive_as_they_are_in_type_i() {
    let server = Server::start();
    let content: Vec<u8> = (0..5_000_000u32).map(|number| (number % 251) as u8).collect();
    for size in [0, 1, 1_024, 4_096, 4_097, 1 << 20, content.len()] {
        server.write("file", &content[..size]);
        std::fs::rename(server.path().join("file"), server.path().join(size.to_string())).unwrap();
        let mut client = server.log_in();
        for _ in 0..3 {
            assert_eq!(client.retrieve(format!("RETR {size}")), &content[..size], "{size} bytes");
        }
    }
}

#[test]
fn lines_end_in_crlf_in_type_a() {
    let server = Server::start();
    let text = "line\n\nmore\r\nlast".repeat(20_000);
    server.write("text", &text);
    let mut client = server.log_in();
    client.converse(&[("TYPE A", "200 ", "")]);
    let expected = text.replace("\r\n", "\n").replace('\n', "\r\n");
    assert!(client.retrieve("RETR text") == expected.as_bytes(), "every line, across all pieces");
    client.converse(&[("SIZE text", &format!("213 {}", expected.len()), "RFC 3659 section 4")]);
}

#[test]
fn rest_starts_the_next_transfer_there() {
    let server = Server::start();
    server.write("a", "one\n\r\ntwo\n");
    let mut client = server.log_in();
    for (kind, content) in [("TYPE I", "one\n\r\ntwo\n"), ("TYPE A", "one\r\n\r\ntwo\r\n")] {
        client.converse(&[(kind, "200 ", "")]);
        for offset in 0..=content.len() {
            client.converse(&[(&format!("REST {offset}"), "350 ", "")]);
            let rest = client.retrieve("RETR a");
            assert_eq!(rest, &content.as_bytes()[offset..], "{kind}, {offset}: of the data stream");
        }
        client.converse(&[(&format!("REST {}", content.len() + 1), "350 ", "not known yet")]);
        assert_eq!(&client.transfer("RETR a").1[..4], "554 ", "RFC 3659 section 5.3: beyond the end");
        assert_eq!(client.retrieve("RETR a"), content.as_bytes(), "it counts once");
    }
    client.converse(&[("REST x", "501 ", ""), ("REST -1", "501 ", ""), ("REST", "501 ", "")]);
    client.converse(&[("REST 1", "350 ", "")]);
    client.retrieve("NLST");
    assert_eq!(client.retrieve("RETR a"), b"one\r\n\r\ntwo\r\n", "a listing takes it as well");
}

#[test]
fn rest_in_type_a_crosses_pieces() {
    let server = Server::start();
    let text = "0123456789\n".repeat(20_000);
    server.write("text", &text);
    let expected = text.replace('\n', "\r\n");
    let mut client = server.log_in();
    client.converse(&[("TYPE A", "200 ", "")]);
    for offset in [65_535, 65_536, 65_547, 131_072, expected.len() - 1] {
        client.converse(&[(&format!("REST {offset}"), "350 ", "")]);
        assert!(client.retrieve("RETR text") == expected.as_bytes()[offset..], "{offset}");
    }
}

#[test]
fn only_files_are_sent() {
    let server = Server::start();
    server.write("pub/a", "");
    let mut client = server.log_in();
    for (command, expected, why) in [
        ("RETR pub", "550 ", "a directory"),
        ("RETR nowhere", "550 ", ""),
        ("RETR pub/a/b", "550 ", "in a file"),
        ("RETR ../a", "550 ", "outside"),
        ("RETR", "501 ", "no name"),
    ] {
        assert_eq!(&client.transfer(command).1[..4], expected, "{why}");
    }
    let long = client.transfer(format!("RETR {}", "a/".repeat(2_000))).1;
    assert_eq!(&long[..4], "550 ", "long");
}

#[test]
fn abor_ends_a_transfer_with_426_and_226() {
    let server = Server::start();
    server.write_large("large", LARGE);
    let mut client = server.log_in();
    for kind in ["TYPE I", "TYPE A"] {
        for abor in [&b"ABOR\r\n"[..], b"\xFF\xF4\xFF\xF2ABOR\r\n"] {
            client.converse(&[(kind, "200 ", "")]);
            let data = client.passive();
            client.converse(&[("RETR large", "150 ", "")]);
            client.send(abor);
            assert_eq!(&client.reply()[..4], "426 ", "RFC 959 section 4.1.3");
            assert_eq!(&client.reply()[..4], "226 ", "and the ABOR itself");
            assert!(drain(data) < LARGE);
            client.converse(&[("NOOP", "200 ", "the session continues")]);
        }
    }
    client.passive();
    let listener = client.passive_address();
    client.send(b"RETR large\r\nABOR\r\n");
    assert_eq!(&client.reply()[..4], "426 ", "while the data connection is waited for");
    assert_eq!(&client.reply()[..4], "226 ");
    assert!(TcpStream::connect(listener).is_err(), "and the port is given up");
}

#[test]
fn during_a_transfer_some_commands_are_answered_and_others_wait() {
    let server = Server::start();
    server.write_large("large", LARGE);
    let mut client = server.log_in();
    let data = client.passive();
    client.converse(&[("RETR large", "150 ", "")]);
    client.send(b"PWD\r\nFROB\r\nSTAT large\r\nNOOP\r\n");
    assert!(client.reply().starts_with("200 "), "NOOP is answered at once");
    client.converse(&[("STAT", "211 ", "and so is STAT")]);
    client.send(b"QUIT\r\n");
    assert_eq!(drain(data), LARGE, "QUIT lets the transfer finish");
    for expected in ["226 ", "257 ", "500 ", "213-", "221 "] {
        assert_eq!(&client.reply()[..4], expected, "in order");
    }
    client.expect_end();
}

#[test]
fn abor_ends_the_transfer_at_once_and_is_answered_in_its_turn() {
    let server = Server::start();
    server.write_large("large", LARGE);
    let many = format!("{}ABOR", "PWD\r\n".repeat(1_000));
    let replies_to_many = [&["426 "][..], &["257 "; 1_000], &["226 "]].concat();
    for (commands, expected, why) in [
        ("ABOR", &["426 ", "226 "][..], "RFC 959 section 4.1.3"),
        ("PWD\r\nABOR\r\nSYST", &["426 ", "257 ", "226 ", "215 "], "each reply in its command's place"),
        ("ABOR\r\nABOR", &["426 ", "226 ", "226 "], "the second has nothing to end"),
        ("RETR large\r\nABOR", &["426 ", "426 ", "226 "], "a transfer that has not begun does not begin"),
        ("QUIT\r\nABOR", &["426 ", "221 "], "nothing is answered behind QUIT"),
        (&many, &replies_to_many, "also when the commands before it are more than may wait"),
    ] {
        let mut client = server.log_in();
        let data = client.passive();
        client.converse(&[("RETR large", "150 ", "")]);
        client.send(format!("{commands}\r\n").as_bytes());
        for expected in expected {
            assert_eq!(&client.reply()[..4], *expected, "{why}: {commands:?}");
        }
        assert!(drain(data) < LARGE, "{why}: {commands:?}");
    }
}

#[test]
fn more_commands_than_may_wait_are_read_later() {
    let server = Server::start();
    server.write_large("large", LARGE);
    let mut client = server.log_in();
    let address = client.passive_address();
    client.send(b"RETR large\r\n");
    // More than a connection buffers unread.
    client.send(&b"PWD\r\n".repeat(20_000));
    let data = connect_data(address);
    assert!(client.reply().starts_with("150 "));
    assert_eq!(drain(data), LARGE);
    assert!(client.reply().starts_with("226 "));
    for number in 0..20_000 {
        assert!(client.reply().starts_with("257 "), "{number}");
    }
}

#[test]
fn a_transfer_ends_with_its_control_connection() {
    let server = Server::start();
    server.write_large("large", LARGE);
    let mut client = server.log_in();
    let data = client.passive();
    client.converse(&[("RETR large", "150 ", "")]);
    client.0.get_ref().shutdown(Shutdown::Write).unwrap();
    // While the client does not read, the server cannot finish first.
    client.0.read_to_end(&mut Vec::new()).unwrap();
    assert!(drain(data) < LARGE, "RFC 959 section 4.1.1: an unexpected close is an ABOR");
}

#[test]
fn after_quit_the_end_of_the_control_connection_is_expected() {
    let server = Server::start();
    server.write_large("large", LARGE);
    for (waiting, why) in [(0, "alone"), (100, "behind more commands than may wait")] {
        let mut client = server.log_in();
        let data = client.passive();
        client.converse(&[("RETR large", "150 ", "")]);
        client.send(&[&b"PWD\r\n".repeat(waiting)[..], b"QUIT\r\n"].concat());
        client.0.get_ref().shutdown(Shutdown::Write).unwrap();
        assert_eq!(drain(data), LARGE, "{why}");
        for expected in [&["226 "][..], &vec!["257 "; waiting], &["221 "]].concat() {
            assert_eq!(&client.reply()[..4], expected, "{why}");
        }
    }
}

#[test]
fn a_client_that_closes_the_data_connection_gets_426() {
    let server = Server::start();
    server.write_large("large", LARGE);
    let mut client = server.log_in();
    let data = client.passive();
    client.converse(&[("RETR large", "150 ", "")]);
    drop(data);
    assert!(client.reply().starts_with("426 "));
    client.converse(&[("NOOP", "200 ", "the session continues")]);
}

#[test]
fn a_file_that_becomes_shorter_is_never_padded() {
    let server = Server::start();
    for kind in ["TYPE I", "TYPE A"] {
        server.write_large("large", LARGE);
        let mut client = server.log_in();
        client.converse(&[(kind, "200 ", "")]);
        let data = client.passive();
        client.converse(&[("RETR large", "150 ", "")]);
        server.write_large("large", 1);
        assert!(drain(data) < LARGE, "{kind}");
        assert!(client.reply().starts_with("451 "), "{kind}: and the client gets a reply");
        client.converse(&[("NOOP", "200 ", "")]);
    }
}

/// Like a camera on a slow link, and one that has lost it.
#[test]
fn any_byte_keeps_a_transfer_alive() {
    let stall = Duration::from_secs(1);
    let limits = Limits { stall, ..Limits::default() };
    let server = Server::with(Setup { limits, ..Setup::writable() });
    let mut client = server.log_in();
    let mut data = client.passive();
    client.converse(&[("STOR a", "150 ", "")]);
    for _ in 0..8 {
        std::thread::sleep(stall / 2);
        data.write_all(b"x").unwrap();
    }
    drop(data);
    assert_eq!(client.reply(), "226 Stored, 8 bytes.", "four times the limit, in single bytes");
    let data = client.passive();
    client.converse(&[("STOR a", "150 ", "")]);
    assert_eq!(&client.reply()[..4], "426 ", "no byte within the limit");
    drop(data);
    assert_eq!(server.read("a").unwrap(), b"xxxxxxxx");
}
