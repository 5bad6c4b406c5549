//! The parts of messages that the parsers report to a [`Watch`](syntax::watch::Watch), by the terms of their grammars.

use syntax::watch::Part;

macro_rules! parts {
    ($($name:ident = $term:literal, $source:literal;)*) => {
        $(#[doc = concat!("`", $term, "` (", $source, ")")]
        pub static $name: Part = Part::new($term, $source);)*
    };
}

parts! {
    REQUEST_HEAD = "request head", "RFC 9112 section 2.1";
    EMPTY_LINE = "empty line", "RFC 9112 section 2.2";
    REQUEST_LINE = "request-line", "RFC 9112 section 3";
    METHOD = "method", "RFC 9110 section 9.1";
    SPACE = "SP", "RFC 9112 section 3";
    REQUEST_TARGET = "request-target", "RFC 9112 section 3.2";
    SCHEME = "scheme", "RFC 3986 section 3.1";
    AUTHORITY = "authority", "RFC 3986 section 3.2";
    URI_HOST = "uri-host", "RFC 9110 section 4.1";
    PORT = "port", "RFC 3986 section 3.2.3";
    PATH = "absolute-path", "RFC 9110 section 4.1";
    QUERY = "query", "RFC 3986 section 3.4";
    ASTERISK = "asterisk-form", "RFC 9112 section 3.2.4";
    HTTP_VERSION = "HTTP-version", "RFC 9112 section 2.3";
    LINE_END = "CRLF", "RFC 9112 section 2.2";
    FIELD_LINE = "field-line", "RFC 9112 section 5";
    FIELD_NAME = "field-name", "RFC 9110 section 5.1";
    COLON = "colon", "RFC 9112 section 5";
    FIELD_VALUE = "field-value", "RFC 9110 section 5.5";
    OBS_FOLD = "obs-fold", "RFC 9112 section 5.2";
    HEAD_END = "end of the head", "RFC 9112 section 2.1";
    RESPONSE_HEAD = "response head", "RFC 9112 section 2.1";
    STATUS_LINE = "status-line", "RFC 9112 section 4";
    STATUS_CODE = "status-code", "RFC 9110 section 15";
    REASON_PHRASE = "reason-phrase", "RFC 9112 section 4";
    CONTENT = "content", "RFC 9110 section 6.4";
    CHUNK_LINE = "chunk line", "RFC 9112 section 7.1";
    CHUNK_SIZE = "chunk-size", "RFC 9112 section 7.1";
    CHUNK_EXTENSION = "chunk-ext", "RFC 9112 section 7.1.1";
    CHUNK_DATA = "chunk-data", "RFC 9112 section 7.1";
    CHUNK_END = "end of the chunk", "RFC 9112 section 7.1";
    LAST_CHUNK = "last-chunk", "RFC 9112 section 7.1";
    TRAILER_FIELD = "trailer field", "RFC 9112 section 7.1.2";
    CONTENT_END = "end of the content", "RFC 9112 section 7.1";
    PREAMBLE = "preamble", "RFC 2046 section 5.1.1";
    DELIMITER = "delimiter", "RFC 2046 section 5.1.1";
    CLOSE_DELIMITER = "close-delimiter", "RFC 2046 section 5.1.1";
    PART_HEAD = "part head", "RFC 2046 section 5.1";
    PART_CONTENT = "part content", "RFC 2046 section 5.1";
    EPILOGUE = "epilogue", "RFC 2046 section 5.1.1";
    PAIR = "pair", "URL standard section 5.1";
    PAIR_NAME = "name", "URL standard section 5.1";
    PAIR_VALUE = "value", "URL standard section 5.1";
    TUNNEL = "tunnel", "RFC 9110 section 9.3.6";
}

/// A value whose field of a form is named like a password.
pub static PASSWORD: Part = Part::secret("password", "RFC 7578 section 4");

/// The URL of an upload: everybody who knows it may continue the upload.
pub static UPLOAD_URL: Part =
    Part::secret("upload resource", "draft-ietf-httpbis-resumable-upload section 4");
