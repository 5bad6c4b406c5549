//! The machine of a run, without which the figures mean little.

use std::fs;

/// `2 cores of Intel Xeon, Linux 6.1.0 with bbr`: some congestion controls pace packets on the loopback too.
pub(super) fn description() -> String {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let models = processors.lines().filter_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let models: Vec<&str> = models.map(|(_, model)| model).collect();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let control = fs::read_to_string("/proc/sys/net/ipv4/tcp_congestion_control").unwrap_or_default();
    let model = models.first().unwrap_or(&"an unknown processor");
    format!("{} cores of {model}, Linux {} with {}", models.len(), kernel.trim(), control.trim())
}
