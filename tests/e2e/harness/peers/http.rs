//! HTTP servers.

use std::path::Path;
use std::process::Command;

use super::super::Certificates;
use super::super::program::tool;
use super::{Peer, folder, is_root, program};

/// An HTTP server that can be started, and its features.
pub(crate) struct HttpServerKind {
    pub(crate) name: &'static str,
    pub(crate) start: fn() -> Peer,
    /// It answers 206 (RFC 9110 section 14).
    pub(crate) has_ranges: bool,
    /// It stores what is PUT.
    pub(crate) has_put: bool,
}

pub(crate) const ALL: [HttpServerKind; 6] = [
    HttpServerKind { name: "nginx", start: || nginx(""), has_ranges: true, has_put: true },
    HttpServerKind { name: "nginx with gzip", start: || nginx(GZIP), has_ranges: true, has_put: true },
    HttpServerKind { name: "Apache", start: apache, has_ranges: true, has_put: true },
    HttpServerKind { name: "lighttpd", start: lighttpd, has_ranges: true, has_put: false },
    HttpServerKind { name: "Caddy", start: caddy, has_ranges: true, has_put: false },
    HttpServerKind { name: "python", start: python, has_ranges: false, has_put: false },
];

const GZIP: &str = "gzip on; gzip_min_length 1; gzip_types *;";

impl Peer {
    /// `http://127.0.0.1:4711/`
    pub(crate) fn http(&self) -> String {
        format!("http://{}/", self.at)
    }

    pub(crate) fn https(&self) -> String {
        format!("https://{}/", self.at)
    }
}

/// nginx, with more directives for its server.
pub(crate) fn nginx(directives: &str) -> Peer {
    nginx_listening("", directives)
}

/// nginx with TLS.
pub(crate) fn nginx_with_tls(certificates: &Certificates) -> Peer {
    let (certificate, key) = certificates.make("nginx");
    let (certificate, key) = (certificate.display(), key.display());
    nginx_listening("ssl", &format!("ssl_certificate \"{certificate}\"; ssl_certificate_key \"{key}\";"))
}

fn nginx_listening(how: &str, directives: &str) -> Peer {
    nginx_with(|root, port| {
        format!(
            "server {{
                listen 127.0.0.1:{port} {how}; root \"{root}\"; autoindex on; charset utf-8;
                client_max_body_size 0; dav_methods PUT DELETE MKCOL; create_full_put_path on;
                {directives}
            }}",
            root = root.display()
        )
    })
}

/// nginx with this block `server`, which gets the served tree and the port.
pub(crate) fn nginx_with(server: impl Fn(&Path, u16) -> String) -> Peer {
    Peer::start(|place, root, port| {
        let user = if is_root() { "user root;" } else { "" };
        let text = format!(
            "daemon off; {user} worker_processes 1; pid pid; error_log stderr;
             events {{ worker_connections 500; }}
             http {{
               access_log off; default_type application/octet-stream;
               client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
               uwsgi_temp_path uwsgi; scgi_temp_path scgi;
               {}
             }}",
            server(root.path(), port)
        );
        let mut command = program("nginx");
        command.arg("-p").arg(place.0.path()).arg("-c").arg(place.write("nginx.conf", &text));
        command.args(["-e", "stderr"]);
        command
    })
}

fn apache() -> Peer {
    Peer::start(|place, root, port| {
        let modules = folder().join("usr/lib/apache2/modules");
        let names = [
            "mpm_event",
            "authz_core",
            "autoindex",
            "dir",
            "mime",
            "dav",
            "dav_fs",
            "env",
            "setenvif",
            "unixd",
        ];
        // Debian builds some modules into the server.
        let built: Vec<String> = names
            .iter()
            .map(|name| (name, modules.join(format!("mod_{name}.so"))))
            .filter(|(_, file)| file.exists())
            .map(|(name, file)| format!("LoadModule {name}_module {}\n", file.display()))
            .collect();
        let user = if is_root() { "User nobody\nGroup nogroup\n" } else { "" };
        let text = format!(
            "{modules}{user}ServerName localhost\nListen 127.0.0.1:{port}\nPidFile {place}/pid\n\
             DefaultRuntimeDir {place}\nErrorLog {place}/log\nMutex file:{place}\nStartServers 1\n\
             TypesConfig {types}\nDocumentRoot {root}\nDavLockDB {locks}/locks\n\
             <Directory {root}>\nOptions +Indexes\nIndexOptions FancyIndexing Charset=UTF-8\nDav On\n\
             Require all granted\n</Directory>\n",
            modules = built.concat(),
            place = place.0.path().display(),
            types = place.write("mime.types", "text/plain txt\n").display(),
            root = root.path().display(),
            locks = writable(place, "locks").display(),
        );
        let mut command = program("apache2");
        command.arg("-f").arg(place.write("apache.conf", &text)).arg("-DFOREGROUND");
        command
    })
}

/// A directory that the server's user may write to.
fn writable(place: &super::SettingsDir, name: &str) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let directory = place.0.directory(name);
    std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o777)).unwrap();
    directory
}

fn lighttpd() -> Peer {
    Peer::start(|place, root, port| {
        let text = format!(
            "server.modules = (\"mod_dirlisting\")\nserver.stat-cache-engine = \"disable\"\nserver.bind = \"127.0.0.1\"\nserver.port = {port}\n\
             server.document-root = \"{root}\"\nserver.upload-dirs = (\"{place}\")\n\
             dir-listing.activate = \"enable\"\ndir-listing.encoding = \"utf-8\"\n\
             mimetype.assign = (\"\" => \"application/octet-stream\")\n",
            root = root.path().display(),
            place = place.0.path().display(),
        );
        let mut command = program("lighttpd");
        command.arg("-D").arg("-f").arg(place.write("lighttpd.conf", &text));
        command.arg("-m").arg(folder().join("usr/lib/lighttpd"));
        command
    })
}

fn caddy() -> Peer {
    caddy_with(|root, port| {
        format!("http://127.0.0.1:{port} {{\nroot * {}\nfile_server browse\n}}\n", root.display())
    })
}

/// Caddy with this site, which gets the served tree and the port.
pub(crate) fn caddy_with(site: impl Fn(&Path, u16) -> String) -> Peer {
    Peer::start(|place, root, port| {
        let text = format!("{{\nadmin off\nauto_https off\n}}\n{}", site(root.path(), port));
        let mut command = program("caddy");
        command.args(["run", "--adapter", "caddyfile", "--config"]).arg(place.write("Caddyfile", &text));
        command.env("XDG_DATA_HOME", place.0.path()).env("XDG_CONFIG_HOME", place.0.path());
        command
    })
}

/// HAProxy with these settings, which get the port.
pub(crate) fn haproxy_with(settings: impl Fn(u16) -> String) -> Peer {
    Peer::start(|place, _, port| {
        let mut command = program("haproxy");
        command.arg("-db").arg("-f").arg(place.write("haproxy.cfg", &settings(port)));
        command
    })
}

fn python() -> Peer {
    Peer::start(|_, root, port| python_serving(root.path(), port))
}

fn python_serving(root: &Path, port: u16) -> Command {
    let mut command = tool("python3");
    command.args(["-m", "http.server", "--protocol", "HTTP/1.1", "--bind", "127.0.0.1", "--directory"]);
    command.arg(root).arg(port.to_string());
    command
}
