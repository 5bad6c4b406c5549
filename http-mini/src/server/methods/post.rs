//! POST of a form: its files are stored in the directory
//! ([RFC 7578](https://www.rfc-editor.org/rfc/rfc7578)).
//!
//! - `files`, or any other field with a file: stored under the file's own name. A name with slashes
//!   (`dir/sub/a.txt`, from a chosen folder) creates these directories.
//! - `overwrite=1` before the files: they may replace others. Otherwise a file whose name is taken is not
//!   stored, or stored under another name with `--on-conflict rename`.
//! - `mtime` before a file: its modification time, in seconds since 1970.
//!
//! Each file is committed at its end. A file that cannot be stored does not end the form: the response has the
//! status of the first such file, and names all of them.

use std::fmt::{self, Write};
use std::time::SystemTime;

use common::escape::{Escaped, printable};
use common::files::{Create, LastLink, TreeError, TreePath, Upload};
use common::net::conn::Conn;
use common::users::{Action, Located};
use syntax::rule::Language;

use super::require_length;
use super::upload::modification_time;
use crate::content::read::Incoming;
use crate::server::guard::{Change, CheckedRequest, all};
use crate::server::refusal::{Outcome, Refusal};
use crate::server::response::{Body, LogNote, ServerResponse, prefers_pages};
use crate::server::{listing, page};
use crate::wire::disposition;
use crate::wire::multipart::{Boundary, FormDecoder, FormPart, FormStep};
use crate::wire::{digest, enclosed};

/// Bytes of a field's value that are kept.
const VALUE: usize = 64;
/// The most files that a response names; the others are only counted.
const NAMED: usize = 100;

pub(super) async fn post(change: Change<'_>, content: &mut Incoming, conn: &mut Conn) -> Outcome {
    let request = change.request();
    let (directory, fields) = (request.path()?, request.head.section());
    enclosed::check(request.head)?;
    let decoder = FormDecoder::new(&Boundary::of_request(request.head)?);
    if !(digest::of_content(fields)?.is_empty() && digest::of_representation(fields)?.is_empty()) {
        return Err(Refusal::because(
            400,
            "takes no digests of forms; send the files with PUT",
            "tidak menerima digest untuk formulir; kirimkan berkas dengan PUT",
        ));
    }
    let target = request.locate(directory.clone(), LastLink::Followed, all(&[Action::Upload])).await?;
    let tree = &request.worker.tree;
    if !request.user.is_in_drop_box(&target) && !tree.metadata(target.place()).await?.is_directory() {
        return Err(Refusal::because(
            409,
            "is a file; forms are sent to directories",
            "adalah berkas; formulir dikirim ke direktori",
        ));
    }
    require_length(content)?;
    let mut form = UploadForm {
        request,
        may_list: request.user.may(Action::List, &target),
        directory,
        overwrites: false,
        modified: None,
        part: UploadFormPart::Ignored,
        stored: Lines::default(),
        failed: Lines::default(),
        failed_in_english: Lines::default(),
        skipped: Lines::default(),
        status: 409,
    };
    let received = form.receive(decoder, content, conn).await;
    form.discard().await;
    match received {
        // The response names the files that were stored before the violation.
        Err(refusal @ Refusal::Rule(_)) if form.stored.count > 0 => form.fail(b"the rest", &refusal),
        received => received?,
    }
    form.response()
}

struct UploadForm<'a> {
    request: CheckedRequest<'a>,
    directory: TreePath,
    may_list: bool,
    overwrites: bool,
    /// The modification time of the next file.
    modified: Option<SystemTime>,
    part: UploadFormPart,
    /// The names of stored files.
    stored: Lines,
    /// The names of other files, with reasons in the client's language.
    failed: Lines,
    /// The same for the log.
    failed_in_english: Lines,
    /// Hidden names: a folder of a Mac contains `.DS_Store`, which is no reason for the upload to fail.
    skipped: Lines,
    /// The status of the first failure.
    status: u16,
}

/// The current part.
enum UploadFormPart {
    /// The field `overwrite`: the start of its value.
    Overwrite(Vec<u8>),
    /// The field `mtime`: the start of its value.
    Modified(Vec<u8>),
    /// `is_dropped`: in a drop box, whose responses do not reveal another name.
    File { name: Vec<u8>, upload: Box<Upload>, is_dropped: bool },
    /// Another field, or a file that is not stored.
    Ignored,
}

/// The first lines of a text, and the number of all lines.
#[derive(Default)]
struct Lines {
    text: String,
    count: usize,
}

impl Lines {
    fn push(&mut self, line: fmt::Arguments<'_>) {
        self.count += 1;
        if self.count <= NAMED {
            let separator = if self.count > 1 { "\n" } else { "" };
            let written = write!(self.text, "{separator}{line}");
            // Writing to memory cannot fail.
            debug_assert!(written.is_ok());
        }
    }

    fn show(&self, language: Language) -> String {
        match (self.count.saturating_sub(NAMED), language) {
            (0, _) => self.text.clone(),
            (more, Language::English) => format!("{}\nand {more} more", self.text),
            (more, Language::Indonesian) => format!("{}\ndan {more} lainnya", self.text),
        }
    }
}

impl UploadForm<'_> {
    async fn receive(
        &mut self,
        mut decoder: FormDecoder,
        content: &mut Incoming,
        conn: &mut Conn,
    ) -> Result<(), Refusal> {
        let (mut received, mut at) = (Vec::new(), 0);
        loop {
            match decoder.decode(received.get(at..).unwrap_or_default())? {
                FormStep::Part(part, used) => {
                    at += used;
                    self.begin(part).await;
                }
                FormStep::Content(span) => {
                    let piece = received.get(at + span.start..at + span.end).unwrap_or_default();
                    self.content(piece).await;
                    at += span.end;
                }
                FormStep::End(used) => {
                    at += used;
                    self.end().await;
                }
                FormStep::More(used) => {
                    // An incomplete part of the input stays: at most the head of a part.
                    received.drain(..at + used);
                    at = 0;
                    if !content.next(conn, &mut received, usize::MAX).await? {
                        return Ok(decoder.finish()?);
                    }
                }
            }
        }
    }

    async fn begin(&mut self, part: FormPart) {
        let field = part.disposition;
        match field.filename {
            None if field.name == b"overwrite" => self.part = UploadFormPart::Overwrite(Vec::new()),
            None if field.name == b"mtime" => self.part = UploadFormPart::Modified(Vec::new()),
            None => self.part = UploadFormPart::Ignored,
            // The user chose no file.
            Some(name) if name.is_empty() => self.part = UploadFormPart::Ignored,
            Some(name) => match self.open(&name).await {
                Ok((mut upload, is_dropped)) => {
                    if let Some(modified) = self.modified.take() {
                        upload.date(modified);
                    }
                    self.part = UploadFormPart::File { name, upload: Box::new(upload), is_dropped };
                }
                Err(Refusal::Tree(TreeError::Hidden)) => {
                    self.skipped.push(format_args!("{}", printable(&name)));
                    self.part = UploadFormPart::Ignored;
                }
                Err(refusal) => self.fail(&name, &refusal),
            },
        }
    }

    /// Creates the upload of a file and the directories of its name. Returns whether it is in a drop box.
    async fn open(&self, name: &[u8]) -> Result<(Upload, bool), Refusal> {
        let names = disposition::names(name).filter(|_| !name.iter().any(u8::is_ascii_control));
        let names = names.ok_or(Refusal::because(
            400,
            "is no name for a file here",
            "tidak dapat menjadi nama berkas di sini",
        ))?;
        let path = names.iter().fold(self.directory.clone(), |path, name| path.child(name));
        // The joined path has a length limit of its own.
        let target = self.locate(TreePath::ROOT.join(path.as_bytes()).map_err(TreeError::from)?).await?;
        let (tree, user) = (&self.request.worker.tree, self.request.user);
        let how = match user.create(&target, self.request.worker.users.on_conflict()) {
            _ if self.overwrites && user.may(Action::Overwrite, &target) => Create::Replace,
            // Without `overwrite=1` a form replaces nothing.
            Create::Replace => Create::New,
            how => how,
        };
        let place = user.place_in(tree, &target).await?;
        match tree.create(&place, how, None, self.request.uploader()).await {
            Err(TreeError::NotFound) if names.len() > 1 => {}
            upload => return Ok((upload?, user.is_in_drop_box(&target))),
        }
        let mut directory = self.directory.clone();
        for name in names.iter().take(names.len() - 1) {
            directory = directory.child(name);
            let target = self.locate(directory.clone()).await?;
            match tree.make_dir(target.place()).await {
                Ok(()) | Err(TreeError::Exists) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok((tree.create(&place, how, None, self.request.uploader()).await?, false))
    }

    async fn locate(&self, path: TreePath) -> Result<Located, Refusal> {
        let target = self.request.locate(path, LastLink::Followed, all(&[Action::Upload])).await?;
        self.request.user.check_name(&self.request.worker.tree, &target).await?;
        Ok(target)
    }

    async fn content(&mut self, piece: &[u8]) {
        match &mut self.part {
            UploadFormPart::Overwrite(value) | UploadFormPart::Modified(value) => {
                let room = VALUE - value.len();
                value.extend_from_slice(piece.get(..room).unwrap_or(piece));
            }
            UploadFormPart::File { name, upload, .. } => {
                upload.room().extend_from_slice(piece);
                if let Err(error) = upload.advance().await {
                    let name = std::mem::take(name);
                    self.fail(&name, &error.into());
                }
            }
            UploadFormPart::Ignored => {}
        }
    }

    async fn end(&mut self) {
        match std::mem::replace(&mut self.part, UploadFormPart::Ignored) {
            UploadFormPart::Overwrite(value) => self.overwrites = value == b"1",
            UploadFormPart::Modified(value) => self.modified = modification_time(&value),
            UploadFormPart::File { name, upload, is_dropped } => match upload.commit().await {
                Ok(stored) => {
                    let (directory, own) =
                        name.split_at(name.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1));
                    let other = stored.other_name.filter(|_| !is_dropped);
                    let name = [directory, other.as_deref().unwrap_or(own)].concat();
                    self.stored.push(format_args!("{}", Escaped(&name)));
                }
                Err(error) => self.fail(&name, &error.into()),
            },
            UploadFormPart::Ignored => {}
        }
    }

    /// Ends the upload of an incomplete part, before the response.
    async fn discard(&mut self) {
        if let UploadFormPart::File { upload, .. } =
            std::mem::replace(&mut self.part, UploadFormPart::Ignored)
        {
            let _ = upload.discard().await;
        }
    }

    /// Skips a file that cannot be stored.
    fn fail(&mut self, name: &[u8], refusal: &Refusal) {
        refusal.report(self.request.head);
        let replaces = Refusal::because(
            409,
            "would replace a directory, or be below a file",
            "akan menggantikan direktori, atau berada di bawah sebuah berkas",
        );
        let refusal = match refusal {
            Refusal::Tree(TreeError::IsDirectory | TreeError::NotDirectory) => &replaces,
            refusal => refusal,
        };
        let (status, why) = refusal.describe(page::language(self.request.head));
        if self.failed.count == 0 {
            self.status = status;
        }
        self.failed.push(format_args!("{}: {why}", printable(name)));
        let (_, why) = refusal.describe(Language::English);
        self.failed_in_english.push(format_args!("{}: {why}", printable(name)));
        self.part = UploadFormPart::Ignored;
    }

    /// What the response says if a file was not stored.
    fn failure(&self, language: Language) -> String {
        let (failed, skipped) = (self.failed.show(language), self.skipped(language));
        match (self.stored.count, language) {
            (0, Language::English) => format!("took none of the files. Not stored:\n{failed}{skipped}"),
            (1, Language::English) => format!("took 1 file, but not all. Not stored:\n{failed}{skipped}"),
            (count, Language::English) => {
                format!("took {count} files, but not all. Not stored:\n{failed}{skipped}")
            }
            (0, Language::Indonesian) => {
                format!("tidak menerima satu berkas pun. Tidak disimpan:\n{failed}{skipped}")
            }
            (count, Language::Indonesian) => {
                format!("hanya menerima {count} berkas. Tidak disimpan:\n{failed}{skipped}")
            }
        }
    }

    /// The lines about hidden names, empty if there were none.
    fn skipped(&self, language: Language) -> String {
        let names = self.skipped.show(language);
        match (self.skipped.count, language) {
            (0, _) => String::new(),
            (_, Language::English) => format!("\nSkipped, because these names are not served:\n{names}"),
            (_, Language::Indonesian) => format!("\nDilewati, karena nama ini tidak disajikan:\n{names}"),
        }
    }

    /// Redirects a browser to the directory (RFC 9110 section 15.4.4) if its user may list it; other clients get
    /// the names.
    fn response(self) -> Outcome {
        let head = self.request.head;
        let stored = self.stored.show(Language::English);
        if self.failed.count > 0 {
            let response =
                ServerResponse::message(head, self.status, |language| self.failure(language).into());
            let reason = self.failed_in_english.show(Language::English);
            return Ok(response.with_note(LogNote { stored, reason }));
        }
        let skipped = self.skipped(page::language(head));
        if self.stored.count == 0 && !skipped.is_empty() {
            return Err(Refusal::because(
                403,
                "was sent only names that are not served",
                "hanya menerima nama yang tidak disajikan",
            ));
        }
        if self.stored.count == 0 {
            return Err(Refusal::because(
                400,
                "was sent a form without a file",
                "menerima formulir tanpa berkas",
            ));
        }
        let response = match prefers_pages(head) {
            true if self.may_list && skipped.is_empty() => {
                let location = self.request.location_of_directory(&self.directory);
                ServerResponse::empty(303).with(|head| head.field("Location", location))
            }
            true => ServerResponse::message(head, 201, |language| {
                let (stored, skipped) = (self.stored.show(language), self.skipped(language));
                match language {
                    Language::English => format!("took these files:\n{stored}{skipped}").into(),
                    Language::Indonesian => format!("menerima berkas ini:\n{stored}{skipped}").into(),
                }
            }),
            false => {
                let text = Body::Bytes(format!("{stored}{skipped}\n").into_bytes());
                ServerResponse::rendered(201, listing::ListingForm::Plain, text)
            }
        };
        Ok(response.with_note(LogNote { stored, reason: String::new() }))
    }
}
