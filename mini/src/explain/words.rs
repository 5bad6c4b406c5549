//! The texts of `mini explain`, in the languages of the catalogue.

use syntax::rule::{Language, Severity};

/// The words of one language.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) fault: &'static str,
    pub(super) requires: &'static str,
    pub(super) why: &'static str,
    pub(super) fix: &'static str,
    pub(super) client: &'static str,
    pub(super) server: &'static str,
    pub(super) connection: &'static str,
    pub(super) data_connection: &'static str,
    pub(super) more_bytes: &'static str,
    pub(super) missing: &'static str,
    pub(super) continues: &'static str,
    pub(super) guessed: &'static str,
    pub(super) no_faults: &'static str,
    pub(super) faults: &'static str,
    pub(super) readings: &'static str,
    pub(super) reads: &'static str,
    pub(super) waits: &'static str,
    pub(super) rejects: &'static str,
    pub(super) complete: &'static str,
    severities: [&'static str; 4],
}

static ENGLISH: Words = Words {
    fault: "fault",
    requires: "requires",
    why: "why",
    fix: "fix",
    client: "client",
    server: "server",
    connection: "connection",
    data_connection: "data connection of",
    more_bytes: "more bytes",
    missing: "bytes are missing in the capture; what follows them is left out",
    continues: "parsing continues",
    guessed: "guessed from here",
    no_faults: "no rule is broken",
    faults: "broken rules",
    readings: "two lenient parsers read this differently",
    reads: "reads",
    waits: "waits for more, from byte",
    rejects: "rejects at byte",
    complete: "complete",
    severities: ["breaks", "risky", "unusual", "note"],
};

static INDONESIAN: Words = Words {
    fault: "pelanggaran",
    requires: "aturan",
    why: "alasan",
    fix: "perbaikan",
    client: "klien",
    server: "server",
    connection: "koneksi",
    data_connection: "koneksi data dari",
    more_bytes: "byte lagi",
    missing: "byte tidak ada dalam rekaman; byte sesudahnya diabaikan",
    continues: "penguraian berlanjut",
    guessed: "tebakan mulai dari sini",
    no_faults: "tidak ada aturan yang dilanggar",
    faults: "aturan yang dilanggar",
    readings: "dua pengurai longgar membacanya secara berbeda",
    reads: "pembacaan",
    waits: "menunggu byte berikutnya, sejak byte",
    rejects: "menolak pada byte",
    complete: "lengkap",
    severities: ["melanggar", "berisiko", "tidak lazim", "catatan"],
};

impl Words {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::Indonesian => &INDONESIAN,
        }
    }

    pub(super) fn severity(&self, severity: Severity) -> &'static str {
        let [breaks, risky, unusual, note] = self.severities;
        match severity {
            Severity::Breaks => breaks,
            Severity::Risky => risky,
            Severity::Unusual => unusual,
            Severity::Note => note,
        }
    }
}
