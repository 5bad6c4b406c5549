//! The parts of messages that the parsers report to a [`Watch`](syntax::watch::Watch), named by the terms of
//! their grammars.

use syntax::watch::Part;

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

    // The value of a form field whose name looks like a password's.
    secret PASSWORD: "password", "RFC 7578 section 4";
    // Anyone with this URL may continue the upload.
    secret UPLOAD_URL: "upload resource", "draft-ietf-httpbis-resumable-upload section 4";

    new LIST_ELEMENT: "element", "RFC 9110 section 5.6.1";
    new WEIGHT: "weight", "RFC 9110 section 12.4.2";
    new QVALUE: "qvalue", "RFC 9110 section 12.4.2";
    new MEDIA_RANGE: "media-range", "RFC 9110 section 12.5.1";
    new MEDIA_TYPE: "media-type", "RFC 9110 section 8.3.1";
    new TYPE: "type", "RFC 9110 section 8.3.1";
    new SUBTYPE: "subtype", "RFC 9110 section 8.3.1";
    new CODING: "content-coding", "RFC 9110 section 8.4.1";
    new TRANSFER_CODING: "transfer-coding", "RFC 9112 section 7";
    new LANGUAGE: "language-range", "RFC 9110 section 12.5.4";
    new CONTENT_LENGTH: "content-length", "RFC 9110 section 8.6";
    new CONNECTION_OPTION: "connection-option", "RFC 9110 section 7.6.1";
    new EXPECTATION: "expectation", "RFC 9110 section 10.1.1";
    new PROTOCOL: "protocol", "RFC 9110 section 7.8";
    new DELAY_SECONDS: "delay-seconds", "RFC 9110 section 10.2.3";

    new RANGE_UNIT: "range-unit", "RFC 9110 section 14.1";
    new INT_RANGE: "int-range", "RFC 9110 section 14.1.1";
    new SUFFIX_RANGE: "suffix-range", "RFC 9110 section 14.1.1";
    new FIRST_POS: "first-pos", "RFC 9110 section 14.1.1";
    new LAST_POS: "last-pos", "RFC 9110 section 14.1.1";
    new SUFFIX_LENGTH: "suffix-length", "RFC 9110 section 14.1.1";
    new INCL_RANGE: "incl-range", "RFC 9110 section 14.4";
    new COMPLETE_LENGTH: "complete-length", "RFC 9110 section 14.4";

    new DAY_NAME: "day-name", "RFC 9110 section 5.6.7";
    new DAY: "day", "RFC 9110 section 5.6.7";
    new MONTH: "month", "RFC 9110 section 5.6.7";
    new YEAR: "year", "RFC 9110 section 5.6.7";
    new TIME_OF_DAY: "time-of-day", "RFC 9110 section 5.6.7";

    new ANY_TAG: "any", "RFC 9110 section 13.1.1";
    new ENTITY_TAG: "entity-tag", "RFC 9110 section 8.8.3";
    new WEAK: "weak", "RFC 9110 section 8.8.3";
    new OPAQUE_TAG: "opaque-tag", "RFC 9110 section 8.8.3";

    new DISPOSITION_TYPE: "disposition-type", "RFC 6266 section 4.1";
    new DIGEST: "dict-member", "RFC 9651 section 3.2";
    new DIGEST_ALGORITHM: "digest-algorithm", "RFC 9530 section 5";
    new DIGEST_VALUE: "digest", "RFC 9651 section 3.3.5";
    new SF_INTEGER: "sf-integer", "RFC 9651 section 3.3.1";
    new SF_BOOLEAN: "sf-boolean", "RFC 9651 section 3.3.6";
    new OVERWRITE: "overwrite", "RFC 4918 section 10.6";
    new DEPTH: "depth", "RFC 4918 section 10.2";

    new AUTH_SCHEME: "auth-scheme", "RFC 9110 section 11.1";
    secret CREDENTIALS: "credentials", "RFC 9110 section 11.4";
    secret TOKEN68: "token68", "RFC 9110 section 11.2";
    new COOKIE_PAIR: "cookie-pair", "RFC 6265 section 4.1.1";
    new COOKIE_NAME: "cookie-name", "RFC 6265 section 4.1.1";
    secret COOKIE_VALUE: "cookie-value", "RFC 6265 section 4.1.1";

    new FORWARDED_ELEMENT: "forwarded-element", "RFC 7239 section 4";
    new NODE: "node", "RFC 7239 section 6";

    new SCHEME: "scheme", "RFC 3986 section 3.1";
    new AUTHORITY: "authority", "RFC 3986 section 3.2";
    secret USERINFO: "userinfo", "RFC 3986 section 3.2.1";
    new URI_HOST: "uri-host", "RFC 3986 section 3.2.2";
    new PORT: "port", "RFC 3986 section 3.2.3";
    new PATH: "path", "RFC 3986 section 3.3";
    new QUERY: "query", "RFC 3986 section 3.4";
    new FRAGMENT: "fragment", "RFC 3986 section 3.5";
    new QUERY_PAIR: "pair", "URL standard section 5.1";
    new QUERY_NAME: "name", "URL standard section 5.1";
    new QUERY_VALUE: "value", "URL standard section 5.1";

    new PARAMETER_PAIR: "parameter", "RFC 9110 section 5.6.6";
    new PARAMETER_NAME: "parameter-name", "RFC 9110 section 5.6.6";
    new PARAMETER_VALUE: "parameter-value", "RFC 9110 section 5.6.6";
    new BOUNDARY_VALUE: "boundary", "RFC 2046 section 5.1.1";
    new DIRECTIVE_PAIR: "cache-directive", "RFC 9111 section 5.2";
    new DIRECTIVE_NAME: "directive-name", "RFC 9111 section 5.2";
    new DIRECTIVE_VALUE: "directive-value", "RFC 9111 section 5.2";
    new AUTH_PARAM_PAIR: "auth-param", "RFC 9110 section 11.2";
    new AUTH_PARAM_NAME: "auth-param-name", "RFC 9110 section 11.2";
    new AUTH_PARAM_VALUE: "auth-param-value", "RFC 9110 section 11.2";
    new FORWARDED_PAIR_WHOLE: "forwarded-pair", "RFC 7239 section 4";
    new FORWARDED_NAME: "forwarded-name", "RFC 7239 section 4";
    new FORWARDED_VALUE: "forwarded-value", "RFC 7239 section 4";
}

/// The parts of a pair: the whole, its name, its value.
pub(crate) type Pair = [&'static Part; 3];

pub(crate) static PARAMETER: Pair = [&PARAMETER_PAIR, &PARAMETER_NAME, &PARAMETER_VALUE];
pub(crate) static BOUNDARY: Pair = [&PARAMETER_PAIR, &PARAMETER_NAME, &BOUNDARY_VALUE];
pub(crate) static DIRECTIVE: Pair = [&DIRECTIVE_PAIR, &DIRECTIVE_NAME, &DIRECTIVE_VALUE];
pub(crate) static AUTH_PARAM: Pair = [&AUTH_PARAM_PAIR, &AUTH_PARAM_NAME, &AUTH_PARAM_VALUE];
pub(crate) static FORWARDED_PAIR: Pair = [&FORWARDED_PAIR_WHOLE, &FORWARDED_NAME, &FORWARDED_VALUE];
