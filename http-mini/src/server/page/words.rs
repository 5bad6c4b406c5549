//! The texts of the pages, in English and Indonesian. The texts of the script are in `words.js`.

use syntax::rule::Language;

use crate::wire::accept;
use crate::wire::head::RequestHead;

#[derive(Debug)]
pub(in crate::server) struct Words {
    /// The language of the page (RFC 5646).
    pub(super) language: &'static str,
    pub(super) home: &'static str,
    pub(super) path: &'static str,
    pub(super) parent: &'static str,
    pub(super) filter: &'static str,
    pub(super) filter_hint: &'static str,
    pub(super) sort: &'static str,
    pub(super) name: &'static str,
    pub(super) size: &'static str,
    pub(super) modified: &'static str,
    pub(super) list: &'static str,
    pub(super) grid: &'static str,
    pub(super) actions: &'static str,
    pub(super) empty: &'static str,
    pub(super) nothing_found: &'static str,
    pub(super) truncated: &'static str,
    pub(super) upload: &'static str,
    pub(super) drop_hint: &'static str,
    pub(super) choose_folder: &'static str,
    pub(super) files_label: &'static str,
    pub(super) folder_label: &'static str,
    pub(super) replace_label: &'static str,
    pub(super) drop_box: &'static str,
    pub(super) new_folder: &'static str,
    pub(super) create: &'static str,
    pub(super) rename: &'static str,
    pub(super) new_name: &'static str,
    pub(super) r#move: &'static str,
    pub(super) move_to: &'static str,
    pub(super) move_or_delete: &'static str,
    pub(super) delete: &'static str,
    pub(super) final_note: &'static str,
    pub(super) copy_link: &'static str,
    pub(super) open: &'static str,
    pub(super) download: &'static str,
    pub(super) download_folder: &'static str,
    pub(super) select: &'static str,
    pub(super) back: &'static str,
    pub(super) cancel: &'static str,
    pub(super) log_in: &'static str,
    pub(super) log_out: &'static str,
    pub(super) user: &'static str,
    pub(super) password: &'static str,
    pub(super) login_required: &'static str,
    pub(super) login_wrong: &'static str,
    pub(super) login_too_many: &'static str,
    pub(super) no_preview: &'static str,
    pub(super) cut: &'static str,
    /// Nouns for one and for several.
    files: [&'static str; 2],
    folders: [&'static str; 2],
    results: [&'static str; 2],
    entries: [&'static str; 2],
    /// Before and after the number of entries that are not listed.
    more: [&'static str; 2],
    delete_question: [&'static str; 2],
}

const ENGLISH: Words = Words {
    language: "en",
    home: "Home",
    path: "Path",
    parent: "Parent folder",
    filter: "Filter",
    filter_hint: "Filter; Enter searches subfolders",
    sort: "Sort",
    name: "Name",
    size: "Size",
    modified: "Modified",
    list: "List",
    grid: "Grid",
    actions: "Actions",
    empty: "This folder is empty",
    nothing_found: "No name contains this text",
    truncated: "There are more results than are shown. Search for a longer text, or in a subfolder.",
    upload: "Upload",
    drop_hint: "or drop files anywhere",
    choose_folder: "choose a folder",
    files_label: "Files",
    folder_label: "Folder",
    replace_label: "Replace files of the same name",
    drop_box: "You can upload files here. The files in this folder are not shown.",
    new_folder: "New folder",
    create: "Create",
    rename: "Rename",
    new_name: "New name",
    r#move: "Move",
    move_to: "Move to",
    move_or_delete: "Move or delete",
    delete: "Delete",
    final_note: "This cannot be undone.",
    copy_link: "Copy link",
    open: "Open",
    download: "Download",
    download_folder: "Download folder",
    select: "Select",
    back: "Back",
    cancel: "Cancel",
    log_in: "Log in",
    log_out: "Log out",
    user: "User name",
    password: "Password",
    login_required: "This page needs a login.",
    login_wrong: "The user name or the password is wrong.",
    login_too_many: "Too many attempts. Try again later.",
    no_preview: "There is no preview of this file.",
    cut: "Only the beginning of this file is shown.",
    files: ["file", "files"],
    folders: ["folder", "folders"],
    results: ["result", "results"],
    entries: ["entry", "entries"],
    more: ["and", "more"],
    delete_question: ["Delete", "?"],
};

const INDONESIAN: Words = Words {
    language: "id",
    home: "Beranda",
    path: "Lokasi",
    parent: "Folder induk",
    filter: "Saring",
    filter_hint: "Saring; Enter mencari di subfolder",
    sort: "Urutkan",
    name: "Nama",
    size: "Ukuran",
    modified: "Diubah",
    list: "Daftar",
    grid: "Kisi",
    actions: "Tindakan",
    empty: "Folder ini kosong",
    nothing_found: "Tidak ada nama yang berisi teks ini",
    truncated: "Hasil yang ditampilkan tidak lengkap. Cari teks yang lebih panjang, atau cari di subfolder.",
    upload: "Unggah",
    drop_hint: "atau jatuhkan berkas di mana saja",
    choose_folder: "pilih folder",
    files_label: "Berkas",
    folder_label: "Folder",
    replace_label: "Ganti berkas yang bernama sama",
    drop_box: "Anda dapat mengunggah berkas ke sini. Isi folder ini tidak ditampilkan.",
    new_folder: "Folder baru",
    create: "Buat",
    rename: "Ganti nama",
    new_name: "Nama baru",
    r#move: "Pindahkan",
    move_to: "Pindahkan ke",
    move_or_delete: "Pindahkan atau hapus",
    delete: "Hapus",
    final_note: "Tindakan ini tidak dapat dibatalkan.",
    copy_link: "Salin tautan",
    open: "Buka",
    download: "Unduh",
    download_folder: "Unduh folder",
    select: "Pilih",
    back: "Kembali",
    cancel: "Batal",
    log_in: "Masuk",
    log_out: "Keluar",
    user: "Nama pengguna",
    password: "Kata sandi",
    login_required: "Halaman ini memerlukan akun.",
    login_wrong: "Nama pengguna atau kata sandi salah.",
    login_too_many: "Terlalu banyak percobaan. Coba lagi nanti.",
    no_preview: "Berkas ini tidak dapat dipratinjau.",
    cut: "Hanya bagian awal berkas ini yang ditampilkan.",
    files: ["berkas", "berkas"],
    folders: ["folder", "folder"],
    results: ["hasil", "hasil"],
    entries: ["entri", "entri"],
    more: ["dan", "lainnya"],
    delete_question: ["Hapus", "?"],
};

/// The language that the client prefers (Accept-Language).
pub(in crate::server) fn language(head: &RequestHead) -> Language {
    match accept::language(head, &[ENGLISH.language, INDONESIAN.language]) {
        Some("id") => Language::Indonesian,
        _ => Language::English,
    }
}

impl Words {
    /// The words in the language that the client prefers (Accept-Language).
    pub(in crate::server) fn of(head: &RequestHead) -> &'static Self {
        match language(head) {
            Language::English => &ENGLISH,
            Language::Indonesian => &INDONESIAN,
        }
    }

    pub(super) fn files(&self, count: usize) -> String {
        counted(count, self.files)
    }

    pub(super) fn folders(&self, count: usize) -> String {
        counted(count, self.folders)
    }

    pub(super) fn results(&self, count: usize) -> String {
        counted(count, self.results)
    }

    pub(super) fn entries(&self, count: usize) -> String {
        counted(count, self.entries)
    }

    /// The end of a list of which so many items are not shown.
    pub(super) fn more(&self, count: usize) -> String {
        let [before, after] = self.more;
        format!("{before} {count} {after}")
    }

    /// The question before several entries are deleted.
    pub(super) fn delete_several(&self, count: usize) -> String {
        let [before, after] = self.delete_question;
        format!("{before} {}{after}", self.entries(count))
    }

    /// The question before an entry is deleted.
    pub(super) fn delete_question(&self, name: &str) -> String {
        let [before, after] = self.delete_question;
        format!("{before} \u{201C}{name}\u{201D}{after}")
    }
}

fn counted(count: usize, [one, several]: [&str; 2]) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}
