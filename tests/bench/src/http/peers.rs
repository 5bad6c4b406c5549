//! The servers of the HTTP cases: `http-mini`, nginx in three configurations, Caddy and static-web-server for coded
//! text, and the floor.

use std::fs;
use std::io::Write;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::peers::Unpacked;
use crate::processes::{LOAD_CORE, SERVER_CORE};
use crate::programs::Programs;
use crate::report::Report;
use crate::server::{Role, Server, free_port, on_cores, on_server_core};
use crate::tree::Tree;

pub(crate) struct Peers<'a> {
    programs: &'a Programs,
    tree: &'a Tree,
    unpacked: Option<Unpacked>,
    static_web_server: Option<PathBuf>,
    floor: Option<PathBuf>,
}

impl<'a> Peers<'a> {
    /// Looks for the peers once; unavailable ones are named in the report.
    pub(crate) fn find(programs: &'a Programs, tree: &'a Tree, report: &mut Report) -> Self {
        let unpacked = report.or_left_out("nginx and Caddy", Unpacked::fetch(programs));
        let static_web_server = report.or_left_out("static-web-server", installed(programs));
        let floor = report.or_left_out("the floor", build_floor(tree));
        Self { programs, tree, unpacked, static_web_server, floor }
    }

    /// Starts nginx only, configured for large files.
    pub(crate) fn only_nginx(programs: &'a Programs, tree: &'a Tree) -> Result<Server> {
        let nginx = Unpacked::fetch(programs)?;
        let alone = Self { programs, tree, unpacked: None, static_web_server: None, floor: None };
        alone.nginx(&nginx, "nginx", "sendfile on;", "")
    }

    /// Starts every server of the tree, ours first.
    pub(crate) fn servers(&self) -> Result<Vec<Server>> {
        let mut servers = vec![self.ours(&[])?];
        if let Some(nginx) = &self.unpacked {
            for (name, sending) in [
                ("nginx", "sendfile off;"),
                ("nginx with sendfile", "sendfile on;"),
                ("nginx with tcp_nopush", "sendfile on; tcp_nopush on;"),
            ] {
                servers.push(self.nginx(nginx, name, sending, "")?);
            }
        }
        Ok(servers)
    }

    /// The same with TLS and one certificate for all. Sessions are resumed by tickets, as by default.
    pub(crate) fn servers_with_tls(&self) -> Result<Vec<Server>> {
        let made = rcgen::generate_simple_self_signed([Ipv4Addr::LOCALHOST.to_string()])?;
        let (certificate, key) = (self.tree.beside("certificate.pem"), self.tree.beside("key.pem"));
        fs::write(&certificate, made.cert.pem())?;
        fs::write(&key, made.signing_key.serialize_pem())?;
        let option = |name: &str, file: &Path| format!("--{name}={}", file.display());
        let mut servers = vec![self.ours(&[option("tls-cert", &certificate), option("tls-key", &key)])?];
        if let Some(nginx) = &self.unpacked {
            let tls = format!(
                "ssl_certificate \"{}\"; ssl_certificate_key \"{}\"; ssl_protocols TLSv1.3;",
                certificate.display(),
                key.display()
            );
            servers.push(self.nginx(nginx, "nginx", "sendfile off;", &tls)?);
        }
        Ok(servers)
    }

    /// nginx with further directives.
    pub(crate) fn nginx_with(&self, directives: &str) -> Result<Option<Server>> {
        self.unpacked.as_ref().map(|nginx| self.nginx(nginx, "nginx", directives, "")).transpose()
    }

    /// Caddy with these directives for the site.
    pub(crate) fn caddy(&self, directives: &str) -> Result<Option<Server>> {
        let Some(unpacked) = &self.unpacked else { return Ok(None) };
        let (port, root) = (free_port()?, self.tree.root.display());
        let text = format!(
            "{{\nadmin off\nauto_https off\n}}\nhttp://127.0.0.1:{port} {{\nroot * \"{root}\"\n{directives}\n}}\n"
        );
        let config = self.tree.beside(&format!("Caddyfile-{port}"));
        fs::write(&config, text)?;
        let mut command = on_server_core(unpacked.folder().join("usr/bin/caddy"));
        command.args(["run", "--adapter", "caddyfile", "--config"]).arg(&config);
        command.env("HOME", self.tree.beside("home")).stderr(Stdio::null());
        Server::other("Caddy", Role::Peer, command, port).map(Some)
    }

    pub(crate) fn static_web_server(&self, option: &str) -> Result<Option<Server>> {
        let Some(program) = &self.static_web_server else { return Ok(None) };
        let port = free_port()?;
        let mut command = on_server_core(program);
        command.args(["--host", "127.0.0.1", "--port", &port.to_string(), "--log-level", "error"]);
        // One thread, as ours has.
        command.args(["--threads-multiplier", "1"]);
        command.arg("--root").arg(&self.tree.root).arg(option);
        Server::other("static-web-server", Role::Peer, command, port).map(Some)
    }

    pub(crate) fn ours(&self, options: &[String]) -> Result<Server> {
        let command = on_server_core(self.programs.path("http-mini")?);
        self.start(command, &[&["--workers".to_owned(), "1".to_owned()], options].concat())
    }

    /// With its default number of workers.
    pub(crate) fn ours_on_both_cores(&self) -> Result<Server> {
        self.start(on_cores(&[SERVER_CORE, LOAD_CORE], self.programs.path("http-mini")?), &[])
    }

    fn start(&self, mut command: Command, options: &[String]) -> Result<Server> {
        command.arg("serve").arg(&self.tree.root);
        // Ten thousand idle connections from one address exceed the default limit.
        command.args(["--max-per-ip", "20000", "--listen", "127.0.0.1:0", "--quiet"]).args(options);
        Server::ours("http-mini", command)
    }

    /// `tls`: the directives for TLS, or empty.
    fn nginx(&self, nginx: &Unpacked, name: &str, sending: &str, tls: &str) -> Result<Server> {
        let port = free_port()?;
        let ssl = if tls.is_empty() { "" } else { "ssl" };
        let place = self.tree.beside(&format!("nginx-{port}"));
        fs::create_dir(&place)?;
        // One process, like ours with one worker; files stay open, connections persist, and are accepted with
        // their first bytes.
        let text = format!(
            "daemon off; master_process off; error_log stderr crit; pid pid;
             events {{ worker_connections 12000; }}
             http {{
               access_log off; default_type application/octet-stream; {sending}
               client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
               uwsgi_temp_path uwsgi; scgi_temp_path scgi;
               open_file_cache max=1000 inactive=1h; open_file_cache_valid 1h;
               keepalive_requests 1000000000; keepalive_timeout 1h;
               server {{ listen 127.0.0.1:{port} backlog=4096 deferred {ssl}; {tls} root \"{root}\"; }}
             }}",
            root = self.tree.root.display(),
        );
        let config = place.join("nginx.conf");
        fs::write(&config, text)?;
        let mut command = on_server_core(nginx.program("nginx"));
        command.arg("-p").arg(&place).arg("-c").arg(&config).args(["-e", "stderr"]);
        command.env("LD_LIBRARY_PATH", nginx.libraries());
        Server::other(name, Role::Peer, command, port)
    }

    /// A floor for one file, the only one that it serves.
    pub(crate) fn floor(&self, file: &str) -> Result<Option<Server>> {
        let Some(program) = &self.floor else { return Ok(None) };
        let port = free_port()?;
        let mut command = on_server_core(program);
        command.arg(port.to_string()).arg(self.tree.root.join(file));
        Server::other("floor", Role::Floor, command, port).map(Some)
    }
}

/// static-web-server, which Debian does not have.
fn installed(programs: &Programs) -> Result<PathBuf> {
    let root = programs.target().join("bench-peers");
    let program = root.join("bin/static-web-server");
    ensure!(
        program.exists(),
        "not installed; `cargo install --locked --root {} static-web-server@2.44.1`",
        root.display()
    );
    Ok(program)
}

fn build_floor(tree: &Tree) -> Result<PathBuf> {
    let program = tree.beside("floor");
    compile(include_str!("floor.c"), &program)?;
    Ok(program)
}

fn compile(source: &str, program: &Path) -> Result<()> {
    let mut compiler = Command::new("cc")
        .args(["-O2", "-x", "c", "-", "-o"])
        .arg(program)
        .stdin(Stdio::piped())
        .spawn()
        .context("no C compiler; `apt-get install gcc libc6-dev`")?;
    compiler.stdin.take().context("no pipe to cc")?.write_all(source.as_bytes())?;
    ensure!(compiler.wait()?.success(), "cc failed");
    Ok(())
}
