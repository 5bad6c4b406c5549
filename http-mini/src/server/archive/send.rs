//! Sends an archive. A file that cannot be read or has changed ends the connection: the archive would be damaged, and
//! its status has been sent already. The log then names the file.

use std::io;

use common::escape::Escaped;
use common::files::{Entries, Entry, FileContent, Tree, TreeError};
use common::log;
use common::net::budget::{self, MemoryUse, Reservation};
use flate2::Crc;

use super::members::{ArchiveSource, member};
use crate::content::write::Writer;
use crate::server::representation::Representation;
use crate::wire::archive::tar;
use crate::wire::archive::zip::{self, CentralDirectory};

/// Members of a zip archive, which are in memory while it is sent: about 100 bytes each.
const ZIP_MEMBERS: usize = 1_000_000;
/// Contents are read in pieces of this size (64 KiB).
const PIECE: usize = 64 << 10;

/// The content of a response.
#[derive(Debug)]
pub(in crate::server) enum Archive {
    Tar(ArchiveSource),
    Zip(ZipArchive),
}

/// A zip archive whose members are known.
#[derive(Debug)]
pub(in crate::server) struct ZipArchive {
    source: ArchiveSource,
    /// The members in their order, with their paths as names.
    members: Entries,
    length: u64,
    /// Memory for the CRC of each member.
    _reserved: Reservation,
}

impl Archive {
    /// Walks through the members; `None` if there are more than [`ZIP_MEMBERS`].
    pub(in crate::server) async fn zip(
        source: ArchiveSource,
        tree: &Tree<Representation>,
    ) -> Result<Option<Self>, TreeError> {
        let (mut members, mut directory) = (Entries::new(source.address)?, CentralDirectory::default());
        let visit = async |entry: &Entry<'_>| {
            directory.header(&member(entry), 0);
            members.add(entry)
        };
        if !source.walk(tree, ZIP_MEMBERS, visit).await? {
            return Ok(None);
        }
        let _reserved =
            budget::reserve(MemoryUse::Listings, members.len() * size_of::<u32>(), source.address)?;
        let length = directory.archive_length();
        Ok(Some(Self::Zip(ZipArchive { source, members, length, _reserved })))
    }

    pub(in crate::server) fn length(&self) -> Option<u64> {
        match self {
            Self::Tar(_) => None,
            Self::Zip(archive) => Some(archive.length),
        }
    }

    /// Sends the archive, and returns its length.
    ///
    /// # Errors
    /// The connection failed, or a member cannot be sent.
    pub(in crate::server) async fn send(
        &self,
        tree: &Tree<Representation>,
        mut writer: Writer<'_>,
    ) -> io::Result<u64> {
        let sent = match self {
            Self::Tar(source) => send_tar(source, tree, &mut writer).await,
            Self::Zip(archive) => archive.send(tree, &mut writer).await,
        };
        match sent {
            Ok(()) => Ok(writer.finish()),
            Err(TreeError::Io(error)) => Err(error),
            Err(error) => Err(io::Error::other(error)),
        }
    }
}

async fn send_tar(
    source: &ArchiveSource,
    tree: &Tree<Representation>,
    writer: &mut Writer<'_>,
) -> Result<(), TreeError> {
    let send = async |entry: &Entry<'_>| {
        if entry.meta.is_directory() {
            return writer.write(&tar::header(&member(entry))).await.map_err(TreeError::Io);
        }
        let content = named(entry, source.open(tree, entry.name).await)?;
        // What is open now may be newer than the listing.
        let entry = Entry { meta: *content.meta(), ..*entry };
        let member = member(&entry);
        writer.write(&tar::header(&member)).await.map_err(TreeError::Io)?;
        send_content(&entry, &content, writer).await?;
        writer.write(tar::padding(member.size)).await.map_err(TreeError::Io)
    };
    source.walk(tree, usize::MAX, send).await?;
    writer.write(&tar::END).await.map_err(TreeError::Io)
}

impl ZipArchive {
    async fn send(&self, tree: &Tree<Representation>, writer: &mut Writer<'_>) -> Result<(), TreeError> {
        let mut crcs = Vec::with_capacity(self.members.len());
        for entry in self.members.iter() {
            let member = member(&entry);
            writer.write(&zip::local_header(&member)).await.map_err(TreeError::Io)?;
            let crc = match entry.meta.is_directory() {
                true => 0,
                false => self.send_file(&entry, tree, writer).await?,
            };
            writer.write(&zip::descriptor(&member, crc)).await.map_err(TreeError::Io)?;
            crcs.push(crc);
        }
        let mut directory = CentralDirectory::default();
        for (entry, crc) in self.members.iter().zip(crcs) {
            writer.write(&directory.header(&member(&entry), crc)).await.map_err(TreeError::Io)?;
        }
        writer.write(&directory.end()).await.map_err(TreeError::Io)
    }

    async fn send_file(
        &self,
        entry: &Entry<'_>,
        tree: &Tree<Representation>,
        writer: &mut Writer<'_>,
    ) -> Result<u32, TreeError> {
        let content = named(entry, self.source.open(tree, entry.name).await)?;
        let is_current = content.meta().version == entry.meta.version;
        named(entry, if is_current { Ok(()) } else { Err(TreeError::Changed) })?;
        send_content(entry, &content, writer).await
    }
}

/// Sends as many bytes as the entry has, and returns their CRC-32.
async fn send_content(
    entry: &Entry<'_>,
    content: &FileContent<Representation>,
    writer: &mut Writer<'_>,
) -> Result<u32, TreeError> {
    let (mut crc, mut pieces) = (Crc::new(), content.pieces(0..entry.meta.size, PIECE));
    while let Some(piece) = named(entry, pieces.next().await.map_err(TreeError::from))? {
        crc.update(piece);
        writer.write(piece).await.map_err(TreeError::Io)?;
    }
    Ok(crc.sum())
}

/// Logs a failure of a member, with its name.
fn named<T>(entry: &Entry<'_>, result: Result<T, TreeError>) -> Result<T, TreeError> {
    result.inspect_err(|error| {
        log::problem(format_args!("cannot archive '{}': {error}", Escaped(entry.name)));
    })
}
