//! Why the tree refuses something: the status ([RFC 9110 section 15.5](https://www.rfc-editor.org/rfc/rfc9110#section-15.5))
//! and the reason in English and Indonesian. The subject of a reason is the target. Other refusals are in `refusal`.

use common::files::{PathRule, TreeError};
use syntax::rule::Text;

/// A precondition failed.
pub(super) const CHANGED: Text = Text { en: "has changed", id: "sudah berubah" };

pub(super) fn status(error: &TreeError) -> u16 {
    match error {
        TreeError::Path(PathRule::Outside | PathRule::Nul) | TreeError::Checksum | TreeError::Time => 400,
        TreeError::Denied
        | TreeError::ReadOnly
        | TreeError::Hidden
        | TreeError::WellKnown
        | TreeError::SpecialName
        | TreeError::Root => 403,
        TreeError::NotFound
        | TreeError::NotDirectory
        | TreeError::IsDirectory
        | TreeError::Path(PathRule::TooLong) => 404,
        TreeError::Exists
        | TreeError::NotEmpty
        | TreeError::IntoItself
        | TreeError::OtherDevice
        | TreeError::InUse
        | TreeError::Receiving => 409,
        TreeError::Changed => 412,
        TreeError::TooLarge => 413,
        TreeError::Beyond => 416,
        TreeError::TooMany | TreeError::Io(_) => 500,
        TreeError::Busy(_) | TreeError::NoRoot => 503,
        TreeError::Full | TreeError::Quota => 507,
    }
}

pub(super) fn text(error: &TreeError) -> Text {
    Text { en: english(error), id: indonesian(error) }
}

fn english(error: &TreeError) -> &'static str {
    match error {
        TreeError::NotFound | TreeError::NotDirectory | TreeError::IsDirectory => "was not found",
        TreeError::Denied => "is not open to the server itself",
        TreeError::ReadOnly => "cannot be changed: its file system is read-only",
        TreeError::Path(PathRule::TooLong) => "is longer than a name or path can be here",
        TreeError::Path(PathRule::Outside) => "is no path here: the path leads outside",
        TreeError::Path(PathRule::Nul) => "is no path here: the path has a NUL byte",
        TreeError::TooMany => "has too many entries to be listed",
        TreeError::Busy(_) => "cannot be looked at now; try again",
        TreeError::NoRoot => "cannot be reached: the served directory is missing; try again",
        TreeError::Hidden => "has a name that is not served",
        TreeError::WellKnown => "is in /.well-known, where clients cannot change anything",
        TreeError::SpecialName => "answers for another URL; to create it needs the permission to overwrite",
        TreeError::Root => "is the top directory, which stays as it is",
        TreeError::Exists => "exists already",
        TreeError::NotEmpty => "is a directory that is not empty",
        TreeError::IntoItself => "is a directory, which cannot be put into itself",
        TreeError::OtherDevice => "cannot move to another file system",
        TreeError::Changed => CHANGED.en,
        TreeError::Beyond => "is shorter than the offset",
        TreeError::Checksum => "has a content that does not match its digest; nothing of it was stored",
        TreeError::InUse => "is in use by another upload or program",
        TreeError::Receiving => "is a directory to which an upload is in progress",
        TreeError::Time => "cannot have this modification time on this file system",
        TreeError::Full => "does not fit on the disk; nothing of it was stored",
        TreeError::Quota => "exceeds the server's disk quota; nothing of it was stored",
        TreeError::TooLarge => "is larger than the file system or a limit of the server allows",
        TreeError::Io(_) => "could not be read or written",
    }
}

fn indonesian(error: &TreeError) -> &'static str {
    match error {
        TreeError::NotFound | TreeError::NotDirectory | TreeError::IsDirectory => "tidak ditemukan",
        TreeError::Denied => "tidak dapat dibuka oleh server",
        TreeError::ReadOnly => "tidak dapat diubah: sistem berkasnya hanya dapat dibaca",
        TreeError::Path(PathRule::TooLong) => {
            "lebih panjang daripada nama atau lokasi yang dapat dipakai di sini"
        }
        TreeError::Path(PathRule::Outside) => "tidak sah sebagai lokasi: mengarah ke luar",
        TreeError::Path(PathRule::Nul) => "tidak sah sebagai lokasi: berisi bait NUL",
        TreeError::TooMany => "memiliki terlalu banyak entri untuk ditampilkan",
        TreeError::Busy(_) => "belum dapat diproses; coba lagi",
        TreeError::NoRoot => "tidak dapat dicapai: direktori yang disajikan tidak ada; coba lagi",
        TreeError::Hidden => "memiliki nama yang tidak disajikan",
        TreeError::WellKnown => "berada di /.well-known, yang tidak dapat diubah oleh klien",
        TreeError::SpecialName => "menjawab untuk URL lain; membuatnya memerlukan izin untuk menimpa",
        TreeError::Root => "adalah direktori teratas, yang tidak dapat diubah",
        TreeError::Exists => "sudah ada",
        TreeError::NotEmpty => "adalah direktori yang tidak kosong",
        TreeError::IntoItself => "adalah direktori, yang tidak dapat dimasukkan ke dalam dirinya sendiri",
        TreeError::OtherDevice => "tidak dapat dipindahkan ke sistem berkas lain",
        TreeError::Changed => CHANGED.id,
        TreeError::Beyond => "lebih pendek daripada posisi yang diminta",
        TreeError::Checksum => "memiliki isi yang tidak cocok dengan digest-nya; tidak ada yang disimpan",
        TreeError::InUse => "sedang dipakai oleh unggahan atau program lain",
        TreeError::Receiving => "adalah direktori yang sedang menerima unggahan",
        TreeError::Time => "tidak dapat memiliki waktu perubahan ini pada sistem berkas ini",
        TreeError::Full => "tidak muat di disk; tidak ada yang disimpan",
        TreeError::Quota => "melebihi kuota disk server; tidak ada yang disimpan",
        TreeError::TooLarge => "lebih besar daripada yang diizinkan sistem berkas atau batas server",
        TreeError::Io(_) => "tidak dapat dibaca atau ditulis",
    }
}
