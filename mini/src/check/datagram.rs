//! Cases of `mini learn` for an echo server over UDP (RFC 862): each datagram returns to its sender, as one datagram.
//!
//! Datagrams may be lost (RFC 768), but not on the loopback interface as long as the server reads.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use syntax::rule::{Language, Text};

use super::case::{Case, Deviation, Evidence, Outcome, chapter, choose};
use super::cpu::{Pid, Watchdog, busy_share_unless_waiting};

/// How often the process is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// Bytes of the large datagram; the largest one over IPv4 has 65,507.
const LARGE: usize = 60_000;
/// The share of a core that an idle server may use.
const BUSY: f64 = 0.03;

/// The server.
pub(super) struct DatagramServer {
    pub(super) address: SocketAddr,
    pub(super) process: Pid,
    pub(super) timeout: Duration,
    pub(super) idle: Duration,
    pub(super) language: Language,
}

const LOOK_FOR: Text = Text {
    en: "Is the answer sent with sendto, to the address that recvfrom returned with this datagram?",
    id: "Apakah jawaban dikirim dengan sendto, ke alamat yang dihasilkan recvfrom bersama datagram ini?",
};

const fn case(
    id: &'static str,
    why: Text,
    look_for: Text,
    run: fn(&DatagramServer) -> Outcome,
) -> Case<DatagramServer> {
    Case { id, chapter: chapter::SOCKETS, why, look_for, unless: &[], run }
}

pub(super) const CASES: &[Case<DatagramServer>] = &[
    case(
        "datagram/message",
        Text { en: "A datagram returns to its sender.", id: "Datagram kembali kepada pengirimnya." },
        LOOK_FOR,
        |server| server.client()?.echoes(server, b"hello"),
    ),
    case(
        "datagram/several",
        Text {
            en: "Each datagram is a message of its own; the server keeps nothing of the previous one.",
            id: "Setiap datagram adalah pesan tersendiri; server tidak menyimpan apa pun dari yang sebelumnya.",
        },
        Text {
            en: "Does the server add each datagram to a buffer, as for a stream?",
            id: "Apakah server menambahkan setiap datagram ke buffer, seperti pada stream?",
        },
        |server| {
            let client = server.client()?;
            [&b"one"[..], b"two", b"three"].iter().try_for_each(|message| client.echoes(server, message))
        },
    ),
    case(
        "datagram/two-clients",
        Text {
            en: "UDP has no connections: each datagram may come from a different client.",
            id: "UDP tidak mengenal koneksi: setiap datagram dapat datang dari klien yang berbeda.",
        },
        LOOK_FOR,
        |server| {
            server.client()?.echoes(server, b"from the first")?;
            server.client()?.echoes(server, b"from the second")
        },
    ),
    case(
        "datagram/any-bytes",
        Text { en: "Bytes need not be text.", id: "Bait tidak harus berupa teks." },
        Text {
            en: "Does the server decode what it received?",
            id: "Apakah server mendekode yang diterimanya?",
        },
        |server| server.client()?.echoes(server, &(0..=255).collect::<Vec<u8>>()),
    ),
    case(
        "datagram/large",
        Text {
            en: "A datagram has up to 65,507 bytes. What does not fit into the buffer is lost.",
            id: "Datagram berisi sampai 65.507 bait. Yang tidak muat di buffer hilang.",
        },
        Text { en: "How large is the buffer of recvfrom?", id: "Seberapa besar buffer recvfrom?" },
        |server| server.client()?.echoes(server, &b"0123456789".repeat(LARGE / 10)),
    ),
    case(
        "datagram/empty",
        Text {
            en: "A datagram may be empty. It is a message, and not the end of anything.",
            id: "Datagram boleh kosong. Itu sebuah pesan, bukan akhir dari apa pun.",
        },
        Text {
            en: "Does the server leave its loop when it receives b''?",
            id: "Apakah server keluar dari loop ketika menerima b''?",
        },
        |server| {
            let client = server.client()?;
            client.echoes(server, b"")?;
            client.echoes(server, b"after the empty one")
        },
    ),
    case(
        "datagram/broadcast",
        Text {
            en: "A broadcast is a datagram for every machine of a network. A server that listens on all addresses \
                 (0.0.0.0) receives it.",
            id: "Broadcast adalah datagram untuk semua komputer dalam jaringan. Server yang mendengarkan di semua \
                 alamat (0.0.0.0) menerimanya.",
        },
        Text {
            en: "To which address is the socket bound: to 127.0.0.1, or to all of them?",
            id: "Soket diikat (bind) ke alamat mana: 127.0.0.1, atau semua alamat?",
        },
        broadcast,
    ),
    case(
        "datagram/idle",
        Text {
            en: "A server that receives nothing uses no CPU time.",
            id: "Server yang tidak menerima apa pun tidak memakai waktu CPU.",
        },
        Text {
            en: "Does the loop run although nothing has arrived (a non-blocking socket)?",
            id: "Apakah loop tetap berjalan walaupun belum ada yang tiba (soket non-blocking)?",
        },
        idle,
    ),
];

/// Sent to every socket of this machine that listens on all addresses.
fn broadcast(server: &DatagramServer) -> Outcome {
    let client = server.client()?;
    client.0.set_broadcast(true)?;
    let to = SocketAddr::from((Ipv4Addr::new(127, 255, 255, 255), server.address.port()));
    client.echoes_from(server, to, b"is anybody there?")
}

fn idle(server: &DatagramServer) -> Outcome {
    server.client()?.echoes(server, b"hello")?;
    let percent = 100.0 * busy_share_unless_waiting(server.process, server.idle)?;
    if percent < 100.0 * BUSY {
        return Ok(());
    }
    let expected = choose(server.language, "no CPU time".into(), "tanpa memakai waktu CPU".into());
    let observed = choose(
        server.language,
        format!("{percent:.0} % of a core"),
        format!("{percent:.0} % dari satu inti CPU"),
    );
    Err(Deviation::Failed(Evidence { expected, observed, ..Evidence::default() }))
}

/// A socket with a port of its own.
struct Client(UdpSocket);

impl DatagramServer {
    fn client(&self) -> io::Result<Client> {
        UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map(Client)
    }
}

impl Client {
    fn echoes(&self, server: &DatagramServer, message: &[u8]) -> Outcome {
        self.echoes_from(server, server.address, message)
    }

    fn echoes_from(&self, server: &DatagramServer, to: SocketAddr, message: &[u8]) -> Outcome {
        self.0.send_to(message, to)?;
        let received = self.receive(server)?;
        if received.as_deref() == Some(message) {
            return Ok(());
        }
        let language = server.language;
        let observed = match &received {
            Some(received) => choose(
                language,
                format!("a datagram of {} bytes", received.len()),
                format!("datagram {} bait", received.len()),
            ),
            None => choose(language, "no datagram".into(), "tidak ada datagram".into()),
        };
        Err(Deviation::Failed(Evidence {
            sent: message.to_vec(),
            expected: choose(
                language,
                format!("the same datagram of {} bytes", message.len()),
                format!("datagram yang sama, {} bait", message.len()),
            ),
            received: received.unwrap_or_default(),
            observed,
        }))
    }

    /// The next datagram; `None`: the server is stuck, or sends nothing until the timeout.
    fn receive(&self, server: &DatagramServer) -> io::Result<Option<Vec<u8>>> {
        let (deadline, mut watchdog) = (Instant::now() + server.timeout, Watchdog::new(server.process));
        let mut buffer = vec![0; 1 << 16];
        self.0.set_read_timeout(Some(LOOK))?;
        loop {
            match self.0.recv(&mut buffer) {
                Ok(count) => return Ok(buffer.get(..count).map(<[u8]>::to_vec)),
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                    if watchdog.is_stuck() || Instant::now() > deadline {
                        return Ok(None);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
}
