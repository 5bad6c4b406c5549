//! Brings a representation into a file: it stands beside its name until it is whole, goes on where it was
//! cut off, and is never put together from two versions
//! ([RFC 9110 section 14](https://www.rfc-editor.org/rfc/rfc9110#section-14)).

mod segmented;
mod sink;
mod version;

use std::fs::File;
use std::time::SystemTime;

use common::client::{Fault, Folder, Kind, Outlet, Transfer};
use common::files::{Checksum, Error, Fetch, TreePath, Upload};
use common::net::clock;

use crate::client::content::Lost;
use crate::client::origin::bare;
use crate::client::request::Request;
use crate::client::resource::Resource;
use crate::client::response::Response;
use crate::wire::coding;
use crate::wire::date;
use crate::wire::response::{Head, Status};
pub use segmented::SEGMENTS_LIMIT;
use sink::Sink;
use version::{Validator, Version};

/// What is brought, and how.
#[derive(Clone, Debug)]
pub struct Download {
    /// Where it comes from.
    pub resource: Resource,
    /// What the whole must hash to.
    pub checksum: Option<Checksum>,
    /// Whether to go on with what an earlier run has brought.
    pub resumes: bool,
    /// Whether the file says when the representation was changed last.
    pub keeps_time: bool,
    /// Parts that come at the same time, each over a connection of its own.
    pub segments: usize,
}

/// Where it is brought.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// A file in a folder, and whether one that is there is replaced.
    File(&'a Folder, &'a TreePath, bool),
    /// Something that takes bytes in their order: standard output, a device.
    Stream(&'a File),
}

impl Download {
    /// Brings all of it.
    ///
    /// # Errors
    /// Those of the server, the connection and the disk; [`Kind::Integrity`] for content that is cut off
    /// and cannot be gone on with, or has another digest. What has come is kept if it can be gone on
    /// with.
    pub async fn run(&self, place: Place<'_>, transfer: &Transfer) -> Result<(), Fault> {
        if let Place::File(folder, path, replace) = place {
            if !replace && folder.tree.metadata(path).await.is_ok() {
                return Err(exists(transfer));
            }
            if self.segments > 1 {
                let segments = Box::pin(segmented::run(self, (folder, path, replace), transfer));
                if let Some(done) = segments.await {
                    return done;
                }
            }
        }
        let begun = self.begin(place, transfer).await?;
        let mut job = Job { download: self, place, transfer, begun, anew: 0 };
        match self.resource.retries.persist(transfer, async || job.attempt().await).await {
            Ok(()) => job.finish().await,
            Err(fault) => {
                job.keep().await;
                Err(fault)
            }
        }
    }

    /// What an earlier run has left of the version that is there now.
    async fn begin(&self, place: Place<'_>, transfer: &Transfer) -> Result<Option<Begun>, Fault> {
        let Place::File(folder, path, _) = place else { return Ok(None) };
        if !self.resumes {
            return Ok(None);
        }
        let beginnings = folder.tree.beginnings(path).await.unwrap_or_default();
        if beginnings.is_empty() {
            return Ok(None);
        }
        let response = match self.head(transfer).await {
            Ok(response) => response,
            Err(fault) if fault.kind == Kind::Network => return Err(fault),
            // Some servers answer GET only; it is asked for the whole.
            Err(_) => return Ok(None),
        };
        let version = self.version(response.head());
        let source = self.source(&version);
        let known = folder.tree.begun(path, &source).await.unwrap_or_default();
        if let (Some((_, from)), Some(_)) = (known, &version.validator) {
            let sink = self.sink(place, (&source, from), response.head(), transfer).await?;
            return Ok(Some(Begun { version, source, sink, from }));
        }
        transfer.report().line("what came before is of another version; it starts over");
        for beginning in beginnings {
            // If it stays, it is in nobody's way.
            let _ = folder.tree.remove_file(&beginning, None).await;
        }
        Ok(None)
    }

    /// Which version a response shows, and whether parts of it can be asked for: not where its coding is
    /// undone, as they would be parts of what is coded.
    fn version(&self, head: &Head) -> Version {
        let fields = head.fields();
        let length = fields.only_field("content-length").and_then(|value| str::from_utf8(value).ok());
        let has_ranges = !fields.list("accept-ranges").any(|unit| unit.eq_ignore_ascii_case(b"none"));
        let coding = coding::of_content(fields);
        let is_as_it_comes = coding == Ok(None) || coding == Ok(self.keeps());
        let validator = Validator::of(fields, clock::now()).filter(|_| has_ranges && is_as_it_comes);
        let size = length.filter(|_| is_as_it_comes).and_then(|text| text.parse().ok());
        Version { validator, size, coding }
    }

    /// What a beginning is known by: the place and the version, also where two codings have one tag.
    fn source(&self, version: &Version) -> Vec<u8> {
        let validator = version.validator.as_ref().map(Validator::value).unwrap_or_default();
        let coded: &[u8] = if version.coding == Ok(None) { b"" } else { b"\ncoded" };
        [bare(&self.resource.url).as_str().as_bytes(), b"\n", validator, coded].concat()
    }

    async fn sink(
        &self,
        place: Place<'_>,
        (source, at): (&[u8], u64),
        head: &Head,
        transfer: &Transfer,
    ) -> Result<Sink, Fault> {
        match place {
            Place::File(folder, path, replace) => {
                let fetch = Fetch { source: source.to_vec(), at, replace };
                self.upload((folder, path), fetch, head, transfer).await.map(Sink::File)
            }
            Place::Stream(file) => {
                let mut outlet = Outlet::new(file)?;
                if let Some(checksum) = self.checksum {
                    outlet.expect(checksum);
                }
                Ok(Sink::Stream(outlet))
            }
        }
    }

    async fn upload(
        &self,
        (folder, path): (&Folder, &TreePath),
        fetch: Fetch,
        head: &Head,
        transfer: &Transfer,
    ) -> Result<Upload, Fault> {
        let upload = folder.tree.fetch(path, fetch).await;
        let mut upload = upload.map_err(|error| cannot_store(&error, transfer))?;
        if let Some(checksum) = self.checksum {
            upload.expect(checksum);
        }
        if let Some(time) = modified(head).filter(|_| self.keeps_time) {
            upload.date(time);
        }
        Ok(upload)
    }

    fn request(&self, method: &str) -> Request {
        self.resource.request(method).uncoded(self.keeps())
    }

    /// The coding that the file holds itself.
    fn keeps(&self) -> Option<coding::Name> {
        coding::of_file(self.resource.url.path().as_bytes())
    }

    /// Asks for a part of this version, or for all of another one.
    async fn part(&self, validator: &Validator, range: &str) -> Result<Response, Fault> {
        let validator = String::from_utf8_lossy(validator.value()).into_owned();
        self.request("GET").own_field("Range", range).own_field("If-Range", &validator).await
    }

    /// The head of the representation as it is now.
    pub(super) async fn head(&self, transfer: &Transfer) -> Result<Response, Fault> {
        let attempt = async || {
            let response = self.request("HEAD").await?;
            // A part (206) would be taken for the whole.
            if matches!(response.status(), Status(200 | 203)) { Ok(response) } else { Err(response.fault()) }
        };
        self.resource.retries.persist(transfer, attempt).await
    }
}

/// One download.
struct Job<'a> {
    download: &'a Download,
    place: Place<'a>,
    transfer: &'a Transfer,
    begun: Option<Begun>,
    /// How often what had come was thrown away.
    anew: u32,
}

/// What has come so far.
struct Begun {
    version: Version,
    /// What it is known by in the folder.
    source: Vec<u8>,
    sink: Sink,
    /// Where the sink began.
    from: u64,
}

impl Begun {
    /// Where it goes on.
    fn at(&self) -> u64 {
        self.from + self.sink.received()
    }
}

/// What the server has said.
enum Asked {
    /// There is no more of it.
    Whole,
    /// Here is what is not there yet.
    Rest(Box<Response>),
    /// What it sends does not belong to what has come.
    OtherVersion,
}

impl Job<'_> {
    /// Brings what is not there yet.
    async fn attempt(&mut self) -> Result<(), Fault> {
        loop {
            match self.ask().await? {
                Asked::Whole => return Ok(()),
                Asked::Rest(mut response) => return self.take(&mut response).await,
                Asked::OtherVersion => self.discard().await?,
            }
        }
    }

    async fn ask(&mut self) -> Result<Asked, Fault> {
        let response = match &self.begun {
            Some(begun) if begun.version.size == Some(begun.at()) => return Ok(Asked::Whole),
            Some(Begun { version: Version { validator: Some(validator), .. }, .. }) if self.at() > 0 => {
                let range = format!("bytes={}-", self.at());
                self.download.part(validator, &range).await?
            }
            _ => self.download.request("GET").await?,
        };
        match (response.status(), &mut self.begun) {
            (Status(200 | 203), _) => self.begin_with(&response).await?,
            (Status(206), Some(begun)) if begun.at() > 0 => {
                let part = begun.version.part(response.head().fields(), (begun.at(), None));
                let Some((part, size)) = part else { return Ok(Asked::OtherVersion) };
                if response.left().is_some_and(|left| left != part.end - part.start) {
                    return Ok(Asked::OtherVersion);
                }
                begun.version.size = begun.version.size.or(size);
            }
            (Status(416), Some(begun)) if begun.at() > 0 => {
                let size = begun.version.whole(response.head().fields());
                return Ok(if size == Some(begun.at()) { Asked::Whole } else { Asked::OtherVersion });
            }
            _ => return Err(response.fault()),
        }
        Ok(Asked::Rest(response.into()))
    }

    fn at(&self) -> u64 {
        self.begun.as_ref().map_or(0, Begun::at)
    }

    /// Content that begins at the first byte. What has come before is of no use.
    async fn begin_with(&mut self, response: &Response) -> Result<(), Fault> {
        self.discard().await?;
        let version = Version { size: response.left(), ..self.download.version(response.head()) };
        let source = self.download.source(&version);
        let sink = self.download.sink(self.place, (&source, 0), response.head(), self.transfer).await?;
        self.begun = Some(Begun { version, source, sink, from: 0 });
        Ok(())
    }

    async fn take(&mut self, response: &mut Response) -> Result<(), Fault> {
        let Some(begun) = &mut self.begun else { return Ok(()) };
        self.transfer.start(begun.version.size, begun.at());
        self.transfer.keep(matches!(begun.sink, Sink::File(_)) && begun.version.validator.is_some());
        let throttle = &self.download.resource.throttle;
        loop {
            let before = begun.sink.received();
            match response.next_of(begun.sink.room(), throttle.step()).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(lost) => {
                    let may_start_over = self.anew < self.download.resource.retries.0;
                    return Err(cut_off(lost, &begun.version, may_start_over));
                }
            }
            let came = begun.sink.received() - before;
            self.transfer.advance(came);
            begun.sink.advance(self.transfer).await?;
            throttle.moved(came).await;
        }
        match begun.version.size {
            // A server may give less than it is asked for.
            Some(size) if begun.at() < size => {
                Err(Fault::passing(Kind::Network, "the server has sent a part only"))
            }
            Some(size) if begun.at() > size => {
                Err(Fault::new(Kind::Integrity, "the server has sent more than there is"))
            }
            _ => Ok(()),
        }
    }

    /// Throws away what has come.
    async fn discard(&mut self) -> Result<(), Fault> {
        let Some(begun) = self.begun.take() else { return Ok(()) };
        if begun.at() > 0 {
            self.anew += 1;
        }
        // What comes anew is no progress, so it does not give back any tries.
        if self.anew > self.download.resource.retries.0.max(1) {
            let why = "what has come cannot be gone on with again and again; the file changes, or the network fails";
            self.begun = Some(begun);
            return Err(Fault::new(Kind::Integrity, why));
        }
        match (&begun.sink, self.place) {
            (Sink::Stream(_), _) if begun.at() > 0 => Err(Fault::new(
                Kind::Integrity,
                "the rest is of another version, and what was written cannot be taken back",
            )),
            (_, Place::File(folder, path, _)) => {
                remove(folder, path, &begun.source, begun.sink).await;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Keeps what can be gone on with later.
    async fn keep(self) {
        let (Some(Begun { version, source, sink, .. }), Place::File(folder, path, _)) =
            (self.begun, self.place)
        else {
            return;
        };
        match sink {
            Sink::File(upload) if version.validator.is_some() => drop(upload.keep().await),
            sink => remove(folder, path, &source, sink).await,
        }
    }

    async fn finish(self) -> Result<(), Fault> {
        let Some(Begun { source, sink, .. }) = self.begun else { return Ok(()) };
        match (sink, self.place) {
            (Sink::File(upload), Place::File(folder, path, _)) => {
                commit(upload, (folder, path), &source, self.transfer).await
            }
            (Sink::Stream(outlet), _) => outlet.finish().await,
            (Sink::File(_), Place::Stream(_)) => Ok(()),
        }
    }
}

/// Gives a file its name. One that has another digest is of no use to anybody.
async fn commit(
    upload: Upload,
    (folder, path): (&Folder, &TreePath),
    source: &[u8],
    transfer: &Transfer,
) -> Result<(), Fault> {
    transfer.keep(false);
    let Err(error) = upload.commit().await else { return Ok(()) };
    if matches!(error, Error::Checksum) {
        remove_part(folder, path, source).await;
    }
    Err(cannot_store(&error, transfer))
}

async fn remove(folder: &Folder, path: &TreePath, source: &[u8], sink: Sink) {
    drop(sink);
    remove_part(folder, path, source).await;
}

async fn remove_part(folder: &Folder, path: &TreePath, source: &[u8]) {
    if let Ok(Some((part, _))) = folder.tree.begun(path, source).await {
        // If it stays, it is in nobody's way.
        let _ = folder.tree.remove_file(&part, None).await;
    }
}

/// Content that broke off. It is gone on with if there is a way to know its version; else it starts over,
/// as often as it may.
fn cut_off(lost: Lost, version: &Version, may_start_over: bool) -> Fault {
    let goes_on = version.validator.is_some();
    let kind = if goes_on { Kind::Network } else { Kind::Integrity };
    let fault = match lost {
        Lost::Short => Fault::passing(kind, "the content is cut off: the server closed too early"),
        lost => lost.into(),
    };
    match goes_on || may_start_over {
        true => fault,
        // What came is no progress that gives back tries.
        false => Fault::new(fault.kind, fault.to_string()),
    }
}

fn modified(head: &Head) -> Option<SystemTime> {
    date::read(head.fields().only_field("last-modified")?, clock::now())
}

fn exists(transfer: &Transfer) -> Fault {
    let file = transfer.file();
    Fault::new(Kind::Failed, format!("'{file}' exists; name another file, or replace it with -o '{file}'"))
}

fn cannot_store(error: &Error, transfer: &Transfer) -> Fault {
    match error {
        Error::Exists => exists(transfer),
        error => Fault::file(&transfer.file(), error),
    }
}
