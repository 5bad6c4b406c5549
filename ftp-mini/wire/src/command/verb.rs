//! The verbs, and which of them are allowed before login.

/// Declares [`Verb`] and the table of its spellings. Where a verb has two, the first is its name.
macro_rules! verbs {
    ($($verb:ident $($name:literal)+,)+) => {
        /// A known verb, whether or not the server supports it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each is named as it is spelled")]
        pub enum Verb { $($verb,)+ }

        const NAMES: &[(&str, Verb)] = &[$($(($name, Verb::$verb),)+)+];
    };
}

verbs! {
    // RFC 959: login.
    User "USER", Pass "PASS", Acct "ACCT", Rein "REIN", Quit "QUIT",
    // RFC 2228 and 4217: security.
    Auth "AUTH", Pbsz "PBSZ", Prot "PROT", Ccc "CCC",
    // RFC 959: transfer parameters.
    Type "TYPE", Mode "MODE", Stru "STRU",
    // RFC 959: directories; with the spellings of RFC 775.
    Cwd "CWD" "XCWD", Cdup "CDUP" "XCUP", Pwd "PWD" "XPWD", Mkd "MKD" "XMKD", Rmd "RMD" "XRMD",
    // RFC 959 and 2428: data connections.
    Pasv "PASV", Epsv "EPSV", Port "PORT", Eprt "EPRT",
    // RFC 959: transfers.
    Retr "RETR", Stor "STOR", Appe "APPE", Stou "STOU", Rest "REST", Abor "ABOR", Allo "ALLO",
    // RFC 959 and 3659: listings.
    List "LIST", Nlst "NLST", Mlsd "MLSD", Mlst "MLST", Stat "STAT",
    // RFC 959 and 3659, draft-somers-ftp-mfxx: files.
    Dele "DELE", Rnfr "RNFR", Rnto "RNTO", Size "SIZE", Mdtm "MDTM", Mfmt "MFMT", Mff "MFF",
    // draft-bryan-ftp-hash and -range, and older commands of servers.
    Hash "HASH", Rang "RANG",
    Xcrc "XCRC", Xmd5 "XMD5", Xsha1 "XSHA1" "XSHA", Xsha256 "XSHA256", Xsha512 "XSHA512",
    // RFC 959, 2389, 2640, 7151, draft-peterson-streamlined-ftp-command-extensions: the rest.
    Feat "FEAT", Opts "OPTS", Clnt "CLNT", Csid "CSID", Host "HOST", Lang "LANG", Avbl "AVBL", Help "HELP",
    Noop "NOOP", Syst "SYST", Site "SITE",
    // Known and not supported: mounting, GSSAPI, and addresses of RFC 1639.
    Smnt "SMNT", Adat "ADAT", Mic "MIC", Conf "CONF", Enc "ENC", Lprt "LPRT", Lpsv "LPSV", Mfct "MFCT",
}

/// The verbs that may be used before login.
const BEFORE_LOGIN: [Verb; 16] = {
    use Verb::{
        Acct, Auth, Clnt, Feat, Help, Host, Lang, Noop, Opts, Pass, Pbsz, Prot, Quit, Rein, Syst, User,
    };
    [Acct, Auth, Clnt, Feat, Help, Host, Lang, Noop, Opts, Pass, Pbsz, Prot, Quit, Rein, Syst, User]
};

impl Verb {
    /// The verb of this spelling, ignoring case.
    #[must_use]
    pub fn named(name: &[u8]) -> Option<Self> {
        let spelled = |(known, _): &&(&str, Self)| known.as_bytes().eq_ignore_ascii_case(name);
        NAMES.iter().find(spelled).map(|(_, verb)| *verb)
    }

    /// Every verb once.
    pub fn all() -> impl Iterator<Item = Self> {
        // Other spellings follow the name.
        let is_name = |(at, (_, verb)): &(usize, &(&str, Self))| {
            NAMES.iter().position(|(_, known)| known == verb) == Some(*at)
        };
        NAMES.iter().enumerate().filter(is_name).map(|(_, (_, verb))| *verb)
    }

    /// Its name, in capitals.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, verb)| *verb == self).map_or("", |(name, _)| name)
    }

    /// Whether it is allowed before login. Every other verb is answered with 530, even if its argument is
    /// invalid.
    #[must_use]
    pub fn before_login(self) -> bool {
        BEFORE_LOGIN.contains(&self)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every verb with equal probability.
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
