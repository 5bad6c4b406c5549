// The editor of `mini explain --listen`: bytes as text or hex, the reads in which they arrive, and examples. The
// server explains them as they are typed; it keeps nothing.
'use strict';

const CRLF = '\\r\\n\n', LF = '\\n\n';
const EXAMPLES = {
  plain_request: ['', ['GET /notes%20old.txt?lang=id HTTP/1.1', 'Host: localhost:8080', 'Accept: text/html, */*;q=0.8', 'Range: bytes=0-99', '']],
  upload_form: ['', ['POST /upload HTTP/1.1', 'Host: localhost:8080', 'Content-Type: multipart/form-data; boundary=x', 'Content-Length: 85',
    '', '--x', 'Content-Disposition: form-data; name="files"; filename="a.txt"', '', 'hello', '--x--']],
  'smuggling CL.TE': ['', ['POST / HTTP/1.1', 'Host: localhost:8080', 'Content-Length: 30', 'Transfer-Encoding: chunked', '', '0', '',
    'GET /admin HTTP/1.1', 'X: y']],
  'smuggling TE.CL': ['', ['POST / HTTP/1.1', 'Host: localhost:8080', 'Content-Length: 4', 'Transfer-Encoding: chunked', '', '19',
    'GET /admin HTTP/1.1', 'X: y', '0', '']],
  'smuggling LF': ['', ['GET / HTTP/1.1', 'Host: localhost:8080', 'X: y' + LF + 'Transfer-Encoding: chunked', '', '0', '']],
  passive_dialogue: ['', ['S: 220 ready', 'C: USER anonymous', 'S: 331 password, please', 'C: PASS me@example.org', 'S: 230 logged in', 'C: PASV',
    'S: 227 Entering Passive Mode (127,0,0,1,195,80)', 'C: LIST', 'S: 150 listing', 'S: 226 done', 'C: QUIT', 'S: 221 bye']],
  list_lines: ['list', ['total 8', 'drwxr-xr-x   2 owner    group        4096 Jan  2  2019 pub', '-rw-r--r--   1 owner    group         178 Nov 23 18:51 notes.txt',
    '01-02-26  03:04PM       <DIR>          photos', 'not a line of a listing']],
};
const KINDS = ['http-request', 'http-response', 'ftp-command', 'ftp-reply', 'list', 'mlsd'];

// The bytes of what is typed; null: it is no hex.
function parse(text, isHexadecimal) {
  if (isHexadecimal) {
    const digits = text.replace(/\s/g, '');
    if (digits.length % 2 || /[^0-9a-f]/i.test(digits)) return null;
    return Uint8Array.from(digits.match(/../g) ?? [], pair => parseInt(pair, 16));
  }
  const signs = {r: '\r', n: '\n', t: '\t', '\\': '\\'};
  const bytes = [];
  for (const [all, hex, sign] of text.replace(/[\r\n]/g, '').matchAll(/\\x([0-9a-fA-F]{2})|\\([rnt\\])|[^]/gu)) {
    if (hex) bytes.push(parseInt(hex, 16));
    else bytes.push(...new TextEncoder().encode(sign ? signs[sign] : all));
  }
  return Uint8Array.from(bytes);
}

function write(bytes, isHexadecimal) {
  if (isHexadecimal) return [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join(' ');
  return [...bytes].map(byte => escaped(String.fromCharCode(byte)) + (byte === 10 ? '\n' : '')).join('');
}

function choice(label, options) {
  const select = make('select', {}, ...options.map(([value, text]) => make('option', {value}, text)));
  return [select, make('label', {}, make('span', {}, label), select)];
}

const [example, exampleLabel] = choice(words.example, Object.keys(EXAMPLES).map(name => [name, words[name] ?? name.replace('smuggling', words.smuggling)]));
const [form, formLabel] = choice(words.form, [['text', words.text], ['hex', words.hex]]);
const [kind, kindLabel] = choice(words.kind, [['', words.detected], ...KINDS.map(name => [name, name])]);
const [reading, readingLabel] = choice(words.reads, [['', words.whole], ['every', words.every_byte], ['at', words.at_offsets]]);
const offsets = make('input', {inputMode: 'numeric', value: '10,20', size: 12});
const offsetsLabel = make('label', {hidden: true}, words.offsets, offsets);
const input = make('textarea', {rows: 10, spellcheck: false, autocapitalize: 'off'});
const languages = make('p', {}, ...['en', 'id'].map(code => make('a', {href: `?lang=${code}`, lang: code, hreflang: code},
  {en: 'English', id: 'Bahasa Indonesia'}[code])).flatMap(link => [link, ' ']));

let written = 'text', number = 0, timer;

// Asks the server. Of answers that overtake each other, the newest counts.
async function explain() {
  const bytes = parse(input.value, form.value === 'hex'), asked = ++number;
  if (!bytes) return fail(words.bad_text);
  const query = new URLSearchParams({lang: document.documentElement.lang});
  if (kind.value) query.set('as', kind.value);
  if (reading.value) query.set('reads', reading.value === 'at' ? offsets.value : 'every');
  try {
    const response = await fetch(`explain?${query}`, {method: 'POST', body: bytes});
    const answer = await (response.ok ? response.json() : response.text());
    if (asked !== number) return;
    response.ok ? show(answer) : fail(answer.trim());
  } catch (error) {
    if (asked === number) fail(String(error));
  }
}

// What is shown is not what is typed; it is dimmed until it is.
function fail(text) {
  at('summary').textContent = text;
  for (const id of ['faults', 'reads', 'readings']) at(id).hidden = true;
  for (const id of ['bytes', 'parts', 'detail']) at(id).replaceChildren();
}

function start() {
  const [as, lines] = EXAMPLES[example.value];
  kind.value = as;
  form.value = written = 'text';
  input.value = lines.join(CRLF) + (lines.at(-1) === '' ? CRLF : example.value.startsWith('smuggling C') ? '' : CRLF);
  explain();
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(explain, 150);
}

example.addEventListener('change', start);
form.addEventListener('change', () => {
  const bytes = parse(input.value, written === 'hex');
  if (!bytes) { form.value = written; return; }
  written = form.value;
  input.value = write(bytes, written === 'hex');
});
reading.addEventListener('change', () => { offsetsLabel.hidden = reading.value !== 'at'; explain(); });
kind.addEventListener('change', explain);
input.addEventListener('input', later);
offsets.addEventListener('input', later);
at('editor').addEventListener('submit', event => event.preventDefault());
at('editor').append(languages,
  make('div', {className: 'fields'}, exampleLabel, formLabel, kindLabel, readingLabel, offsetsLabel),
  make('label', {}, words.editor, input));
at('editor').hidden = false;
start();
