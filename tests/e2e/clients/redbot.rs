//! [REDbot](https://github.com/mnot/redbot), a checker for HTTP resources.

use crate::harness::program::{run, tool};
use crate::harness::{Server, Tree};

/// Prints what works, and the notes that are no praise: `range etag time gzip | warning IMS_FULL`.
const CHECK: &str = r#"
import configparser, sys, thor
try:
    from redbot.resource import HttpResource
except ImportError:
    sys.exit("redbot is missing; pip install redbot==2.7.1")
config = configparser.ConfigParser()
config["redbot"] = {"enable_local_access": "True"}
resource = HttpResource(config["redbot"])
resource.set_request(sys.argv[1])
resource.on("check_done", thor.stop)
resource.check()
thor.run()
assert resource.fetch_error is None, resource.fetch_error
works = {"range": resource.partial_support, "etag": resource.inm_support,
         "time": resource.ims_support, "gzip": resource.gzip_support}
notes = {f"{note.level.value} {type(note).__name__}"
         for checked in [resource, *resource.subreqs.values()] for note in checked.response.notes
         if note.level.value in ("bad", "warning")}
print(*[name for name, is_supported in works.items() if is_supported], "|", *sorted(notes))
"#;

#[test]
fn redbot_finds_no_fault() {
    let served =
        Tree::of(&[("text.txt", &*"text\n".repeat(5_000)), ("a.css", &*"p {}\n".repeat(100)), ("d/a", "a")]);
    (0..50).for_each(|number| drop(served.file(format!("d/file {number}"), "")));
    let server = Server::http(&served, &["--quiet"]);
    // A time does not identify a listing: a file may be replaced by an older one.
    let by_etag = "etag gzip | warning IMS_FULL";
    for (target, expected, why) in [
        ("text.txt", "range etag time gzip |", "a text, coded and in parts"),
        ("a.css", "range etag time |", "a short text"),
        ("d/", by_etag, "a page"),
        ("d/?format=json", by_etag, "a listing"),
        ("d/?format=zip", "|", "an archive"),
        ("d/?format=tar", "|", "an archive in chunks"),
        ("missing", "|", "an error"),
    ] {
        let url = format!("{}{target}", server.url("http"));
        let found = run(tool("python3").args(["-W", "ignore", "-c", CHECK, &url])).text();
        assert_eq!(found.trim(), expected, "{target}: {why}");
    }
}
