//! Cases of `mini learn` for a server with a deadline: it returns each line, and closes the connection of a client that
//! needs more than half a second for a line, or that does not take its answer within that time.

use std::thread;
use std::time::{Duration, Instant};

use syntax::rule::Text;

use super::case::{Case, Deviation, Evidence, Outcome, Target, chapter, choose};
use super::cpu::{Pid, busy_share_unless_waiting};
use super::stream::{CheckStream, StreamState};

/// The time for a line, as the exercise requires it.
const DEADLINE: Duration = Duration::from_millis(500);
/// A client that needs no longer than this keeps its connection.
const IN_TIME: Duration = Duration::from_millis(250);
/// A connection that lasts longer has no deadline, even on a busy machine.
const LATE: Duration = Duration::from_millis(1_500);
/// Between the bytes of a client that is slow on purpose.
const DRIP: Duration = Duration::from_millis(100);
/// How often a case is tried in which this side must keep to a time.
const ATTEMPTS: usize = 3;
/// Bytes that a client sends without reading at most: more than the kernel holds for both ends.
const UNREAD_LIMIT: usize = 64 << 20;
/// The share of a core that a waiting server may use.
const BUSY: f64 = 0.03;

/// The server.
pub(super) struct DeadlineServer {
    pub(super) target: Target,
    pub(super) process: Pid,
    pub(super) idle: Duration,
}

const fn case(
    id: &'static str,
    why: Text,
    look_for: Text,
    run: fn(&DeadlineServer) -> Outcome,
) -> Case<DeadlineServer> {
    Case { id, chapter: chapter::THREATS, why, look_for, unless: &[], run }
}

pub(super) const CASES: &[Case<DeadlineServer>] = &[
    case(
        "deadline/line",
        Text { en: "Each line returns to its client.", id: "Setiap baris kembali kepada kliennya." },
        Text {
            en: "Does the server send the line with its line end, and wait for the next one?",
            id: "Apakah server mengirim baris beserta akhir barisnya, lalu menunggu yang berikutnya?",
        },
        |server| {
            let mut stream = server.target.connect()?;
            ["one\n", "two\n"].iter().try_for_each(|line| server.echoes(&mut stream, line))
        },
    ),
    case(
        "deadline/silent",
        Text {
            en: "A client that sends nothing occupies the server, so its connection is closed after half a second.",
            id: "Klien yang tidak mengirim apa pun menyibukkan server, jadi koneksinya ditutup setelah setengah detik.",
        },
        Text { en: "Does recv wait for ever?", id: "Apakah recv menunggu selamanya?" },
        |server| server.is_closed(server.target.connect()?),
    ),
    case(
        "deadline/others",
        Text {
            en: "While the server waits for one client, it serves the others.",
            id: "Selama server menunggu satu klien, klien lain tetap dilayani.",
        },
        Text {
            en: "Does the server accept the next client only after the previous one has left?",
            id: "Apakah server baru menerima klien berikutnya setelah klien sebelumnya pergi?",
        },
        |server| once(|| others(server)),
    ),
    case(
        "deadline/half-line",
        Text {
            en: "Half a line is no line: the deadline applies until the line end has arrived.",
            id: "Setengah baris bukan baris: batas waktu berlaku sampai akhir baris tiba.",
        },
        Text {
            en: "Does the deadline end with the first byte?",
            id: "Apakah batas waktu berakhir pada bait pertama?",
        },
        |server| {
            let mut stream = server.target.connect()?;
            stream.send("half");
            server.is_closed(stream)
        },
    ),
    case(
        "deadline/drip",
        Text {
            en: "A client that sends a byte now and then (slowloris) could stay for ever if each read had its own timeout.",
            id: "Klien yang sesekali mengirim satu bait (slowloris) dapat terhubung selamanya jika setiap pembacaan \
                 punya batas waktu sendiri.",
        },
        Text {
            en: "Is the same timeout set again for each recv? Compute what is left until the deadline of the line.",
            id: "Apakah batas waktu yang sama dipasang lagi untuk setiap recv? Hitung sisa waktu sampai batas waktu baris itu.",
        },
        drip,
    ),
    case(
        "deadline/renewed",
        Text {
            en: "Each line has its own half second; a client that keeps to it may stay.",
            id: "Setiap baris punya setengah detiknya sendiri; klien yang mematuhinya boleh tetap terhubung.",
        },
        Text {
            en: "Is the deadline computed once for the connection rather than for each line?",
            id: "Apakah batas waktu dihitung satu kali untuk koneksi, bukan untuk setiap baris?",
        },
        |server| once(|| renewed(server)),
    ),
    case(
        "deadline/does-not-read",
        Text {
            en: "A client that sends and does not read fills the buffers; then send waits, and needs a deadline too.",
            id: "Klien yang mengirim tanpa membaca memenuhi buffer; lalu send menunggu, dan perlu batas waktu juga.",
        },
        Text { en: "Does sendall wait for ever?", id: "Apakah sendall menunggu selamanya?" },
        does_not_read,
    ),
    case(
        "deadline/idle",
        Text { en: "Waiting uses no CPU time.", id: "Menunggu tidak memakai waktu CPU." },
        Text {
            en: "Does the server ask again and again whether something has arrived?",
            id: "Apakah server bertanya terus-menerus apakah sudah ada yang tiba?",
        },
        idle,
    ),
];

/// On a busy machine this side may be late itself, so what succeeds once has passed.
fn once(run: impl Fn() -> Outcome) -> Outcome {
    (1..ATTEMPTS).fold(run(), |outcome, _| outcome.or_else(|_| run()))
}

fn others(server: &DeadlineServer) -> Outcome {
    let _silent = server.target.connect()?;
    let (mut other, start) = (server.target.connect()?, Instant::now());
    server.echoes(&mut other, "meanwhile\n")?;
    let expected = choose(server.target.language, "the line at once".into(), "baris itu seketika".into());
    server.target.require(start.elapsed() < IN_TIME, &other, expected)
}

fn renewed(server: &DeadlineServer) -> Outcome {
    let mut stream = server.target.connect()?;
    (0..3).try_for_each(|_| {
        thread::sleep(IN_TIME);
        server.echoes(&mut stream, "in time\n")
    })
}

fn drip(server: &DeadlineServer) -> Outcome {
    let (mut stream, start) = (server.target.connect()?, Instant::now());
    while start.elapsed() < LATE {
        stream.send("x");
        if matches!(stream.read_for(DRIP, |_| false), StreamState::Ended | StreamState::Reset) {
            return Ok(());
        }
    }
    server.target.require(false, &stream, server.closing())
}

fn does_not_read(server: &DeadlineServer) -> Outcome {
    let mut stream = server.target.connect()?;
    let lines = b"0123456789abcde\n".repeat(4 << 10);
    // It ends when the server takes nothing more for this time, or has closed.
    match stream.fill(&lines, UNREAD_LIMIT, LATE) {
        Err(_) => Ok(()),
        Ok(()) => {
            stream.sent.truncate(lines.len());
            server.target.require(false, &stream, server.closing())
        }
    }
}

fn idle(server: &DeadlineServer) -> Outcome {
    let stream = server.target.connect()?;
    let percent = 100.0 * busy_share_unless_waiting(server.process, server.idle)?;
    if percent < 100.0 * BUSY {
        return Ok(());
    }
    let language = server.target.language;
    Err(Deviation::Failed(Evidence {
        sent: stream.sent,
        expected: choose(language, "no CPU time".into(), "tanpa memakai waktu CPU".into()),
        observed: choose(
            language,
            format!("{percent:.0} % of a core"),
            format!("{percent:.0} % dari satu inti CPU"),
        ),
        ..Evidence::default()
    }))
}

impl DeadlineServer {
    fn echoes(&self, stream: &mut CheckStream, line: &str) -> Outcome {
        let expected = stream.received.len() + line.len();
        stream.send(line);
        let state = stream.read_until(|received| received.len() >= expected);
        let is_same = state == StreamState::Open && stream.received == stream.sent;
        let text = choose(self.target.language, "the same line".into(), "baris yang sama".into());
        self.target.require(is_same, stream, text)
    }

    /// The server closes this connection, neither at once nor late.
    fn is_closed(&self, mut stream: CheckStream) -> Outcome {
        let start = Instant::now();
        let state = stream.read_for(LATE, |received| !received.is_empty());
        let is_in_time = start.elapsed() + DRIP >= DEADLINE;
        let is_closed = matches!(state, StreamState::Ended | StreamState::Reset);
        self.target.require(is_closed && is_in_time, &stream, self.closing())
    }

    fn closing(&self) -> String {
        choose(
            self.target.language,
            "the end of the connection, after half a second".into(),
            "akhir koneksi, setelah setengah detik".into(),
        )
    }
}
