//! The parts of messages that the parsers report to a [`Watch`](syntax::watch::Watch), by the terms of their grammars.
//! Those of values are in [`value::part`](super::value).

syntax::parts! {
    new REQUEST_HEAD: "request head", "RFC 9112 section 2.1";
    new EMPTY_LINE: "empty line", "RFC 9112 section 2.2";
    new REQUEST_LINE: "request-line", "RFC 9112 section 3";
    new METHOD: "method", "RFC 9110 section 9.1";
    new SPACE: "SP", "RFC 9112 section 3";
    new REQUEST_TARGET: "request-target", "RFC 9112 section 3.2";
    new ABSOLUTE_PATH: "absolute-path", "RFC 9110 section 4.1";
    new ASTERISK: "asterisk-form", "RFC 9112 section 3.2.4";
    new HTTP_VERSION: "HTTP-version", "RFC 9112 section 2.3";
    new LINE_END: "CRLF", "RFC 9112 section 2.2";
    new FIELD_LINE: "field-line", "RFC 9112 section 5";
    new FIELD_NAME: "field-name", "RFC 9110 section 5.1";
    new FIELD_VALUE: "field-value", "RFC 9110 section 5.5";
    new OBS_FOLD: "obs-fold", "RFC 9112 section 5.2";
    new HEAD_END: "end of the head", "RFC 9112 section 2.1";
    new RESPONSE_HEAD: "response head", "RFC 9112 section 2.1";
    new STATUS_LINE: "status-line", "RFC 9112 section 4";
    new STATUS_CODE: "status-code", "RFC 9110 section 15";
    new REASON_PHRASE: "reason-phrase", "RFC 9112 section 4";
    new CONTENT: "content", "RFC 9110 section 6.4";
    new CHUNK_LINE: "chunk line", "RFC 9112 section 7.1";
    new CHUNK_SIZE: "chunk-size", "RFC 9112 section 7.1";
    new CHUNK_EXTENSION: "chunk-ext", "RFC 9112 section 7.1.1";
    new CHUNK_DATA: "chunk-data", "RFC 9112 section 7.1";
    new CHUNK_END: "end of the chunk", "RFC 9112 section 7.1";
    new LAST_CHUNK: "last-chunk", "RFC 9112 section 7.1";
    new TRAILER_FIELD: "trailer field", "RFC 9112 section 7.1.2";
    new CONTENT_END: "end of the content", "RFC 9112 section 7.1";
    new PREAMBLE: "preamble", "RFC 2046 section 5.1.1";
    new DELIMITER: "delimiter", "RFC 2046 section 5.1.1";
    new CLOSE_DELIMITER: "close-delimiter", "RFC 2046 section 5.1.1";
    new PART_HEAD: "part head", "RFC 2046 section 5.1";
    new PART_CONTENT: "part content", "RFC 2046 section 5.1";
    new EPILOGUE: "epilogue", "RFC 2046 section 5.1.1";
    new TUNNEL: "tunnel", "RFC 9110 section 9.3.6";

    // A value whose field of a form is named like a password.
    secret PASSWORD: "password", "RFC 7578 section 4";
    // Everybody who knows this URL may continue the upload.
    secret UPLOAD_URL: "upload resource", "draft-ietf-httpbis-resumable-upload section 4";
}
