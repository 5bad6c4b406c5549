//! The parts of the FTP formats that parsers report to a watch, named by the terms of their grammars.

syntax::parts! {
    // Lines and replies.
    new LINE: "line", "RFC 959 section 5.3";
    new TELNET: "telnet-command", "RFC 854";
    new CRLF: "CRLF", "RFC 959 section 5.3.1";
    new COMMAND: "command", "RFC 959 section 5.3.1";
    new VERB: "verb", "RFC 959 section 5.3.1";
    new SP: "SP", "RFC 959 section 5.3.1";
    new ARGUMENT: "argument", "RFC 959 section 5.3.1";
    new REPLY: "reply", "RFC 959 section 4.2";
    new REPLY_LINE: "reply-line", "RFC 959 section 4.2";
    new CODE: "code", "RFC 959 section 4.2.1";
    new SEPARATOR: "separator", "RFC 959 section 4.2";
    new TEXT: "text", "RFC 959 section 4.2";
    new FEATURE: "feature-label", "RFC 2389 section 3.2";
    new FEATURE_PARAMETERS: "feature-parms", "RFC 2389 section 3.2";

    // Arguments.
    new USERNAME: "username", "RFC 959 section 5.3.2";
    new PATHNAME: "pathname", "RFC 959 section 5.3.2";
    new PATTERN: "pattern", "RFC 959 section 4.1.3";
    new OPTIONS: "options", "ls(1)";
    new QUOTED_PATHNAME: "quoted-pathname", "RFC 959 appendix II";
    new TYPE_CODE: "type-code", "RFC 959 section 5.3.2";
    new MODE_CODE: "mode-code", "RFC 959 section 5.3.2";
    new STRUCTURE_CODE: "structure-code", "RFC 959 section 5.3.2";
    new BYTE_SIZE: "byte-size", "RFC 959 section 5.3.2";
    new DECIMAL: "decimal-integer", "RFC 959 section 5.3.2";
    new RECORD_SIZE: "record-size", "RFC 959 section 4.1.3";
    new MARKER: "marker", "RFC 3659 section 5.3";
    new HOST_PORT: "host-port", "RFC 959 section 5.3.2";
    new HOST_NUMBER: "host-number", "RFC 959 section 5.3.2";
    new PORT_NUMBER: "port-number", "RFC 959 section 5.3.2";
    new DELIMITER: "delimiter", "RFC 2428 section 2";
    new NET_PRT: "net-prt", "RFC 2428 section 2";
    new NET_ADDR: "net-addr", "RFC 2428 section 2";
    new TCP_PORT: "tcp-port", "RFC 2428 section 2";
    new MECHANISM: "mechanism-name", "RFC 2228 section 3";
    new PROTECTION: "prot-code", "RFC 2228 section 3";
    new TIME_VAL: "time-val", "RFC 3659 section 2.3";
    new OPTION_COMMAND: "command-name", "RFC 2389 section 4";
    new OPTION_VALUE: "command-options", "RFC 2389 section 4";
    new SITE_COMMAND: "site-command", "RFC 959 section 4.1.3";
    new OCTAL_MODE: "mode", "draft-somers-ftp-mfxx-04 section 5";
    new HOSTNAME: "hostname", "RFC 7151 section 3.1";
    new LANG_TAG: "lang-tag", "RFC 2640 section 4";
    new START_POINT: "start-point", "draft-bryan-ftp-range";
    new END_POINT: "end-point", "draft-bryan-ftp-range";

    // Facts and lines of LIST.
    new ENTRY: "entry", "RFC 3659 section 7.2";
    new FACT: "fact", "RFC 3659 section 7.2";
    new FACT_NAME: "factname", "RFC 3659 section 7.2";
    new FACT_VALUE: "value", "RFC 3659 section 7.2";
    new LIST_LINE: "list-line", "RFC 959 section 4.1.3";
    new TOTAL: "total", "ls(1)";
    new LIST_MODE: "mode", "ls(1)";
    new LINKS: "links", "ls(1)";
    new OWNER: "owner", "ls(1)";
    new GROUP: "group", "ls(1)";
    new SIZE: "size", "ls(1)";
    new DATE: "date", "ls(1)";
    new NAME: "name", "ls(1)";
    new ARROW: "arrow", "ls(1)";
    new TARGET: "target", "ls(1)";
    new KIND: "kind", "dir of Windows";
    new EPLF_FACT: "eplf-fact", "cr.yp.to/ftp/list/eplf.html";
    new CONTENT: "content", "RFC 959 section 3.4.1";
    secret PASSWORD: "password", "RFC 959 section 5.3.2";
    secret ACCOUNT: "account-information", "RFC 959 section 5.3.2";
}
