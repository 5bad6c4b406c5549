//! POST of a form: its files are stored in the directory
//! ([RFC 7578](https://www.rfc-editor.org/rfc/rfc7578)).
//!
//! - `files`, or a field of any name that has a file: stored under the file's own name. A name with
//!   slashes (`dir/sub/a.txt`, a folder that was chosen) makes the directories on the way.
//! - `overwrite=1` before the files: they may replace others. Otherwise a file whose name is taken is
//!   not stored, and the answer says so; with `--on-conflict rename` it gets another one.
//!
//! Each file is whole and durable at its end, whatever becomes of those behind it, so a file that cannot be
//! stored does not end the form: the answer has the status of the first such file, and names them all.

use common::escape::{Escaped, printable};
use common::files::{Create, Error, TreePath, Upload};
use common::net::conn::Conn;
use common::users::Action;

use crate::content::read::Incoming;
use crate::server::HttpWorker;
use crate::server::guard::Request;
use crate::server::listing::{self, page::POLICY};
use crate::server::refusal::Refusal;
use crate::server::response::{Body, Response, directory_link, prefers_pages};
use crate::wire::disposition;
use crate::wire::framing::Framing;
use crate::wire::multipart::{Boundary, Decoder, Part, Step};
use crate::wire::{digest, enclosed};

/// Bytes of a field's value that are looked at.
const VALUE: usize = 64;
/// Files that an answer names; more are counted.
const NAMED: usize = 100;

/// What became of a form so far.
struct Form<'a> {
    worker: &'a HttpWorker,
    request: Request<'a>,
    directory: TreePath,
    /// Whether the user may list it.
    can_look: bool,
    replaces: bool,
    now: Now,
    stored: Names,
    /// With the reason behind each name.
    failed: Names,
    /// The status for the first of those.
    status: u16,
}

/// The part that is being read.
enum Now {
    /// A field without a file: its name and the start of its value.
    Field(Vec<u8>, Vec<u8>),
    /// `is_dropped`: in a drop box, where another name than its own is not told.
    File { name: Vec<u8>, upload: Box<Upload>, is_dropped: bool },
    /// A file that is not stored.
    Dropped,
}

/// Lines of an answer.
#[derive(Default)]
struct Names {
    lines: Vec<String>,
    count: usize,
}

impl Names {
    fn push(&mut self, line: impl FnOnce() -> String) {
        self.count += 1;
        if self.count <= NAMED {
            self.lines.push(line());
        }
    }

    fn text(&self) -> String {
        let mut text = self.lines.join("\n");
        if self.count > NAMED {
            text.push_str(&format!("\nand {} more", self.count - NAMED));
        }
        text
    }
}

impl HttpWorker {
    pub(super) async fn post(
        &self,
        request: Request<'_>,
        content: &mut Incoming,
        conn: &mut Conn,
    ) -> Result<Response, Refusal> {
        let (head, directory) = (request.head, request.path()?);
        enclosed::check(head)?;
        let decoder = Decoder::new(&Boundary::of_request(head)?);
        if !(digest::of_content(head.section())?.is_empty()
            && digest::of_representation(head.section())?.is_empty())
        {
            return Err(Refusal::Because(400, "takes no digests of forms; send the files with PUT"));
        }
        let at = request.locate(&self.tree, directory.clone()).await?;
        request.require(Action::Upload, &at)?;
        if !request.user.is_in_drop_box(&at) && !self.tree.metadata(at.place()).await?.is_directory() {
            return Err(Refusal::Because(409, "is a file; forms are sent to directories"));
        }
        if content.framing() == Framing::None {
            return Err(Refusal::LENGTH_REQUIRED);
        }
        let mut form = Form {
            worker: self,
            request,
            can_look: request.may(Action::List, &at),
            directory,
            replaces: false,
            now: Now::Dropped,
            stored: Names::default(),
            failed: Names::default(),
            status: 409,
        };
        match form.take(decoder, content, conn).await {
            // What was stored before the form broke a rule is told all the same.
            Err(refusal @ Refusal::Rule(_)) if form.stored.count > 0 => form.fail(b"the rest", &refusal),
            taken => taken?,
        }
        form.answer()
    }
}

impl Form<'_> {
    /// Takes the whole form.
    async fn take(
        &mut self,
        mut decoder: Decoder,
        content: &mut Incoming,
        conn: &mut Conn,
    ) -> Result<(), Refusal> {
        let (mut came, mut at) = (Vec::new(), 0);
        loop {
            match decoder.decode(came.get(at..).unwrap_or_default())? {
                Step::Part(part, used) => {
                    at += used;
                    self.begin(part).await;
                }
                Step::Content(span) => {
                    let piece = came.get(at + span.start..at + span.end).unwrap_or_default();
                    self.content(piece).await;
                    at += span.end;
                }
                Step::End(used) => {
                    at += used;
                    self.end().await;
                }
                Step::More(used) => {
                    // What is incomplete stays, the head of a part at most.
                    came.drain(..at + used);
                    at = 0;
                    if !content.next(conn, &mut came, usize::MAX).await? {
                        return Ok(decoder.finish()?);
                    }
                }
            }
        }
    }

    async fn begin(&mut self, part: Part) {
        let field = part.disposition;
        match field.filename {
            None => self.now = Now::Field(field.name, Vec::new()),
            // No file was chosen.
            Some(name) if name.is_empty() => self.now = Now::Dropped,
            Some(name) => match self.open(&name).await {
                Ok((upload, is_dropped)) => {
                    self.now = Now::File { name, upload: Box::new(upload), is_dropped };
                }
                Err(refusal) => self.fail(&name, &refusal),
            },
        }
    }

    /// Begins to store a file, and makes the directories that its name leads through. Whether that is in a
    /// drop box.
    async fn open(&self, name: &[u8]) -> Result<(Upload, bool), Refusal> {
        let names = disposition::names(name).filter(|_| !name.iter().any(u8::is_ascii_control));
        let names = names.ok_or(Refusal::Because(400, "is no name for a file here"))?;
        let path = names.iter().fold(self.directory.clone(), |path, name| path.child(name));
        // The sum of what the names add must be a path, too.
        let path = TreePath::ROOT.join(path.as_bytes())?;
        let (tree, users, user) = (&self.worker.tree, &self.worker.users, self.request.user);
        let at = self.request.locate(tree, path).await?;
        self.request.require(Action::Upload, &at)?;
        user.check_name(&at)?;
        let how = match user.create(&at, users.on_conflict()) {
            _ if self.replaces && user.may(Action::Overwrite, &at) => Create::Replace,
            // Without `overwrite=1` a form replaces nothing.
            Create::Replace => Create::New,
            how => how,
        };
        let (place, address) = (user.place_in(tree, &at).await?, self.request.peer.ip());
        match tree.create(&place, how, None, address).await {
            Err(Error::NotFound) if names.len() > 1 => {}
            upload => return Ok((upload?, user.is_in_drop_box(&at))),
        }
        let mut above = self.directory.clone();
        for name in names.iter().take(names.len() - 1) {
            above = above.child(name);
            let at = self.request.locate(tree, above.clone()).await?;
            self.request.require(Action::Upload, &at)?;
            user.check_name(&at)?;
            match tree.make_dir(at.place()).await {
                Ok(()) | Err(Error::Exists) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok((tree.create(&place, how, None, address).await?, false))
    }

    async fn content(&mut self, piece: &[u8]) {
        match &mut self.now {
            Now::Field(_, value) => {
                let room = VALUE - value.len();
                value.extend_from_slice(piece.get(..room).unwrap_or(piece));
            }
            Now::File { name, upload, .. } => {
                upload.room().extend_from_slice(piece);
                if let Err(error) = upload.advance().await {
                    let name = std::mem::take(name);
                    self.fail(&name, &error.into());
                }
            }
            Now::Dropped => {}
        }
    }

    async fn end(&mut self) {
        match std::mem::replace(&mut self.now, Now::Dropped) {
            Now::Field(name, value) if name == b"overwrite" => self.replaces = value == b"1",
            Now::File { name, upload, is_dropped } => match upload.commit().await {
                Ok(stored) => self.note_stored(name, stored.other_name.filter(|_| !is_dropped)),
                Err(error) => self.fail(&name, &error.into()),
            },
            Now::Field(..) | Now::Dropped => {}
        }
    }

    /// Notes a file that is stored, perhaps under another name than its own.
    fn note_stored(&mut self, name: Vec<u8>, other_name: Option<Vec<u8>>) {
        let shown = match other_name {
            Some(other) => {
                let slash = name.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
                [name.get(..slash).unwrap_or_default(), &other].concat()
            }
            None => name,
        };
        self.stored.push(|| Escaped(&shown).to_string());
    }

    /// Goes on without a file that cannot be stored.
    fn fail(&mut self, name: &[u8], refusal: &Refusal) {
        refusal.report(self.request.head);
        let (status, why) = match refusal {
            Refusal::Tree(Error::Exists) => (409, "exists already".into()),
            Refusal::Tree(Error::IsDirectory | Error::NotDirectory) => {
                (409, "would take the place of a directory, or stand below a file".into())
            }
            refusal => refusal.status(),
        };
        if self.failed.count == 0 {
            self.status = status;
        }
        self.failed.push(|| format!("{}: {why}", printable(name)));
        self.now = Now::Dropped;
    }

    /// A browser goes back to the directory (RFC 9110 section 15.4.4) when it can see there what was
    /// stored; others are told.
    fn answer(self) -> Result<Response, Refusal> {
        let head = self.request.head;
        if self.failed.count > 0 {
            let counts = match self.stored.count {
                0 => "took none of the files".to_owned(),
                1 => "took 1 file, but not all".to_owned(),
                count => format!("took {count} files, but not all"),
            };
            return Ok(Response::message(
                head,
                self.status,
                &format!("{counts}. Not stored:\n{}", self.failed.text()),
            ));
        }
        if self.stored.count == 0 {
            return Err(Refusal::Because(400, "was sent a form without a file"));
        }
        if prefers_pages(head) && self.can_look {
            let location = directory_link(&self.directory);
            return Ok(Response::empty(303).with(|head| head.field("Location", location)));
        }
        if prefers_pages(head) {
            return Ok(Response::message(head, 201, &format!("took these files:\n{}", self.stored.text())));
        }
        let text = self.stored.text() + "\n";
        Ok(Response::rendered(201, listing::Form::Plain, POLICY, Body::Bytes(text.into_bytes())))
    }
}
