//! Reading: sorting, walking, filter and search, times, README, grid, viewer, languages.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

use super::{FILES, TEXT, assert_no_console_errors, await_element, await_listed, awaited, names, served};
use crate::harness::webdriver::{Browser, from_base64};
use crate::harness::{Server, TIMEOUT, Tree};

#[test]
fn a_listing_is_sorted_walked_through_and_downloaded_from() {
    let served = served();
    let server = Server::http(&served, &["--quiet"]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    let root = server.url("http");
    for has_script in [true, false] {
        browser.enable_script(has_script);
        browser.open(root);
        assert_eq!(names(&browser).len(), 9);
        assert_eq!(names(&browser)[0], "<b>bold.html", "by name, and a name is only text");

        browser.click("button[value='-size']");
        browser.arrives_at(&format!("{root}?sort=-size"));
        assert_eq!(names(&browser)[..3], ["disc.iso", "backup.tar.zst", "film.mkv"], "the largest first");
        browser.click("button[value='size']");
        browser.arrives_at(&format!("{root}?sort=size"));
        assert_eq!(names(&browser)[6..], ["film.mkv", "backup.tar.zst", "disc.iso"], "and back");

        browser.click("a[href^='./Photos/']");
        browser.arrives_at(&format!("{root}Photos/?sort=size"));
        browser.click("a[href^='./Summer/']");
        browser.arrives_at(&format!("{root}Photos/Summer/?sort=size"));
        browser.click("nav a");
        browser.arrives_at(&format!("{root}?sort=size"));
    }
    browser.click("a[href='./tool.bin']");
    await_download(&downloads, "tool.bin", &fs::read(served.join("tool.bin")).unwrap());
    assert_no_console_errors(&browser);
}

#[test]
fn a_listing_is_shown_over_tls() {
    let served = served();
    let server = Server::http(&served, &["--quiet", "--tls", "self-signed"]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    browser.open(server.url("https"));
    assert_eq!(names(&browser).len(), 9);
    browser.click("a[href='./tool.bin']");
    await_download(&downloads, "tool.bin", &fs::read(served.join("tool.bin")).unwrap());
}

/// A download's content. The browser writes under another name and renames when it is complete.
fn await_download(downloads: &Tree, name: &str, content: &[u8]) {
    let deadline = Instant::now() + TIMEOUT;
    // The name exists before the content.
    while !fs::read(downloads.join(name)).is_ok_and(|found| found == content) {
        assert!(Instant::now() < deadline, "{name} is not complete");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn names_are_filtered_and_searched() {
    let served = served();
    served.file("Music/Café.flac", "");
    let server = Server::http(&served, &["--quiet"]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    browser.open(server.url("http"));
    browser.types("[aria-label=Filter]", "DISC");
    assert_eq!(names(&browser), ["disc.iso"], "without letter case");
    awaited(&browser, TEXT, |text| text.contains("1 of 13 shown"));
    browser.types("[aria-label=Filter]", "\u{E007}");
    browser.arrives_at(&format!("{}?q=DISC", server.url("http")));
    for (has_script, text, found) in
        [(true, "beach", "Photos/Summer/beach.jpg"), (false, "March", "Invoices 2026/March.pdf")]
    {
        browser.enable_script(has_script);
        browser.open(server.url("http"));
        browser.types("[aria-label=Filter]", &format!("{text}\u{E007}"));
        browser.arrives_at(&format!("{}?q={text}", server.url("http")));
        assert_eq!(names(&browser), [found], "in subfolders");
    }
    browser.open(&format!("{}?q=zebra", server.url("http")));
    awaited(&browser, TEXT, |text| text.contains("No name contains this text"));
    assert_no_console_errors(&browser);
}

fn set_modified(tree: &Tree, name: &str, time: SystemTime) {
    fs::File::options().write(true).open(tree.join(name)).unwrap().set_modified(time).unwrap();
}

#[test]
fn times_are_the_reader_s() {
    let served = Tree::of(&[("new", ""), ("old", "")]);
    set_modified(&served, "new", SystemTime::now() - Duration::from_secs(2 * 3_600 + 60));
    set_modified(&served, "old", SystemTime::UNIX_EPOCH + Duration::from_secs(1_709_633_460));
    let server = Server::http(&served, &["--quiet"]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    let time = |name: &str, what: &str| {
        browser.script(&format!(
            "return document.querySelector(\"a[href='./{name}']\").parentElement.querySelector('time').{what}"
        ))
    };
    browser.devtools("Emulation.setTimezoneOverride", &json!({"timezoneId": "Asia/Jakarta"}));
    browser.open(server.url("http"));
    assert_eq!(time("new", "textContent"), json!("2 hours ago"));
    assert_eq!(time("old", "textContent"), json!("Mar 5, 2024, 5:11 PM"), "UTC+7");
    browser.enable_script(false);
    browser.open(server.url("http"));
    assert_eq!(time("old", "textContent"), json!("2024-03-05 10:11 UTC"), "without a script");
}

#[test]
fn a_readme_is_rendered_below_the_list() {
    let text = "# Title\n\n<script>document.title = 'hacked'</script>\n\n[bad](javascript:document.title='hacked') [good](sub/)\n\n![away](http://192.0.2.1/x.png)\n";
    let served = Tree::of(&[("readme.md", text), ("sub/a", "")]);
    let server = Server::http(&served, &["--quiet"]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    browser.open(server.url("http"));
    let found = "return [...document.querySelectorAll('.readme :is(h2, a, script, img)')].map(found => found.outerHTML)";
    let expected = [
        "<h2>Title</h2>",
        "<a>bad</a>",
        "<a rel=\"noreferrer\" href=\"sub/\">good</a>",
        "<img loading=\"lazy\" src=\"http://192.0.2.1/x.png\" alt=\"away\">",
    ];
    assert_eq!(browser.script(found), json!(expected), "raw HTML is dropped");
    assert_eq!(browser.script("return document.title"), json!("Home"));
    let errors = browser.console_errors();
    assert!(errors.iter().all(|error| error.contains("Content Security Policy")), "{errors:?}");
}

/// A red pixel, PNG.
pub(super) const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";

#[test]
fn images_are_shown_in_a_grid() {
    let served = Tree::of(&[("a.txt", ""), ("sub/b.txt", "")]);
    served.file("pixel one.png", from_base64(PIXEL));
    let server = Server::http(&served, &["--quiet"]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    for has_script in [true, false] {
        browser.enable_script(has_script);
        browser.open(&format!("{}?sort=-time", server.url("http")));
        browser.click("button[name=grid]");
        await_element(&browser, ".grid");
        let loaded = "return String([...document.images].map(image => image.naturalWidth))";
        awaited(&browser, loaded, |widths| widths == "1");
        browser.click("a[href^='./sub/']");
        await_element(&browser, ".grid");
        assert_eq!(names(&browser), ["b.txt"]);
    }
    browser.open(&format!("{}sub/", server.url("http")));
    assert_eq!(
        browser.script("return !!document.querySelector('button[name=grid]')"),
        json!(false),
        "without images"
    );
    assert_no_console_errors(&browser);
}

#[test]
fn files_are_opened_in_place() {
    let served = Tree::of(&[
        ("notes.txt", "first\n<b>second"),
        ("page.md", "# Title\n"),
        ("song.mp3", ""),
        ("film.mp4", ""),
        ("paper.pdf", "%PDF-1.7"),
    ]);
    served.file("pixel.png", from_base64(PIXEL));
    served.file("utf16.txt", b"\xFF\xFEh\0i\0");
    let server = Server::http(&served, &["--quiet"]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    for (name, selector, text) in [
        ("notes.txt", "main pre", "first\n<b>second"),
        ("utf16.txt", "main pre", "hi"),
        ("page.md", "main h2", "Title"),
        ("song.mp3", "audio[controls]", ""),
        ("film.mp4", "video[controls]", ""),
        ("pixel.png", "main img", ""),
        ("paper.pdf", "iframe", ""),
    ] {
        browser.open(server.url("http"));
        browser.click(&format!("a[href='./{name}']"));
        browser.arrives_at(&format!("{}{name}?view", server.url("http")));
        let shown = format!("return document.querySelector({}).innerText", Value::from(selector));
        assert_eq!(browser.script(&shown).as_str().unwrap_or_default().trim(), text, "{name}");
        let links = "return [...document.querySelectorAll('.tools a')].map(link => [link.textContent, link.getAttribute('href'), link.hasAttribute('download')])";
        assert_eq!(
            browser.script(links),
            json!([["Back", "./", false], ["Download", format!("./{name}"), true]])
        );
    }
    browser.click(".tools a");
    await_listed(&browser, &["paper.pdf"]);
}

/// The start of an MP4 file of ten seconds, VP9, and the frame of each second. The frames are a mebibyte apart, the first
/// one at 4,096, so that the browser cannot load all of them in advance.
const CLIP: &str = "\
    AAAAHGZ0eXBpc29tAAACAGlzb21pc28ybXA0MQAAAv5tb292AAAAbG12aGQAAAAAAAAAAAAAAAAAAAPoAAAnEAABAAABAAAAAAAA\
    AAAAAAAAAQAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAAACTXRy\
    YWsAAABcdGtoZAAAAAMAAAAAAAAAAAAAAAEAAAAAAAAnEAAAAAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAEAAAAAAAAA\
    AAAAAAAAAEAAAAAAIAAAACAAAAAAACRlZHRzAAAAHGVsc3QAAAAAAAAAAQAAJxAAAAAAAAEAAAAAAcVtZGlhAAAAIG1kaGQAAAAA\
    AAAAAAAAAAAAAEAAAAKAAFXEAAAAAAAtaGRscgAAAAAAAAAAdmlkZQAAAAAAAAAAAAAAAFZpZGVvSGFuZGxlcgAAAAFwbWluZgAA\
    ABR2bWhkAAAAAQAAAAAAAAAAAAAAJGRpbmYAAAAcZHJlZgAAAAAAAAABAAAADHVybCAAAAABAAABMHN0YmwAAACoc3RzZAAAAAAA\
    AAABAAAAmHZwMDkAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAIAAgAEgAAABIAAAAAAAAAAEPTGF2YyBsaWJ2cHgtdnA5AAAAAAAA\
    AAAAAAAAAAAAAAAY//8AAAAUdnBjQwEAAAAACoICAgIAAAAAAApmaWVsAQAAAAAQcGFzcAAAAAEAAAABAAAAFGJ0cnQAAAAAAAAn\
    EAAAAAAAAAAYc3R0cwAAAAAAAAABAAAACgAAQAAAAAAcc3RzYwAAAAAAAAABAAAAAQAAAAEAAAABAAAAFHN0c3oAAAAAAAAAGQAA\
    AAoAAAA4c3RjbwAAAAAAAAAKAAAQAAAQEAAAIBAAADAQAABAEAAAUBAAAGAQAABwEAAAgBAAAJAQAAAAAD11ZHRhAAAANW1ldGEA\
    AAAAAAAAIWhkbHIAAAAAAAAAAG1kaXJhcHBsAAAAAAAAAAAAAAAACGlsc3QAkAz/bWRhdA==";
const FRAME: &str = "gkmDQgAB8AH2ADgkHBhCAAAwYAAAItXAAA==";

/// Writes the file to which `CLIP` and `FRAME` belong.
pub(super) fn write_clip(path: &Path) {
    let clip = fs::File::create(path).unwrap();
    clip.write_all_at(&from_base64(CLIP), 0).unwrap();
    (0..10).for_each(|second| clip.write_all_at(&from_base64(FRAME), (second << 20) + 4_096).unwrap());
}

#[test]
fn a_video_is_played_from_the_middle() {
    let (served, downloads) = (Tree::new(), Tree::new());
    write_clip(&served.join("clip.mp4"));
    let server = Server::http(&served, &[]);
    let browser = Browser::start(downloads.path());
    browser.open(server.url("http"));
    browser.click("a[href='./clip.mp4']");
    browser.arrives_at(&format!("{}clip.mp4?view", server.url("http")));
    let ready = "return String(document.querySelector('video').readyState >= 1)";
    awaited(&browser, ready, |ready| ready == "true");
    let seek = "const video = document.querySelector('video')
        video.onseeked = () => { video.title = 'sought' }
        video.currentTime = 8.5
        return [video.duration, video.videoWidth]";
    assert_eq!(browser.script(seek), json!([10, 32]));
    awaited(&browser, "return document.querySelector('video').title", |title| title == "sought");
    assert!(!server.log_lines("GET /clip.mp4 HTTP/1.1\" 206", 1).is_empty(), "the browser requests ranges");
    assert_no_console_errors(&browser);
}

#[test]
fn pages_are_in_english_and_indonesian() {
    let served = Tree::of(&[("a.txt", "")]);
    let server =
        Server::http(&served, &["--quiet", "--writable", "--user", "ada:secret", "--anonymous", "write"]);
    let downloads = Tree::new();
    let browser = Browser::start(downloads.path());
    set_modified(&served, "a.txt", SystemTime::now() - Duration::from_secs(2 * 3_600 + 60));
    for (language, expected) in [
        ("en-US,en", ["Home", "Grid", "Filter", "New folder", "Upload", "Log in", "2 hours ago"]),
        ("id-ID,id,en", ["Beranda", "Kisi", "Saring", "Folder baru", "Unggah", "Masuk", "2 jam yang lalu"]),
    ] {
        served.file("pixel.png", from_base64(PIXEL));
        let user_agent = json!({"userAgent": "test", "acceptLanguage": language});
        browser.devtools("Network.setUserAgentOverride", &user_agent);
        browser.open(server.url("http"));
        let shown = "return document.body.innerText + document.querySelector('.filter input').ariaLabel";
        let text = browser.script(shown);
        for word in expected {
            assert!(text.as_str().unwrap().contains(word), "{word} in {language}: {text}");
        }
    }
    assert_eq!(browser.script(FILES), json!(["a.txt", "pixel.png"]));
    assert_no_console_errors(&browser);
}
