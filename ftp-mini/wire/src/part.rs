//! The parts of the FTP formats that parsers report to a watch, each with the term of its grammar.

use syntax::watch::Part;

/// Declares parts with a constructor of [`Part`].
macro_rules! parts {
    ($constructor:ident: $($name:ident $term:literal, $source:literal;)+) => {
        $(#[doc = concat!("`", $term, "` (", $source, ")")]
          pub static $name: Part = Part::$constructor($term, $source);)+
    };
}

parts! {
    new:
    // Lines and replies.
    LINE "line", "RFC 959 section 5.3";
    TELNET "telnet-command", "RFC 854";
    CRLF "CRLF", "RFC 959 section 5.3.1";
    COMMAND "command", "RFC 959 section 5.3.1";
    VERB "verb", "RFC 959 section 5.3.1";
    SP "SP", "RFC 959 section 5.3.1";
    ARGUMENT "argument", "RFC 959 section 5.3.1";
    REPLY "reply", "RFC 959 section 4.2";
    REPLY_LINE "reply-line", "RFC 959 section 4.2";
    CODE "code", "RFC 959 section 4.2.1";
    SEPARATOR "separator", "RFC 959 section 4.2";
    TEXT "text", "RFC 959 section 4.2";
    FEATURE "feature-label", "RFC 2389 section 3.2";
    FEATURE_PARAMETERS "feature-parms", "RFC 2389 section 3.2";

    // Arguments.
    USERNAME "username", "RFC 959 section 5.3.2";
    PATHNAME "pathname", "RFC 959 section 5.3.2";
    PATTERN "pattern", "RFC 959 section 4.1.3";
    OPTIONS "options", "ls(1)";
    QUOTED_PATHNAME "quoted-pathname", "RFC 959 appendix II";
    TYPE_CODE "type-code", "RFC 959 section 5.3.2";
    MODE_CODE "mode-code", "RFC 959 section 5.3.2";
    STRUCTURE_CODE "structure-code", "RFC 959 section 5.3.2";
    BYTE_SIZE "byte-size", "RFC 959 section 5.3.2";
    DECIMAL "decimal-integer", "RFC 959 section 5.3.2";
    RECORD_SIZE "record-size", "RFC 959 section 4.1.3";
    MARKER "marker", "RFC 3659 section 5.3";
    HOST_PORT "host-port", "RFC 959 section 5.3.2";
    HOST_NUMBER "host-number", "RFC 959 section 5.3.2";
    PORT_NUMBER "port-number", "RFC 959 section 5.3.2";
    DELIMITER "delimiter", "RFC 2428 section 2";
    NET_PRT "net-prt", "RFC 2428 section 2";
    NET_ADDR "net-addr", "RFC 2428 section 2";
    TCP_PORT "tcp-port", "RFC 2428 section 2";
    MECHANISM "mechanism-name", "RFC 2228 section 3";
    PROTECTION "prot-code", "RFC 2228 section 3";
    TIME_VAL "time-val", "RFC 3659 section 2.3";
    OPTION_COMMAND "command-name", "RFC 2389 section 4";
    OPTION_VALUE "command-options", "RFC 2389 section 4";
    SITE_COMMAND "site-command", "RFC 959 section 4.1.3";
    OCTAL_MODE "mode", "draft-somers-ftp-mfxx-04 section 5";
    HOSTNAME "hostname", "RFC 7151 section 3.1";
    LANG_TAG "lang-tag", "RFC 2640 section 4";
    START_POINT "start-point", "draft-bryan-ftp-range";
    END_POINT "end-point", "draft-bryan-ftp-range";

    // Facts and lines of LIST.
    ENTRY "entry", "RFC 3659 section 7.2";
    FACT "fact", "RFC 3659 section 7.2";
    FACT_NAME "factname", "RFC 3659 section 7.2";
    FACT_VALUE "value", "RFC 3659 section 7.2";
    LIST_LINE "list-line", "RFC 959 section 4.1.3";
    TOTAL "total", "ls(1)";
    LIST_MODE "mode", "ls(1)";
    LINKS "links", "ls(1)";
    OWNER "owner", "ls(1)";
    GROUP "group", "ls(1)";
    SIZE "size", "ls(1)";
    DATE "date", "ls(1)";
    NAME "name", "ls(1)";
    ARROW "arrow", "ls(1)";
    TARGET "target", "ls(1)";
    KIND "kind", "dir of Windows";
    EPLF_FACT "eplf-fact", "cr.yp.to/ftp/list/eplf.html";
    CONTENT "content", "RFC 959 section 3.4.1";
}

parts! {
    secret:
    PASSWORD "password", "RFC 959 section 5.3.2";
    ACCOUNT "account-information", "RFC 959 section 5.3.2";
}
