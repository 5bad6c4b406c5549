//! The files that all pages load: style, script and icons. Their URL is the root's with a query, `/?asset=style-1a2b`,
//! so they need no name in the tree. It contains a hash of the content, so browsers cache them without asking again.

use std::borrow::Cow;
use std::sync::LazyLock;

use base64ct::{Base64, Encoding};
use sha2::{Digest as _, Sha256};

use crate::wire::head::RequestHead;
use crate::wire::query;

/// It refers to the icons as `ICONS`.
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = concat!(
    include_str!("words.js"),
    include_str!("page.js"),
    include_str!("transfer.js"),
    include_str!("upload.js")
);
/// The icons of the list, one below the other, in the order of the kinds in `page.css`.
const ICONS: &str = include_str!("icons.svg");
const FAVICON: &str = include_str!("favicon.svg");

pub(super) static STYLE_ASSET: LazyLock<Asset> = LazyLock::new(|| {
    let style = STYLE.replace("ICONS", &ICONS_ASSET.href(0));
    Asset::new("style", "text/css; charset=utf-8", style.into())
});
pub(super) static SCRIPT_ASSET: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("script", "text/javascript; charset=utf-8", SCRIPT.into()));
pub(super) static FAVICON_ASSET: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("favicon", "image/svg+xml", FAVICON.into()));
static ICONS_ASSET: LazyLock<Asset> = LazyLock::new(|| Asset::new("icons", "image/svg+xml", ICONS.into()));

/// The policy of all pages: nothing of other hosts is loaded, and only the script of this module runs. `'self'` would
/// also run a script that a user has uploaded.
pub(in crate::server) static POLICY: LazyLock<String> = LazyLock::new(|| {
    let script = &SCRIPT_ASSET.integrity;
    format!(
        "default-src 'none'; script-src '{script}'; style-src 'self'; img-src 'self'; media-src 'self'; \
         frame-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    )
});

/// A file of the pages.
pub(in crate::server) struct Asset {
    name: &'static str,
    pub(in crate::server) media_type: &'static str,
    pub(in crate::server) content: Cow<'static, str>,
    /// Its digest (Subresource Integrity, section 3.1).
    pub(super) integrity: String,
    version: String,
}

impl Asset {
    fn new(name: &'static str, media_type: &'static str, content: Cow<'static, str>) -> Self {
        let digest = Sha256::digest(content.as_bytes());
        let version = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let integrity = format!("sha256-{}", Base64::encode_string(&digest));
        Self { name, media_type, content, integrity, version }
    }

    /// A reference to it from a page `levels` below the root.
    pub(super) fn href(&self, levels: usize) -> String {
        format!("{}?asset={}-{}", super::up(levels), self.name, self.version)
    }
}

/// The file of the pages that is requested, and whether its content is that of the requested version: another is that of
/// a page from before an upgrade. It needs no permission: it is the same for all servers.
pub(in crate::server) fn requested(head: &RequestHead) -> Option<(&'static Asset, bool)> {
    let target = head.target();
    let asked = query::get(target.query().filter(|_| target.path() == b"/")?, "asset")?;
    let (name, version) = std::str::from_utf8(&asked).ok()?.split_once('-').unwrap_or_default();
    let assets: [&'static Asset; 4] = [&STYLE_ASSET, &SCRIPT_ASSET, &FAVICON_ASSET, &ICONS_ASSET];
    let asset = assets.into_iter().find(|asset| asset.name == name)?;
    Some((asset, asset.version == version))
}
