//! Observations beside the cases, which no RFC forbids and which explain why clients fail: the clock, the address in
//! the reply to PASV, TLS on data connections, names that are not UTF-8.

use common::check::CheckNote;
use syntax::rule::Language;

use super::dialogue::{DataEnd, Dialogue};
use super::survey::Survey;
use crate::wire::{address, file_status};

/// Clocks that differ by less are the same (a minute).
const CLOCK: u64 = 60;

pub(super) async fn observe(survey: &Survey<'_>) -> Vec<CheckNote> {
    let mut dialogue = survey.dialogue();
    let mut notes = Vec::new();
    if dialogue.log_in(survey.value("base")).await.is_err() {
        return notes;
    }
    let mut note = |id, (en, indonesian): (String, String)| {
        let text = if survey.language == Language::English { en } else { indonesian };
        notes.push(CheckNote { id, text });
    };
    if let Some(text) = clock_text(&mut dialogue, survey).await {
        note("clock", text);
    }
    if let Some(text) = nat(&mut dialogue).await {
        note("nat", text);
    }
    if let Ok(end) = dialogue.download(b"NLST").await {
        if survey.uses_tls() {
            tls(&end).into_iter().for_each(|(id, text)| note(id, text));
        }
        if std::str::from_utf8(&end.bytes).is_err() {
            note(
                "utf-8",
                (
                    "some names are not UTF-8; clients show them wrongly".into(),
                    "sebagian nama bukan UTF-8; klien salah menampilkannya".into(),
                ),
            );
        }
    }
    dialogue.quit().await;
    notes
}

/// The time of the file that this check has just stored.
async fn clock_text(dialogue: &mut Dialogue<'_>, survey: &Survey<'_>) -> Option<(String, String)> {
    survey.value("folder")?;
    let command = [b"MDTM ", survey.value("file")?].concat();
    let stored = file_status::modified(&dialogue.ask(&command).await.ok()?)?.seconds;
    let ahead = stored.saturating_sub(survey.stored_at.cast_signed());
    (ahead.unsigned_abs() > CLOCK).then(|| {
        (
            format!("the server's clock is {ahead} s ahead of this one (MDTM of a new file), so that mirrors by time copy too much or too little"),
            format!("jam server {ahead} detik di depan jam ini (MDTM berkas baru), sehingga penyalinan menurut waktu keliru"),
        )
    })
}

async fn nat(dialogue: &mut Dialogue<'_>) -> Option<(String, String)> {
    let (_, peer) = dialogue.ends()?;
    let reply = dialogue.ask(b"PASV").await.ok()?;
    let named = *address::find(reply.text())?.ip();
    dialogue.close_data();
    (peer.is_ipv4() && peer.ip() != named).then(|| {
        (
            format!("PASV names {named}, but the server is {}: set the public address of the server, or use EPSV", peer.ip()),
            format!("PASV menyebut {named}, padahal server adalah {}: atur alamat publik server, atau gunakan EPSV", peer.ip()),
        )
    })
}

fn tls(end: &DataEnd) -> Vec<(&'static str, (String, String))> {
    let mut found = Vec::new();
    found.push(match end.is_resumed {
        true => (
            "tls-session",
            ("data connections resume the TLS session".into(), "koneksi data melanjutkan sesi TLS".into()),
        ),
        false => (
            "tls-session",
            (
                "data connections do not resume the TLS session; servers that require it refuse such clients"
                    .into(),
                "koneksi data tidak melanjutkan sesi TLS".into(),
            ),
        ),
    });
    if !end.is_notified {
        found.push((
            "close-notify",
            (
                "a data connection ended without close_notify, so that a listing may have been cut off unnoticed".into(),
                "koneksi data berakhir tanpa close_notify, sehingga daftar mungkin terpotong tanpa diketahui".into(),
            ),
        ));
    }
    found
}
