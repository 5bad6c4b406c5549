'use strict';

const WORDS = {
  en: {
    name: 'Your name', intro: 'The others in the room see this name.', join: 'Join', send: 'Send', message: 'Message', messages: 'Messages', other: 'Indonesia',
    connecting: 'connecting ...', lost: 'connection lost; trying again ...', failed: 'not sent: ', fast: 'too many lines at once',
    left: 'you have left', to: 'to you', you: 'You: ', hint: 'You have joined. /help lists the commands.',
  },
  id: {
    name: 'Namamu', intro: 'Orang lain di ruang ini melihat nama ini.', join: 'Gabung', send: 'Kirim', message: 'Pesan', messages: 'Pesan', other: 'English',
    connecting: 'menghubungkan ...', lost: 'koneksi terputus; mencoba lagi ...', failed: 'tidak terkirim: ', fast: 'terlalu banyak baris sekaligus',
    left: 'kamu sudah keluar', to: 'untukmu', you: 'Kamu: ', hint: 'Kamu sudah bergabung. /help menampilkan perintah.',
  },
};

const byId = (id) => document.getElementById(id);
const [enter, talk, log, lines, say, state, refused] = ['enter', 'talk', 'log', 'lines', 'say', 'state', 'refused'].map(byId);
let language = navigator.language.startsWith('id') ? 'id' : 'en';
let source = null;
let token = '';
let name = '';
let status = '';

function words() { return WORDS[language]; }

// A notice has a line in each language.
function notice(data) {
  const [english, indonesian] = data.split('\n');
  return language === 'id' ? indonesian : english;
}

function setStatus(key) {
  status = key;
  state.textContent = key === 'you' ? words().you + name : words()[key] ?? '';
}

function translate() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll('[data-text]')) element.textContent = words()[element.dataset.text];
  for (const element of document.querySelectorAll('[data-label]')) element.setAttribute('aria-label', words()[element.dataset.label]);
  setStatus(status);
  byId('text').placeholder = words().message;
  byId('language').textContent = words().other;
  byId('language').lang = language === 'id' ? 'en' : 'id';
}

function add(text, kind, from) {
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  const line = document.createElement('li');
  line.className = kind;
  if (from) {
    const author = document.createElement('b');
    author.textContent = from;
    line.append(author);
  }
  line.append(text);
  lines.append(line);
  while (lines.childElementCount > 1000) lines.firstElementChild.remove();
  if (isAtEnd || kind === 'own') log.scrollTop = log.scrollHeight;
}

function show(line) {
  const [, author, isPrivate, text] = /^<(\S+)( to you)?> (.*)$/.exec(line);
  add(text, isPrivate ? 'private' : '', isPrivate ? `${author} (${words().to})` : author);
}

function leave(why) {
  source?.close();
  source = null;
  talk.hidden = true;
  enter.hidden = false;
  setStatus('');
  refused.textContent = why;
  byId('name').focus();
}

function join(event) {
  event.preventDefault();
  refused.textContent = '';
  setStatus('connecting');
  source?.close();
  source = new EventSource('events?name=' + encodeURIComponent(byId('name').value));
  source.addEventListener('welcome', ({ data }) => {
    [name, token] = data.split(' ');
    lines.replaceChildren();
    enter.hidden = true;
    talk.hidden = false;
    setStatus('you');
    add(words().hint, 'notice');
    byId('text').focus();
  });
  source.addEventListener('message', ({ data }) => show(data));
  source.addEventListener('notice', ({ data }) => add(notice(data), 'notice'));
  source.addEventListener('name', ({ data }) => { name = data; setStatus('you'); });
  source.addEventListener('refused', ({ data }) => leave(notice(data)));
  source.addEventListener('left', () => leave(words().left));
  source.onerror = () => { if (source) setStatus('lost'); };
}

async function send(event) {
  event.preventDefault();
  const field = byId('text');
  const text = field.value.trim();
  if (!text) return;
  try {
    const { status } = await fetch('say?as=' + token, { method: 'POST', body: text });
    if (status !== 204) throw status === 429 ? words().fast : words().lost;
    field.value = '';
    if (!text.startsWith('/')) add(text, 'own');
  } catch (error) {
    add(words().failed + (typeof error === 'string' ? error : words().lost), 'notice');
  }
}

enter.addEventListener('submit', join);
say.addEventListener('submit', send);
byId('language').addEventListener('click', () => {
  language = language === 'id' ? 'en' : 'id';
  translate();
});
translate();
