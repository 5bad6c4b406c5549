"use strict";
// Shows the lines of the tap as they arrive. Everything that peers sent is inserted as text, never as markup.
const texts = {
  en: {}, // As in the page.
  id: {
    connection: "Koneksi", all: "semua", pause: "Jeda", clear: "Bersihkan", client: "Klien", server: "Server",
    close: "Tutup", live: "tersambung", lost: "tap tidak terhubung", waiting: "jeda, {} baris menunggu",
    missed: "{} baris tidak ditampilkan", requires: "Aturan", why: "Mengapa", fix: "Perbaikan", at: "bait",
  },
};
const english = {
  live: "connected", lost: "the tap is not connected", waiting: "paused, {} lines are waiting",
  missed: "{} lines not shown", requires: "Rule", why: "Why", fix: "Fix", at: "byte",
};
const most = 2000; // Lines that the page keeps, and those that wait while it is paused.
const find = id => document.getElementById(id);
const [lines, filter, pause, detail, parts, state] = ["lines", "filter", "pause", "detail", "parts", "state"].map(find);
let waiting = [], missed = 0, isPaused = false, selected = null;

const text = (key, value) => (texts[document.documentElement.lang][key] ?? english[key]).replace("{}", value);
const element = (name, className, content) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (content !== undefined) made.textContent = content;
  return made;
};

function add(line) {
  const item = element("li", line.sender ?? "both");
  item.dataset.connection = line.connection;
  const time = new Date(line.time).toISOString().slice(11, 23);
  if (line.is_note) {
    item.append(element("p", "note", `${time} · ${line.connection} · ${line.text}`));
  } else {
    const unit = element("button", "unit");
    unit.type = "button";
    unit.setAttribute("aria-expanded", "false");
    unit.append(element("span", "time", `${time} · ${line.connection} `), element("code", "", broken(line.text)));
    if (line.meaning) unit.append(element("span", "meaning", ` → ${line.meaning}`));
    for (const fault of line.faults) {
      unit.append(element("span", "fault", `${fault.rule}, ${text("at")} ${fault.at}: ${fault.fault}`));
    }
    unit.addEventListener("click", () => open(unit, line));
    item.append(unit);
  }
  hide(item);
  lines.append(item);
  if (![...filter.options].some(option => option.value === main(line.connection))) {
    filter.append(new Option(main(line.connection), main(line.connection)));
  }
}

// Each line of a head on a line of its own.
const broken = bytes => bytes.replace(/(?:\\r)?\\n(?!$)/g, "$&\n");
// 3.1 is a data connection of 3.
const main = connection => connection.split(".")[0];
const hide = item => { item.hidden = filter.value !== "" && main(item.dataset.connection) !== filter.value; };

function show(batch) {
  const isAtEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 80;
  batch.forEach(add);
  while (lines.childElementCount > most) lines.firstElementChild.remove();
  if (isAtEnd) lines.scrollTop = lines.scrollHeight;
}

function tree(list) {
  const all = element("ul");
  for (const part of list) {
    const item = element("li");
    item.append(element("b", "", part.field), element("code", "", part.text));
    item.append(element("span", "meaning", ` ${part.value === null ? "" : `→ ${part.value} `}${part.rfc}`));
    if (part.children.length > 0) item.append(tree(part.children));
    all.append(item);
  }
  return all;
}

function open(unit, line) {
  if (selected === unit) return close();
  close();
  selected = unit;
  unit.setAttribute("aria-expanded", "true");
  for (const fault of line.faults) {
    const shown = element("p");
    shown.append(element("span", "fault", `${fault.severity}: ${fault.rule}, ${text("at")} ${fault.at}: ${fault.fault}`));
    for (const key of ["requires", "why", "fix"]) {
      shown.append(element("b", "", `${text(key)}:`), ` ${fault[key]} `);
    }
    shown.append(element("span", "meaning", fault.rfc));
    parts.append(shown);
  }
  parts.append(tree(line.parts));
  detail.hidden = false;
  unit.scrollIntoView({ block: "nearest" });
}

function close() {
  selected?.setAttribute("aria-expanded", "false");
  selected = null;
  parts.replaceChildren();
  detail.hidden = true;
}

function showState() {
  let words = text(isConnected ? "live" : "lost");
  if (isPaused) words = text("waiting", waiting.length);
  if (missed > 0) words += `, ${text("missed", missed)}`;
  if (state.textContent !== words) state.textContent = words;
}

function setPaused(value) {
  isPaused = value;
  pause.setAttribute("aria-pressed", value);
  if (!value) show(waiting.splice(0));
  showState();
}

function clear() {
  close();
  lines.replaceChildren();
  waiting = [];
  missed = 0;
  filter.replaceChildren(filter.options[0]);
  showState();
}

function move(step) {
  const units = [...lines.querySelectorAll("li:not([hidden]) .unit")];
  const at = units.indexOf(document.activeElement);
  units.at(at < 0 ? (step > 0 ? 0 : -1) : Math.max(0, Math.min(units.length - 1, at + step)))?.focus();
}

pause.addEventListener("click", () => setPaused(!isPaused));
find("clear").addEventListener("click", clear);
find("close").addEventListener("click", () => { const unit = selected; close(); unit?.focus(); });
filter.addEventListener("change", () => { for (const item of lines.children) hide(item); });
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target === filter) return;
  const actions = {
    p: () => setPaused(!isPaused), c: clear, Escape: () => { const unit = selected; close(); unit?.focus(); },
    ArrowDown: () => move(1), ArrowUp: () => move(-1),
  };
  const action = actions[event.key];
  if (action) { event.preventDefault(); action(); }
});

let isConnected = false, frame = null, arrived = [];
const events = new EventSource("events");
events.onopen = () => { isConnected = true; showState(); };
events.onerror = () => { isConnected = false; showState(); };
events.addEventListener("language", event => {
  document.documentElement.lang = event.data;
  for (const item of document.querySelectorAll("[data-text]")) {
    item.textContent = texts[event.data][item.dataset.text] ?? item.textContent;
  }
  showState();
});
events.addEventListener("missed", event => { missed += Number(event.data); showState(); });
events.onmessage = event => {
  const line = JSON.parse(event.data);
  if (isPaused) {
    if (waiting.push(line) > most) { waiting.shift(); missed += 1; }
    return showState();
  }
  arrived.push(line);
  // Many lines are shown together. A timer, because a page in the background draws no frames.
  frame ??= setTimeout(() => { frame = null; show(arrived.splice(0)); }, 10);
};
