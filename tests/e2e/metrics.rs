//! `--metrics`: every metric changes with what it counts, the text is valid for Prometheus, and the health of the server.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Instant;

use rustix::process::Signal;

use crate::harness::ftp::Ftp;
use crate::harness::program::{run, tool};
use crate::harness::{
    Server, TIMEOUT, Tree, Wire, at_once, at_once_on_each_engine, binary, peers, wait_until,
};

/// The address of the metrics: the last one that is announced.
fn address(server: &Server) -> std::net::SocketAddr {
    let line = server.announced().iter().rfind(|line| line.starts_with("http://")).unwrap();
    line.trim_start_matches("http://").trim_end_matches('/').parse().unwrap()
}

fn ask(server: &Server, path: &str) -> (u16, String) {
    let response = Wire::connect(address(server)).exchange("GET", path, "");
    (response.status, String::from_utf8(response.body).unwrap())
}

/// The samples, as the parser of Prometheus's own library reads them.
fn samples(server: &Server) -> BTreeMap<String, f64> {
    const PARSE: &str = "import sys, json
from prometheus_client.parser import text_string_to_metric_families
found = {}
for family in text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        labels = ','.join(f'{name}={value}' for name, value in sorted(sample.labels.items()))
        found[f'{sample.name}{{{labels}}}' if labels else sample.name] = sample.value
print(json.dumps(found))";
    let (status, text) = ask(server, "/metrics");
    assert_eq!(status, 200);
    let place = Tree::new();
    let input = fs::File::open(place.file("metrics", text)).unwrap();
    let mut python = tool("python3");
    python.args(["-c", PARSE]).env("PYTHONPATH", peers::fetched("python")).stdin(input);
    serde_json::from_slice(&run(&mut python).success()).unwrap()
}

#[test]
fn every_counter_changes() {
    at_once_on_each_engine(|engine| {
        let served = Tree::of(&[("a", "hello\n")]);
        let options =
            ["--engine", engine, "--metrics", "127.0.0.1:0", "--user", "ada:secret", "--anonymous", "write"];
        let server = Server::both(&served, &[&options[..], &["--writable", "--quiet"]].concat());
        let before = samples(&server);

        let mut http = server.connect();
        assert_eq!(http.exchange("GET", "/a", "").status, 200);
        assert_eq!(http.exchange("BREW", "/a", "").status, 501);
        // ada:wrong
        assert_eq!(server.get_with("/a", "Authorization: Basic YWRhOndyb25n\r\n").status, 401);
        let mut ftp = Ftp::login(&server);
        assert_eq!(ftp.transfer("STOR b", Some(&[b'x'; 100_000])), 226);
        assert_eq!(ftp.fetch("RETR a"), b"hello\n");
        ftp.expect("BREW", 500);
        ftp.send("PASV");
        ftp.expect_reply(227);
        ftp.expect("RETR missing", 550);
        ftp.expect("STOR missing/b", 550);
        assert_eq!(http.exchange("COPY", "/a", "Destination: /c\r\n").status, 201);

        let expected = [
            ("mini_connections_accepted_total{protocol=http}", 2.0),
            ("mini_connections_accepted_total{protocol=ftp}", 1.0),
            ("mini_connections{protocol=http,state=idle}", 1.0),
            ("mini_connections{protocol=ftp,state=idle}", 1.0),
            ("mini_http_requests_total{code=200,method=GET}", 1.0),
            ("mini_http_requests_total{code=501,method=_OTHER}", 1.0),
            ("mini_http_requests_total{code=201,method=COPY}", 1.0),
            ("http_server_request_duration_seconds_count", 3.0),
            ("http_server_request_duration_seconds_sum", 0.9),
            ("http_server_request_duration_seconds_bucket{le=10}", 3.0),
            ("mini_ftp_commands_total{command=STOR}", 1.0),
            ("mini_ftp_commands_total{command=_OTHER}", 1.0),
            ("mini_ftp_replies_total{code=226}", 2.0),
            ("mini_ftp_replies_total{code=150}", 2.0),
            ("mini_ftp_replies_total{code=500}", 1.0),
            ("mini_ftp_transfers_total{direction=upload,result=completed}", 1.0),
            ("mini_ftp_transfers_total{direction=download,result=completed}", 1.0),
            ("mini_ftp_transfers_total{direction=download,result=failed}", 1.0),
            ("mini_ftp_transfers_total{direction=upload,result=failed}", 1.0),
            ("mini_transfer_bytes_total{direction=received,protocol=ftp}", 100_000.0),
            ("mini_transfer_bytes_total{direction=sent,protocol=ftp}", 6.0),
            ("mini_transfer_bytes_total{direction=received,protocol=http}", 100.0),
            ("mini_transfer_bytes_total{direction=sent,protocol=http}", 100.0),
            ("mini_logins_total{result=accepted}", 1.0),
            ("mini_logins_total{result=wrong}", 1.0),
            ("process_cpu_seconds_total", 0.0),
        ];
        let value = |samples: &BTreeMap<String, f64>, name| samples.get(name).copied().unwrap_or_default();
        let started = Instant::now();
        let now = loop {
            // A reply is sent before it is counted.
            let now = samples(&server);
            let missing = |(name, least): &&(_, f64)| value(&now, *name) - value(&before, *name) < *least;
            match expected.iter().find(missing) {
                None => break now,
                Some(missing) => assert!(started.elapsed() < TIMEOUT, "{missing:?}: {now:?}"),
            }
        };
        let (_, text) = ask(&server, "/metrics");
        for counter in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"))
        {
            let changed = |(name, value): (&String, &f64)| {
                name.split('{').next() == Some(counter) && before.get(name) != Some(value)
            };
            assert!(now.iter().any(changed), "{counter} has not changed");
        }
        for name in [
            "mini_build_info{version=0.1.0}",
            "mini_memory_budget_bytes{use=limit}",
            "process_resident_memory_bytes",
            "process_virtual_memory_bytes",
            "process_start_time_seconds",
            "process_max_fds",
        ] {
            assert!(now.get(name).is_some_and(|value| *value > 0.0), "{name}");
        }
        for name in ["mini_memory_budget_bytes{use=uploads}", "mini_offload_waiting{share=hashing}"] {
            assert_eq!(now.get(name), Some(&0.0), "{name}");
        }
        drop((http, ftp));
        let idle = |protocol| format!("mini_connections{{protocol={protocol},state=idle}}");
        wait_until(|| samples(&server)[&idle("http")] == 0.0 && samples(&server)[&idle("ftp")] == 0.0);
    });
}

#[test]
fn refused_logins_are_counted() {
    let served = Tree::of(&[("a", "hello\n")]);
    let options = ["--metrics", "127.0.0.1:0", "--user", "ada:secret", "--quiet"];
    let server = Server::both(&served, &options);
    // ada:wrong
    let wrong = "Authorization: Basic YWRhOndyb25n\r\nConnection: close\r\n";
    at_once(&[(); 20], |()| assert_eq!(server.get_with("/a", wrong).status, 401));
    assert_eq!(server.get_with("/a", wrong).status, 429);
    wait_until(|| {
        let now = samples(&server);
        now["mini_logins_total{result=wrong}"] == 20.0 && now["mini_logins_total{result=locked_out}"] == 1.0
    });
}

/// Uploads, requests and commands in progress are seen while they last.
#[test]
fn gauges_show_the_moment() {
    let served = Tree::of(&[("a", "hello\n")]);
    let options = ["--metrics", "127.0.0.1:0", "--writable", "--quiet", "--max-connections", "3"];
    let server = Server::both(&served, &options);
    let mut upload = server.connect();
    upload.send("PUT /b HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nbeginning");
    let mut ftp = Ftp::login(&server);
    ftp.send("PASV");
    ftp.expect_reply(227);
    ftp.send("RETR a");
    wait_until(|| {
        let now = samples(&server);
        now["mini_uploads_active"] == 1.0
            && now["mini_connections{protocol=http,state=active}"] == 1.0
            && now["mini_connections{protocol=ftp,state=active}"] == 1.0
            && now["mini_memory_budget_bytes{use=uploads}"] > 0.0
    });
    drop((upload, ftp));
    wait_until(|| {
        let now = samples(&server);
        now["mini_uploads_active"] == 0.0 && now["mini_connections{protocol=http,state=active}"] == 0.0
    });
}

#[test]
fn health_is_that_of_the_server() {
    let place = Tree::of(&[("served/a", "hello\n")]);
    let mut server = Server::both(place.join("served"), &["--metrics", "127.0.0.1:0", "--quiet"]);
    let health = |server: &Server| {
        let mut command = Command::new(binary("mini"));
        run(command.arg("health").arg(address(server).to_string()))
    };
    assert_eq!(ask(&server, "/livez"), (200, "ok\n".into()));
    assert_eq!(ask(&server, "/readyz"), (200, "ok\n".into()));
    assert_eq!(health(&server).code, Some(0));
    assert_eq!(ask(&server, "/a").0, 404, "no file is served");
    assert_eq!(Wire::connect(address(&server)).exchange("POST", "/metrics", "").status, 405);
    assert_eq!(Wire::connect(address(&server)).exchange("HEAD", "/livez", "").body, b"");

    fs::rename(place.join("served"), place.join("away")).unwrap();
    wait_until(|| ask(&server, "/readyz").0 == 503);
    let ended = health(&server);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("/readyz answers 503: the served directory is missing"), "{}", ended.err);
    assert_eq!(ask(&server, "/livez").0, 200);
    fs::rename(place.join("away"), place.join("served")).unwrap();
    wait_until(|| ask(&server, "/readyz").0 == 200);

    // A transfer that lasts keeps the server from ending.
    let mut busy = server.connect();
    busy.send("GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nx");
    wait_until(|| samples(&server)["mini_connections{protocol=http,state=active}"] == 1.0);
    server.signal(Signal::TERM);
    wait_until(|| ask(&server, "/readyz") == (503, "the server is stopping\n".into()));
    busy.send("1234");
    assert_eq!(busy.response("GET").status, 200);
    assert!(server.ended_within(TIMEOUT).success());
    assert_eq!(health(&server).code, Some(5), "it is not reachable any more");
}

#[test]
fn each_command_has_metrics_of_its_protocol() {
    let served = Tree::new();
    for (server, own, other) in [
        (Server::http(&served, &["--metrics", "127.0.0.1:0"]), "mini_http_requests_total", "mini_ftp_"),
        (Server::ftp(&served, &["--metrics", "127.0.0.1:0"]), "mini_ftp_replies_total", "mini_http_"),
    ] {
        let (_, text) = ask(&server, "/metrics");
        assert!(text.contains(own) && !text.contains(other), "{text}");
    }
}
