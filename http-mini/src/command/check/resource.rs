//! The checked resource: what the server says about it, and the values of the templates.

use std::time::{Duration, SystemTime};

use common::check::cases;
use common::client::{Fault, FaultKind};
use common::net::clock;
use syntax::rule::Text;

use super::dialogue::{CheckedServer, Dialogue, FinalResponse, ServerEvent};
use crate::wire::conditional::EntityTag;
use crate::wire::date;
use crate::wire::range::ContentRange;

const DAY: Duration = Duration::from_secs(86_400);
/// A time of modification identifies a version only if it lies this far in the past (RFC 9110 section 8.8.2.2).
const SETTLED: Duration = Duration::from_secs(60);

/// What cases are run against.
#[derive(Debug)]
pub(super) struct CheckedResource {
    pub(super) scheme: &'static str,
    pub(super) authority: String,
    pub(super) path: String,
    /// The field Authorization with its CRLF, or nothing.
    pub(super) login: String,
    /// The response to GET.
    pub(super) get: FinalResponse,
    pub(super) has_ranges: bool,
    /// A file could be stored and removed.
    pub(super) is_writable: bool,
    /// That file could also be copied.
    pub(super) has_copy: bool,
}

/// Values that belong to one run of a case.
#[derive(Clone, Debug, Default)]
pub(super) struct CaseValues {
    /// The path of a file of its own.
    pub(super) file: String,
    /// The last ETag that a response had.
    pub(super) etag: Option<Vec<u8>>,
}

impl CaseValues {
    /// The path to which a case copies its file.
    pub(super) fn copy(&self) -> String {
        copy_of(&self.file)
    }
}

fn copy_of(file: &str) -> String {
    format!("{file}-copy")
}

pub(super) const NO_ETAG: Text = Text { en: "there is no ETag", id: "tidak ada ETag" };
const NO_STRONG_ETAG: Text = Text { en: "there is no strong ETag", id: "tidak ada ETag kuat" };
const NO_DATE: Text = Text { en: "there is no Last-Modified", id: "tidak ada Last-Modified" };
const JUST_MODIFIED: Text =
    Text { en: "it was modified within the last minute", id: "baru diubah dalam satu menit terakhir" };
const NO_LETTER: Text = Text { en: "the path has no letter", id: "path tidak memiliki huruf" };
const NO_VALUE: Text = Text { en: "there is no such value", id: "nilai itu tidak ada" };

impl CheckedResource {
    /// Requests the resource, and a range of it.
    pub(super) async fn probe(
        peer: &CheckedServer,
        (scheme, authority, path): (&'static str, String, String),
        login: String,
    ) -> Result<Self, Fault> {
        let request = |fields| {
            format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\n{login}{fields}Connection: close\r\n\r\n")
        };
        let get = exchange(peer, &request("")).await?;
        if get.status() != 200 {
            let to = get.field("location").map(|to| format!(" to {}", String::from_utf8_lossy(to)));
            let hint = match get.status() {
                301 | 302 | 303 | 307 | 308 => "; name the URL that it redirects to",
                401 | 403 => "; log in with --login NAME:PASSWORD",
                _ => "; name a file or a directory that anybody may read",
            };
            let why = format!("GET gets {}{}, and 200 is needed{hint}", get.status(), to.unwrap_or_default());
            return Err(Fault::new(FaultKind::Failed, why));
        }
        let has_ranges = match get.content.is_empty() {
            true => false,
            false => exchange(peer, &request("Range: bytes=0-0\r\n")).await?.status() == 206,
        };
        Ok(Self { scheme, authority, path, login, get, has_ranges, is_writable: false, has_copy: false })
    }

    /// Finds out whether the server stores, copies and removes a file.
    pub(super) async fn probe_writing(&mut self, peer: &CheckedServer, file: &str) -> Result<(), Fault> {
        let Self { scheme, authority, login, .. } = &*self;
        let fields = format!("Host: {authority}\r\n{login}Connection: close\r\n");
        let put = format!("PUT {file} HTTP/1.1\r\n{fields}Content-Length: 5\r\n\r\nhello");
        let destination = format!("Destination: {scheme}://{authority}{}\r\n", copy_of(file));
        let copy = format!("COPY {file} HTTP/1.1\r\n{fields}{destination}\r\n");
        if exchange(peer, &put).await?.status() / 100 != 2 {
            return Ok(());
        }
        let is_copied = exchange(peer, &copy).await?.status() / 100 == 2;
        self.has_copy = is_copied && remove(peer, self, &copy_of(file)).await? / 100 == 2;
        self.is_writable = remove(peer, self, file).await? / 100 == 2;
        Ok(())
    }

    /// The directory of the resource, with a slash at its end.
    pub(super) fn directory(&self) -> &str {
        let path = self.path.split('?').next().unwrap_or_default();
        path.rfind('/').and_then(|slash| path.get(..=slash)).unwrap_or("/")
    }

    fn modified(&self) -> Result<SystemTime, Text> {
        let value = self.get.field("last-modified").ok_or(NO_DATE)?;
        date::read(value, clock::now()).ok_or(NO_DATE)
    }

    /// The content-length of the uncoded content.
    pub(super) fn size(&self) -> usize {
        self.get.content.len()
    }

    pub(super) fn etag(&self) -> Option<EntityTag<'_>> {
        EntityTag::parse(self.get.field("etag")?)
    }

    /// The bytes of a template. `{host}` is the field Host, and Authorization with `--login`, each with its CRLF.
    ///
    /// # Errors
    /// Why a value does not exist here, as `{etag}` of a resource without one.
    pub(super) fn expand(&self, template: &str, own: &CaseValues) -> Result<Vec<u8>, Text> {
        cases::expand(template, NO_VALUE, |name| self.value(name, own))
    }

    fn value(&self, name: &str, own: &CaseValues) -> Result<Vec<u8>, Text> {
        let at = |time| Ok(date::write(time).to_vec());
        let text = |text: &str| Ok(text.as_bytes().to_vec());
        let tag = || self.get.field("etag").filter(|_| self.etag().is_some()).ok_or(NO_ETAG);
        let opaque = || tag().map(|tag| tag.strip_prefix(b"W/").unwrap_or(tag).to_vec());
        match name {
            "scheme" => text(self.scheme),
            "authority" => text(&self.authority),
            "path" => text(&self.path),
            "host" => text(&format!("Host: {}\r\n{}", self.authority, self.login)),
            "login" => text(&self.login),
            "missing" => text(&format!("{}no-such-name-{}", self.directory(), std::process::id())),
            "hidden" => self.expand("GET {missing} HTTP/1.1\\r\\n{host}\\r\\n", own),
            "encoded" => self.encoded(),
            "size" => text(&self.size().to_string()),
            "etag" => tag().map(<[u8]>::to_vec),
            "strong" => {
                tag().ok().filter(|tag| tag.starts_with(b"\"")).map(<[u8]>::to_vec).ok_or(NO_STRONG_ETAG)
            }
            "weak" => opaque().map(|opaque| [b"W/", &*opaque].concat()),
            "modified" => at(self.modified()?),
            "modified-850" => Ok(obsolete(self.modified()?).0.into_bytes()),
            "modified-asctime" => Ok(obsolete(self.modified()?).1.into_bytes()),
            "before" => at(self.modified()? - DAY),
            "after" => {
                at(self.settled()?.checked_add(DAY).unwrap_or(clock::now()).min(clock::now() - SETTLED / 2))
            }
            "settled" => at(self.settled()?),
            "own" => text(&own.file),
            "copy" => text(&own.copy()),
            "own-etag" => own.etag.clone().filter(|tag| tag.starts_with(b"\"")).ok_or(NO_STRONG_ETAG),
            _ => repeated(name).ok_or(NO_VALUE),
        }
    }

    fn settled(&self) -> Result<SystemTime, Text> {
        self.modified().and_then(|modified| match modified + SETTLED < clock::now() {
            true => Ok(modified),
            false => Err(JUST_MODIFIED),
        })
    }

    /// The path with its last letter percent-encoded.
    fn encoded(&self) -> Result<Vec<u8>, Text> {
        let end = self.path.find('?').unwrap_or(self.path.len());
        let letters: Vec<_> = self.path.char_indices().filter(|(at, _)| *at < end).collect();
        // The hexadecimal digits of an escape are letters as well.
        let is_plain = |at: usize| !self.path.get(at.saturating_sub(2)..at).unwrap_or_default().contains('%');
        let letter = letters.iter().rfind(|(at, letter)| letter.is_ascii_alphabetic() && is_plain(*at));
        let (at, letter) = letter.ok_or(NO_LETTER)?;
        let (before, after) =
            (self.path.get(..*at).unwrap_or_default(), self.path.get(at + 1..).unwrap_or_default());
        Ok(format!("{before}%{:02X}{after}", u32::from(*letter)).into_bytes())
    }

    /// Whether Content-Range and these bytes agree with the content.
    pub(super) fn is_range(&self, value: Option<&[u8]>, bytes: &[u8]) -> bool {
        let Some(ContentRange::Part(part, size)) = value.and_then(ContentRange::parse) else { return false };
        let part = usize::try_from(part.start).ok().zip(usize::try_from(part.end).ok());
        let part = part.and_then(|(start, end)| self.get.content.get(start..end));
        part == Some(bytes) && size.is_none_or(|size| size == self.size() as u64)
    }
}

/// `fields:500` is 500 field lines, `ranges:500` 500 ranges of one byte.
fn repeated(name: &str) -> Option<Vec<u8>> {
    let (what, count) = name.split_once(':')?;
    let count = count.parse::<usize>().ok()?;
    Some(match what {
        "fields" => (0..count).map(|number| format!("X-{number}: y\r\n")).collect::<String>().into_bytes(),
        "ranges" => vec!["0-0"; count].join(",").into_bytes(),
        _ => return None,
    })
}

/// A time in the two obsolete forms, that of RFC 850 and that of asctime.
fn obsolete(time: SystemTime) -> (String, String) {
    let fixdate = String::from_utf8_lossy(&date::write(time)).into_owned();
    let parts: Vec<_> = fixdate.split([' ', ',']).filter(|part| !part.is_empty()).collect();
    let [day_name, day, month, year, clock, _] = parts.as_slice() else { return (fixdate.clone(), fixdate) };
    let long = match *day_name {
        "Tue" => "Tuesday",
        "Wed" => "Wednesday",
        "Thu" => "Thursday",
        "Sat" => "Saturday",
        other => &format!("{other}day"),
    };
    let short_year = year.get(2..).unwrap_or_default();
    let padded = day.strip_prefix('0').map_or((*day).to_owned(), |digit| format!(" {digit}"));
    (
        format!("{long}, {day}-{month}-{short_year} {clock} GMT"),
        format!("{day_name} {month} {padded} {clock} {year}"),
    )
}

/// Removes a file or directory of a case, and returns the status. Only some servers remove a directory without Depth.
pub(super) async fn remove(
    peer: &CheckedServer,
    resource: &CheckedResource,
    file: &str,
) -> Result<u16, Fault> {
    let CheckedResource { authority, login, .. } = resource;
    let fields = format!("Host: {authority}\r\n{login}Depth: infinity\r\nConnection: close\r\n");
    let delete = format!("DELETE {file} HTTP/1.1\r\n{fields}\r\n");
    Ok(exchange(peer, &delete).await?.status())
}

/// One request on a connection of its own.
pub(super) async fn exchange(peer: &CheckedServer, request: &str) -> Result<FinalResponse, Fault> {
    let mut dialogue = Dialogue::new(peer);
    dialogue.send(request.as_bytes(), false).await?;
    let why = match dialogue.next(peer.timeout, false).await {
        ServerEvent::Response(response) => return Ok(*response),
        ServerEvent::Malformed(why) => format!("the response cannot be read: {why}"),
        ServerEvent::CutOff => "the response is cut off".to_owned(),
        ServerEvent::Closed | ServerEvent::Continue => {
            "the server closes the connection without a response".to_owned()
        }
        ServerEvent::Silent => "the server does not respond; wait longer with --timeout".to_owned(),
    };
    Err(Fault::new(FaultKind::Network, why))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::wire::response;

    fn resource(path: &str) -> CheckedResource {
        let head =
            b"HTTP/1.1 200 OK\r\nETag: W/\"a\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n";
        let (head, _) = response::parse(head).unwrap().unwrap();
        CheckedResource {
            scheme: "http",
            authority: "a:8080".into(),
            path: path.into(),
            login: "Authorization: Basic eA==\r\n".into(),
            get: FinalResponse { head, content: b"0123456789".to_vec(), interim: 0 },
            has_ranges: true,
            is_writable: false,
            has_copy: false,
        }
    }

    #[test]
    fn placeholders_are_values_of_the_resource() {
        let own = CaseValues { file: "/d/own".into(), etag: None };
        for (template, expected, why) in [
            ("GET {path} HTTP/1.1", Ok("GET /d/a.txt?q HTTP/1.1"), "the path"),
            ("{host}", Ok("Host: a:8080\r\nAuthorization: Basic eA==\r\n"), "the host, and the login"),
            ("{encoded}", Ok("/d/a.tx%74?q"), "a letter of the path, not of the query"),
            ("{size}", Ok("10"), "the size"),
            ("{etag} {weak}", Ok("W/\"a\" W/\"a\""), "the entity tag"),
            ("{strong}", Err(NO_STRONG_ETAG), "it is weak"),
            ("{modified}", Ok("Sun, 06 Nov 1994 08:49:37 GMT"), "the time"),
            ("{modified-850}", Ok("Sunday, 06-Nov-94 08:49:37 GMT"), "RFC 9110 section 5.6.7"),
            ("{modified-asctime}", Ok("Sun Nov  6 08:49:37 1994"), "RFC 9110 section 5.6.7"),
            ("{before} {after}", Ok("Sat, 05 Nov 1994 08:49:37 GMT Mon, 07 Nov 1994 08:49:37 GMT"), "a day"),
            ("{own} {copy}", Ok("/d/own /d/own-copy"), "the own file, and its copy"),
            ("{own-etag}", Err(NO_STRONG_ETAG), "no response had one"),
            ("{fields:1}{ranges:2}", Ok("X-0: y\r\n0-0,0-0"), "repetitions"),
            ("{nonsense}", Err(NO_VALUE), "a typing error"),
        ] {
            let expanded = resource("/d/a.txt?q").expand(template, &own);
            let expanded = expanded.map(|bytes| String::from_utf8(bytes).unwrap());
            assert_eq!(expanded, expected.map(str::to_owned), "{why}");
        }
        assert_eq!(resource("/%2A/").expand("{encoded}", &own), Err(NO_LETTER));
        let (long, _) = obsolete(UNIX_EPOCH);
        assert_eq!(long, "Thursday, 01-Jan-70 00:00:00 GMT");
    }

    #[test]
    fn a_range_agrees_with_the_content() {
        for (value, bytes, expected) in [
            (Some("bytes 0-1/10"), "01", true),
            (Some("bytes 0-1/*"), "01", true),
            (Some("bytes 0-1/11"), "01", false),
            (Some("bytes 0-1/10"), "12", false),
            (Some("bytes 0-2/10"), "01", false),
            (Some("bytes 9-10/11"), "9", false),
            (Some("bytes */10"), "", false),
            (None, "01", false),
        ] {
            let found = resource("/").is_range(value.map(str::as_bytes), bytes.as_bytes());
            assert_eq!(found, expected, "{value:?} {bytes}");
        }
    }
}
