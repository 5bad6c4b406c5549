//! Browsers, driven by the commands of the WebDriver protocol (<https://www.w3.org/TR/webdriver2/>): Chromium by JSON in
//! HTTP requests to chromedriver, Firefox by its own protocol (`marionette`).

use std::cell::RefCell;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::marionette::Marionette;
use super::{TIMEOUT, Tree, Wire, program::tool};

pub(crate) struct Browser {
    driver: Driver,
    /// The browser's profile, new and empty.
    _profile: Tree,
}

enum Driver {
    Chromium(Chromedriver),
    Firefox(RefCell<Marionette>),
}

struct Chromedriver {
    process: Child,
    at: SocketAddr,
    session: String,
}

/// The key of an element's identity in WebDriver (section 12.2).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A driver and its port. `None` if it ended: a port that it found free for IPv4 may be taken for IPv6.
fn driver(profile: &Tree) -> Option<(Child, u16)> {
    let mut driver = tool("chromedriver")
        .arg("--port=0")
        .env("HOME", profile.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port = lines.find_map(|line| line.split("started successfully on port ").nth(1).map(str::to_owned));
    let Some(port) = port.and_then(|port| port.trim_end_matches('.').parse().ok()) else {
        driver.wait().unwrap();
        return None;
    };
    // Later output is not needed, but must be read.
    std::thread::spawn(move || lines.for_each(drop));
    Some((driver, port))
}

impl Browser {
    /// A headless Chromium that saves downloads in a directory.
    pub(crate) fn start(downloads: &Path) -> Self {
        let profile = Tree::new();
        Self { driver: Driver::Chromium(Chromedriver::start(&profile, downloads)), _profile: profile }
    }

    /// A headless Firefox that saves downloads in a directory.
    pub(crate) fn start_firefox(downloads: &Path) -> Self {
        let profile = Tree::new();
        Self { driver: Driver::Firefox(Marionette::start(&profile, downloads).into()), _profile: profile }
    }

    fn chromium(&self) -> &Chromedriver {
        match &self.driver {
            Driver::Chromium(driver) => driver,
            Driver::Firefox(_) => panic!("Firefox has no such command"),
        }
    }

    /// Opens a page and waits until it is loaded.
    pub(crate) fn open(&self, url: &str) {
        let url = json!({ "url": url });
        match &self.driver {
            Driver::Chromium(driver) => driver.command("/url", &url),
            Driver::Firefox(driver) => driver.borrow_mut().command("WebDriver:Navigate", &url),
        };
    }

    /// Waits until the browser shows the page at this URL: a click's navigation is asynchronous.
    #[track_caller]
    pub(crate) fn arrives_at(&self, url: &str) {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let now = self.script("return document.readyState + ' ' + location.href");
            if now == format!("complete {url}") {
                return;
            }
            assert!(Instant::now() < deadline, "at {now} instead of {url}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Clicks the only element that the selector finds, as a pointer does.
    pub(crate) fn click(&self, selector: &str) {
        let id = self.element(selector);
        match &self.driver {
            Driver::Chromium(driver) => driver.command(&format!("/element/{id}/click"), &json!({})),
            Driver::Firefox(driver) => {
                driver.borrow_mut().command("WebDriver:ElementClick", &json!({ "id": id }))
            }
        };
    }

    /// Types into the element that the selector finds; files are given by their paths, one on each line.
    pub(crate) fn types(&self, selector: &str, text: &str) {
        let id = self.element(selector);
        match &self.driver {
            Driver::Chromium(driver) => {
                driver.command(&format!("/element/{id}/value"), &json!({ "text": text }))
            }
            Driver::Firefox(driver) => {
                driver.borrow_mut().command("WebDriver:ElementSendKeys", &json!({"id": id, "text": text}))
            }
        };
    }

    fn element(&self, selector: &str) -> String {
        let wanted = json!({"using": "css selector", "value": selector});
        let found = match &self.driver {
            Driver::Chromium(driver) => driver.command("/element", &wanted),
            Driver::Firefox(driver) => {
                driver.borrow_mut().command("WebDriver:FindElement", &wanted)["value"].clone()
            }
        };
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    /// Runs a script and returns its result.
    pub(crate) fn script(&self, script: &str) -> Value {
        let script = json!({"script": script, "args": []});
        match &self.driver {
            Driver::Chromium(driver) => driver.command("/execute/sync", &script),
            Driver::Firefox(driver) => {
                driver.borrow_mut().command("WebDriver:ExecuteScript", &script)["value"].clone()
            }
        }
    }

    /// A command of the Chrome DevTools Protocol.
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.chromium().command("/goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    /// The errors that the console shows since the last call.
    pub(crate) fn console_errors(&self) -> Vec<String> {
        let lines = self.chromium().command("/se/log", &json!({"type": "browser"}));
        let lines = lines.as_array().unwrap().iter().filter(|line| line["level"] == "SEVERE");
        lines.map(|line| line["message"].as_str().unwrap().to_owned()).collect()
    }

    /// Turns scripts on or off in the pages that are opened next.
    pub(crate) fn enable_script(&self, is_on: bool) {
        self.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": !is_on }));
    }

    /// A picture of the window, PNG.
    pub(crate) fn screenshot(&self) -> Vec<u8> {
        let driver = self.chromium();
        let picture = driver.call("GET", &format!("{}/screenshot", driver.session), &Value::Null);
        from_base64(picture.as_str().unwrap())
    }
}

impl Chromedriver {
    fn start(profile: &Tree, downloads: &Path) -> Self {
        let (process, port) = (0..3).find_map(|_| driver(profile)).expect("chromedriver's port");
        let at = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
        let mut this = Self { process, at, session: String::new() };
        let data = format!("--user-data-dir={}", profile.join("data").display());
        let options = json!({
            "binary": tool("chromium").get_program().to_str().unwrap(),
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", "--window-size=1200,800", data,
            ],
            "prefs": {
                "download.default_directory": downloads.to_str().unwrap(),
                "download.prompt_for_download": false,
            },
        });
        // Self-signed certificates are accepted, as servers on a local network have them.
        let capabilities = json!({"browserName": "chrome", "acceptInsecureCerts": true, "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"}});
        let started = this.call("POST", "/session", &json!({"capabilities": {"alwaysMatch": capabilities}}));
        this.session = format!("/session/{}", started["sessionId"].as_str().unwrap());
        this
    }

    /// A command of the session.
    fn command(&self, path: &str, body: &Value) -> Value {
        self.call("POST", &format!("{}{path}", self.session), body)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut wire = Wire::connect(self.at);
        // A browser takes long to start.
        wire.stream().set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let body = if method == "POST" { body.to_string() } else { String::new() };
        wire.send(format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        ));
        let answer = wire.response(method);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()["value"].clone()
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        // The browser is chromedriver's child and ends with its session.
        if !self.session.is_empty() && !std::thread::panicking() {
            self.call("DELETE", &self.session, &Value::Null);
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The directory of screenshots, `target/screenshots/`.
pub(crate) fn pictures() -> PathBuf {
    let this = std::env::current_exe().unwrap();
    let pictures = this.ancestors().nth(3).unwrap().join("screenshots");
    std::fs::create_dir_all(&pictures).unwrap();
    pictures
}

/// RFC 4648 section 4.
pub(crate) fn from_base64(text: &str) -> Vec<u8> {
    let value = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        other => panic!("not base64: {other}"),
    };
    let (mut bytes, mut bits, mut held) = (Vec::with_capacity(text.len() * 3 / 4), 0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        bits = bits << 6 | u32::from(value(letter));
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xFF) as u8);
        }
    }
    bytes
}
