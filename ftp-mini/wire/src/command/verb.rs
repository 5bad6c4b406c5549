//! The verbs, and which of them need no login.

use super::{Algorithm, Command};

/// A verb that is known, whether or not it is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is named as it is spelled")]
pub enum Verb {
    // RFC 959: login.
    User,
    Pass,
    Acct,
    Rein,
    Quit,
    // RFC 2228 and 4217: security.
    Auth,
    Pbsz,
    Prot,
    Ccc,
    // RFC 959: transfer parameters.
    Type,
    Mode,
    Stru,
    // RFC 959: directories. XCWD, XCUP, XPWD, XMKD and XRMD (RFC 775) are the same.
    Cwd,
    Cdup,
    Pwd,
    Mkd,
    Rmd,
    // RFC 959 and 2428: data connections.
    Pasv,
    Epsv,
    Port,
    Eprt,
    // RFC 959: transfers.
    Retr,
    Stor,
    Appe,
    Stou,
    Rest,
    Abor,
    Allo,
    // RFC 959 and 3659: listings.
    List,
    Nlst,
    Mlsd,
    Mlst,
    Stat,
    // RFC 959 and 3659, draft-somers-ftp-mfxx: files.
    Dele,
    Rnfr,
    Rnto,
    Size,
    Mdtm,
    Mfmt,
    Mff,
    // draft-bryan-ftp-hash and -range, and what servers had before.
    Hash,
    Rang,
    Xcrc,
    Xmd5,
    Xsha1,
    Xsha256,
    Xsha512,
    // RFC 959, 2389, 2640, 7151, draft-peterson-streamlined-ftp-command-extensions: the rest.
    Feat,
    Opts,
    Clnt,
    Csid,
    Host,
    Lang,
    Avbl,
    Help,
    Noop,
    Syst,
    Site,
    // Known, never carried out: mounting, GSSAPI, and addresses of RFC 1639.
    Smnt,
    Adat,
    Mic,
    Conf,
    Enc,
    Lprt,
    Lpsv,
    Mfct,
}

/// Every spelling. Where a verb has two, the first is its name.
const NAMES: &[(&str, Verb)] = &[
    ("USER", Verb::User),
    ("PASS", Verb::Pass),
    ("ACCT", Verb::Acct),
    ("REIN", Verb::Rein),
    ("QUIT", Verb::Quit),
    ("AUTH", Verb::Auth),
    ("PBSZ", Verb::Pbsz),
    ("PROT", Verb::Prot),
    ("CCC", Verb::Ccc),
    ("TYPE", Verb::Type),
    ("MODE", Verb::Mode),
    ("STRU", Verb::Stru),
    ("CWD", Verb::Cwd),
    ("XCWD", Verb::Cwd),
    ("CDUP", Verb::Cdup),
    ("XCUP", Verb::Cdup),
    ("PWD", Verb::Pwd),
    ("XPWD", Verb::Pwd),
    ("MKD", Verb::Mkd),
    ("XMKD", Verb::Mkd),
    ("RMD", Verb::Rmd),
    ("XRMD", Verb::Rmd),
    ("PASV", Verb::Pasv),
    ("EPSV", Verb::Epsv),
    ("PORT", Verb::Port),
    ("EPRT", Verb::Eprt),
    ("RETR", Verb::Retr),
    ("STOR", Verb::Stor),
    ("APPE", Verb::Appe),
    ("STOU", Verb::Stou),
    ("REST", Verb::Rest),
    ("ABOR", Verb::Abor),
    ("ALLO", Verb::Allo),
    ("LIST", Verb::List),
    ("NLST", Verb::Nlst),
    ("MLSD", Verb::Mlsd),
    ("MLST", Verb::Mlst),
    ("STAT", Verb::Stat),
    ("DELE", Verb::Dele),
    ("RNFR", Verb::Rnfr),
    ("RNTO", Verb::Rnto),
    ("SIZE", Verb::Size),
    ("MDTM", Verb::Mdtm),
    ("MFMT", Verb::Mfmt),
    ("MFF", Verb::Mff),
    ("HASH", Verb::Hash),
    ("RANG", Verb::Rang),
    ("XCRC", Verb::Xcrc),
    ("XMD5", Verb::Xmd5),
    ("XSHA1", Verb::Xsha1),
    ("XSHA", Verb::Xsha1),
    ("XSHA256", Verb::Xsha256),
    ("XSHA512", Verb::Xsha512),
    ("FEAT", Verb::Feat),
    ("OPTS", Verb::Opts),
    ("CLNT", Verb::Clnt),
    ("CSID", Verb::Csid),
    ("HOST", Verb::Host),
    ("LANG", Verb::Lang),
    ("AVBL", Verb::Avbl),
    ("HELP", Verb::Help),
    ("NOOP", Verb::Noop),
    ("SYST", Verb::Syst),
    ("SITE", Verb::Site),
    ("SMNT", Verb::Smnt),
    ("ADAT", Verb::Adat),
    ("MIC", Verb::Mic),
    ("CONF", Verb::Conf),
    ("ENC", Verb::Enc),
    ("LPRT", Verb::Lprt),
    ("LPSV", Verb::Lpsv),
    ("MFCT", Verb::Mfct),
];

impl Verb {
    /// The verb that is spelled so, in any case.
    #[must_use]
    pub fn named(name: &[u8]) -> Option<Self> {
        let spelled = |(known, _): &&(&str, Self)| known.as_bytes().eq_ignore_ascii_case(name);
        NAMES.iter().find(spelled).map(|(_, verb)| *verb)
    }

    /// Its name, in capitals.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, verb)| *verb == self).map_or("", |(name, _)| name)
    }

    /// Whether it may be used before login. For everything else the answer is 530, also when its argument is
    /// wrong.
    #[must_use]
    pub fn before_login(self) -> bool {
        matches!(
            self,
            Self::User
                | Self::Pass
                | Self::Acct
                | Self::Auth
                | Self::Pbsz
                | Self::Prot
                | Self::Feat
                | Self::Opts
                | Self::Help
                | Self::Noop
                | Self::Syst
                | Self::Clnt
                | Self::Host
                | Self::Lang
                | Self::Rein
                | Self::Quit
        )
    }
}

impl From<&Command> for Verb {
    fn from(command: &Command) -> Self {
        match command {
            Command::User(_) => Self::User,
            Command::Pass(_) => Self::Pass,
            Command::Acct(_) => Self::Acct,
            Command::Rein => Self::Rein,
            Command::Quit => Self::Quit,
            Command::Auth(_) => Self::Auth,
            Command::Pbsz(_) => Self::Pbsz,
            Command::Prot(_) => Self::Prot,
            Command::Ccc => Self::Ccc,
            Command::Type(_) => Self::Type,
            Command::Mode(_) => Self::Mode,
            Command::Stru(_) => Self::Stru,
            Command::Cwd(_) => Self::Cwd,
            Command::Cdup => Self::Cdup,
            Command::Pwd => Self::Pwd,
            Command::Mkd(_) => Self::Mkd,
            Command::Rmd(_) => Self::Rmd,
            Command::Pasv => Self::Pasv,
            Command::Epsv(_) => Self::Epsv,
            Command::Port(_) => Self::Port,
            Command::Eprt(_) => Self::Eprt,
            Command::Retr(_) => Self::Retr,
            Command::Stor(_) => Self::Stor,
            Command::Appe(_) => Self::Appe,
            Command::Stou(_) => Self::Stou,
            Command::Rest(_) => Self::Rest,
            Command::Abor => Self::Abor,
            Command::Allo(_) => Self::Allo,
            Command::List(_) => Self::List,
            Command::Nlst(_) => Self::Nlst,
            Command::Mlsd(_) => Self::Mlsd,
            Command::Mlst(_) => Self::Mlst,
            Command::Stat(_) => Self::Stat,
            Command::Dele(_) => Self::Dele,
            Command::Rnfr(_) => Self::Rnfr,
            Command::Rnto(_) => Self::Rnto,
            Command::Size(_) => Self::Size,
            Command::Mdtm { .. } => Self::Mdtm,
            Command::Mfmt { .. } => Self::Mfmt,
            Command::Mff { .. } => Self::Mff,
            Command::Hash(_) => Self::Hash,
            Command::Rang(_) => Self::Rang,
            Command::Digest(Algorithm::Crc32, _) => Self::Xcrc,
            Command::Digest(Algorithm::Md5, _) => Self::Xmd5,
            Command::Digest(Algorithm::Sha1, _) => Self::Xsha1,
            Command::Digest(Algorithm::Sha256, _) => Self::Xsha256,
            Command::Digest(Algorithm::Sha512, _) => Self::Xsha512,
            Command::Feat => Self::Feat,
            Command::Opts(_) => Self::Opts,
            Command::Clnt(_) => Self::Clnt,
            Command::Csid(_) => Self::Csid,
            Command::Host(_) => Self::Host,
            Command::Lang(_) => Self::Lang,
            Command::Avbl(_) => Self::Avbl,
            Command::Help(_) => Self::Help,
            Command::Noop => Self::Noop,
            Command::Syst => Self::Syst,
            Command::Site(_) => Self::Site,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every verb, as likely as any other.
    pub(in crate::command) fn any_verb() -> impl Strategy<Value = Verb> {
        (0..NAMES.len()).prop_map(|at| NAMES[at].1)
    }

    #[test]
    fn every_spelling_is_found_in_any_case() {
        for (name, verb) in NAMES {
            assert_eq!(Verb::named(name.to_lowercase().as_bytes()), Some(*verb));
            assert_eq!(Verb::named(verb.name().as_bytes()), Some(*verb));
        }
        assert_eq!(Verb::Cwd.name(), "CWD");
        assert_eq!(Verb::named(b"XMD"), None);
    }
}
