//! The features of a server: parses the 211 reply to FEAT. Each feature's own module writes its line.
//!
//! Only features that a client uses are stored. A missing feature proves nothing: many servers have more than
//! they list. [RFC 2389](https://www.rfc-editor.org/rfc/rfc2389) section 3.2.

use syntax::watch::Watch;

use super::command::Algorithm;
use super::part;
use super::reply::Reply;
use super::rule::Rule;

/// The features of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// `UTF8`: names are UTF-8 (RFC 2640).
    pub utf8: bool,
    /// `MLST`: MLST and MLSD, in the form of RFC 3659 section 7.
    pub mlst: bool,
    /// `MFMT`: a file's time can be set (draft-somers-ftp-mfxx).
    pub mfmt: bool,
    /// `HASH SHA-256*;MD5;`: the marked algorithm, if it is known here.
    pub hash: Option<Algorithm>,
}

impl Features {
    /// Parses the reply to FEAT. Every line between the first and the last is a feature.
    ///
    /// ```text
    /// feature = SP feature-label [ SP feature-parms ]      " REST STREAM"
    /// ```
    ///
    /// Some servers omit the leading space; labels are case-insensitive.
    #[must_use]
    pub fn read(reply: &Reply) -> Self {
        let lines: Vec<&[u8]> = reply.lines().collect();
        let between = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
        between.iter().fold(Self::default(), |features, line| features.with(line.trim_ascii()))
    }

    fn with(mut self, line: &[u8]) -> Self {
        let (label, parameters) = label(line);
        match label.to_ascii_uppercase().as_slice() {
            b"UTF8" => self.utf8 = true,
            b"MLST" => self.mlst = true,
            b"MFMT" => self.mfmt = true,
            b"HASH" => self.hash = marked(parameters),
            _ => {}
        }
        self
    }
}

/// The label of a feature and its parameters, with their leading space.
fn label(line: &[u8]) -> (&[u8], &[u8]) {
    line.split_at(line.iter().position(|byte| *byte == b' ').unwrap_or(line.len()))
}

/// Reports a line of the reply to FEAT.
pub(crate) fn report(line: &[u8], watch: impl Watch) {
    if !line.starts_with(b" ") {
        watch.tolerates(Rule::FeatureIndent.description(), line);
    }
    let (label, parameters) = label(line.trim_ascii());
    watch.part(&part::FEATURE, label);
    watch.part(&part::FEATURE_PARAMETERS, parameters.trim_ascii_start());
}

/// The algorithm with a `*`, which HASH uses unless OPTS HASH says otherwise.
fn marked(list: &[u8]) -> Option<Algorithm> {
    list.trim_ascii().split(|byte| *byte == b';').find_map(|name| Algorithm::named(name.strip_suffix(b"*")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feat_follows_rfc_2389_section_3_2() {
        let none = Features::default();
        let feat = |lines: &[&'static str]| {
            lines.iter().fold(Reply::new(211, "Features:"), |reply, line| reply.line(*line)).line("End")
        };
        for (reply, expected, why) in [
            (
                feat(&[" MDTM", " MLST type*;size*;", " REST STREAM", " SIZE", " UTF8", " MFMT"]),
                Features { utf8: true, mlst: true, mfmt: true, hash: None },
                "those of this server",
            ),
            (
                feat(&["mfmt", "Utf8"]),
                Features { mfmt: true, utf8: true, ..none.clone() },
                "no space, any case",
            ),
            (
                feat(&[" HASH MD5;SHA-256*;"]),
                Features { hash: Some(Algorithm::Sha256), ..none.clone() },
                "the marked one",
            ),
            (feat(&[" HASH MD5;SHA-512/256*;"]), none.clone(), "one that is not known here"),
            (feat(&[" XUTF8", ""]), none.clone(), "others mean nothing"),
            (Reply::new(211, "UTF8").line("MLST"), none.clone(), "the first and the last line are none"),
            (Reply::new(211, "UTF8"), none, "one line: no features"),
        ] {
            assert_eq!(Features::read(&reply), expected, "{why}");
        }
    }
}
