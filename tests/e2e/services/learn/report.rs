//! The report for teachers, of a class of thirty.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

use super::{entries, exercises, names};
use crate::harness::program::{isolate, run};
use crate::harness::webdriver::{Browser, pictures};
use crate::harness::{Tree, binary};

/// Learners; an apostrophe and markup are only text.
const NAMES: &[&str] = &["siti", "budi", "nur'aini", "<b>agus</b>", "dewi lestari"];

/// The progress of a learner: the later an exercise, the fewer have begun it.
fn progress(number: usize) -> Value {
    let mut progress = Map::new();
    for (step, id) in names().into_iter().enumerate().filter(|(step, _)| step % 30 < 6 + number) {
        let mutants = entries(&exercises().join(&id).join("mutants"));
        let mutant = &mutants[(step + number) % mutants.len()];
        let has_mutant = (step + number).is_multiple_of(5);
        let found: Vec<_> =
            mutant.file_stem().filter(|_| has_mutant).iter().map(|name| name.to_str()).collect();
        let (stars, attempts) = ((step * 7 + number) % 4, 1 + (step * number) % 9);
        progress.insert(id, json!({"stars": stars, "attempts": attempts, "misconceptions": found}));
    }
    json!({"programming": "python", "lang": "id", "exercises": progress})
}

/// The folders of a class.
fn class(place: &Path) -> Vec<String> {
    let learner = |number: usize| {
        let name = NAMES
            .get(number)
            .map_or_else(|| format!("siswa{number:02}"), |name| name.replace('/', "\u{2215}"));
        let folder = place.join(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("learn.json"), progress(number).to_string()).unwrap();
        folder.to_str().unwrap().to_owned()
    };
    (0..30).map(learner).collect()
}

#[test]
fn learn_a_report_shows_a_class() {
    let place = tempfile::tempdir().unwrap();
    let learners = class(place.path());
    let report = |form: &str, language: &str| {
        let mut command = Command::new(binary("mini"));
        isolate(command.args(["learn", "report", form, "--lang", language]).args(&learners));
        run(&mut command).text()
    };
    let csv = report("--csv", "id");
    assert_eq!(csv.lines().count(), 1 + 30 * names().len());
    for line in ["nur'aini,ascii,2,1,", "siti,chunk_size,3,1,", "siswa29,udp,"] {
        assert!(csv.lines().any(|row| row.starts_with(line)), "{line}: {csv}");
    }
    let (files, downloads) = (Tree::new(), Tree::new());
    let browser = Browser::start(downloads.path());
    for (language, heading) in [("en", "Class report"), ("id", "Laporan kelas")] {
        let page = report("--html", language);
        assert!(page.contains("&lt;b&gt;agus"), "a name is only text");
        let url = format!("file://{}", files.file("class.html", page).display());
        browser.open(&url);
        let rows = "return document.querySelectorAll('tbody')[0].rows.length + ' ' + document.querySelector('h1').innerText";
        assert_eq!(browser.script(rows), json!(format!("30 {heading}")));
        let known = "return document.querySelectorAll('.texts tbody tr').length";
        assert!(browser.script(known).as_u64().unwrap() > 20, "misconceptions are listed");
        for (device, width, height) in [("phone", 390, 844), ("desktop", 1_400, 900)] {
            let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": device == "phone"});
            browser.devtools("Emulation.setDeviceMetricsOverride", &size);
            let needed = browser.script("return document.documentElement.scrollWidth").as_u64().unwrap();
            assert!(needed <= width, "on a {device}: {needed} of {width} pixels");
            fs::write(pictures().join(format!("class-{language}-{device}.png")), browser.screenshot())
                .unwrap();
        }
        let table = "const table = document.querySelector('table'); return table.scrollWidth <= 1368";
        assert_eq!(browser.script(table), json!(true), "thirty exercises fit on a screen");
    }
}
