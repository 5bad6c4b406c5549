//! The argument of LIST, NLST and STAT: options of `ls`, then a pathname.
//!
//! RFC 959 defines only the pathname, but FileZilla, gvfs and others send `LIST -a` and do not mean a file of
//! that name. Words of a `-` and letters or digits are options, in any number; the first other word starts
//! the pathname, which keeps every space. So `-notes.txt` is a name, and `./-a` or `-- -a` name a file called
//! `-a`. (vsftpd accepts one word of options, pure-ftpd any number; both need `./` for names.)

use nom::bytes::complete::{tag, take_while1};
use nom::combinator::eof;
use nom::multi::fold_many0;
use nom::sequence::{preceded, terminated};
use nom::{Parser, branch::alt};
use syntax::watch::Watch;

use super::failure::Parsed;
use super::glob::is_pattern;
use super::part;
use super::pathname::Pathname;

/// The options of a listing. The default is that of `ls` without options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LsOptions {
    /// Whether names that begin with a dot are shown: `-A`, `-a`.
    pub dots: Dots,
    /// `-l`: NLST in the format of LIST, which always has it.
    pub long: bool,
    /// `-d`: a directory itself, not its entries. It cancels `-R`.
    pub directory: bool,
    /// `-R`: with all directories below.
    pub recursive: bool,
    /// `-t`, `-S`.
    pub order: LsOrder,
    /// `-r`: the order reversed.
    pub reverse: bool,
}

/// Names that start with a dot. Of `-a` and `-A`, the last one applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dots {
    /// Not shown.
    #[default]
    Hidden,
    /// `-A`: shown, except `.` and `..`.
    AlmostAll,
    /// `-a`: shown.
    All,
}

/// The order of entries. Of `-t` and `-S`, the last one applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LsOrder {
    /// By name, as bytes.
    #[default]
    Name,
    /// `-t`: the newest first.
    Time,
    /// `-S`: the largest first.
    Size,
}

/// A parsed argument.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LsArgument {
    /// The options.
    pub options: LsOptions,
    /// The path to list, possibly a pattern (`glob`); by default the current directory.
    pub path: Option<Pathname>,
}

/// Parses the argument after the verb, or an empty one. Nothing is refused: unknown options are ignored, and
/// so is `-1`, because every format has one name on each line.
///
/// ```text
/// argument = *( "-" 1*(ALPHA / DIGIT) SP ) ["--" SP] [pathname]      -la my notes.txt
/// ```
#[must_use]
pub fn parse(argument: &[u8]) -> LsArgument {
    parse_with(argument, ())
}

/// Like [`parse`], and reports the options, and the pathname or pattern.
pub(crate) fn parse_with<W: Watch>(argument: &[u8], watch: W) -> LsArgument {
    let (rest, options) = options(argument).unwrap_or((argument, LsOptions::default()));
    let path = rest.strip_prefix(b"-- ").unwrap_or(if rest == b"--" { b"" } else { rest });
    if W::IS_WATCHING {
        let words = argument.get(..argument.len() - path.len()).unwrap_or_default();
        watch.part(&part::OPTIONS, words.trim_ascii_end());
        watch.part(if is_pattern(path) { &part::PATTERN } else { &part::PATHNAME }, path);
    }
    LsArgument { options, path: Pathname::new(path) }
}

fn options(input: &[u8]) -> Parsed<'_, LsOptions> {
    let letters = preceded(tag("-"), take_while1(|byte: u8| byte.is_ascii_alphanumeric()));
    let word = terminated(letters, alt((tag(" "), eof)));
    fold_many0(word, LsOptions::default, |options, letters: &[u8]| {
        letters.iter().fold(options, |options, letter| options.with(*letter))
    })
    .parse(input)
}

impl LsOptions {
    fn with(mut self, letter: u8) -> Self {
        match letter {
            b'a' => self.dots = Dots::All,
            b'A' => self.dots = Dots::AlmostAll,
            b'l' => self.long = true,
            b'd' => self.directory = true,
            b'R' => self.recursive = true,
            b't' => self.order = LsOrder::Time,
            b'S' => self.order = LsOrder::Size,
            b'r' => self.reverse = true,
            _ => {}
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_come_in_any_order_and_the_rest_is_a_name() {
        let none = LsOptions::default();
        let all = LsOptions { dots: Dots::All, ..none };
        let long = LsOptions { long: true, ..all };
        let every = LsOptions {
            dots: Dots::AlmostAll,
            long: true,
            directory: false,
            recursive: true,
            order: LsOrder::Size,
            reverse: true,
        };
        for (argument, options, path, why) in [
            ("", none, "", "nothing"),
            ("notes.txt", none, "notes.txt", "a name"),
            ("my notes.txt ", none, "my notes.txt ", "spaces are part of a name"),
            (" notes.txt", none, " notes.txt", "one space separates the verb, others count"),
            ("-a", all, "", "FileZilla and gvfs: no name"),
            ("-a ", all, "", "nor is the space behind"),
            ("-la", long, "", "letters together"),
            ("-l -a", long, "", "or apart"),
            ("-al  my notes", long, " my notes", "one space, then the name"),
            ("-aAlRtrS1 /pub", every, "/pub", "all of them; the last of two counts"),
            ("-1", none, "", "known and without effect"),
            ("-ld pub", LsOptions { long: true, directory: true, ..none }, "pub", "the directory itself"),
            ("-Fx -a", all, "", "unknown letters are ignored"),
            ("-notes.txt", none, "-notes.txt", "not only letters: a name"),
            ("-a -notes.txt", all, "-notes.txt", "after options too"),
            ("-a-b", none, "-a-b", "a dash inside: a name"),
            ("-", none, "-", "a dash alone: a name"),
            ("./-a", none, "./-a", "a name called -a"),
            ("-- -a", none, "-a", "the same, after the end of options"),
            ("-a -- -l x", all, "-l x", "options before it count"),
            ("--", none, "", "the end of options, and no name"),
            ("notes -a", none, "notes -a", "options after a name are part of it"),
        ] {
            let expected = LsArgument { options, path: Pathname::new(path.as_bytes()) };
            assert_eq!(parse(argument.as_bytes()), expected, "{why}: {argument:?}");
        }
    }
}
