// What the upload queue consists of: requests with progress, notes about interrupted uploads, names, and texts.
const TAIL = 64 << 10 // bytes whose hash shows that a chosen file is the interrupted one
const STALL = 30_000 // ms without progress after which a connection counts as lost
const KEPT = 86_400_000 // ms for which the server keeps a partial upload

class Lost extends Error {}
class Stopped extends Error {}
class Refused extends Error {}

const UNITS_OF_SIZE = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
const human = bytes => {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), 4)
  const value = bytes / 1024 ** power
  return `${power && value < 10 ? value.toFixed(1) : Math.floor(value)} ${UNITS_OF_SIZE[power]}`
}
const duration = seconds => seconds < 60 ? `${Math.ceil(seconds)} ${words.seconds}`
  : seconds < 3600 ? `${Math.round(seconds / 60)} ${words.minutes}` : `${(seconds / 3600).toFixed(1)} ${words.hours}`
const percent = (part, whole) => `${Math.floor(100 * part / Math.max(whole, 1))} %`
const parent = path => path.split('/').slice(0, -1).join('/')
const last = path => path.split('/').pop()
const reference = path => './' + path.split('/').map(encodeURIComponent).join('/')

// Notes about interrupted uploads, which survive a reload.
const notes = {
  key: path => `mini-upload:${location.pathname}:${path}`,
  get(path) { try { return JSON.parse(localStorage.getItem(this.key(path))) } catch { return null } },
  set(path, note) { try { localStorage.setItem(this.key(path), JSON.stringify(note)) } catch { /* No resume after a reload. */ } },
  remove(path) { try { localStorage.removeItem(this.key(path)) } catch { /* There is none. */ } },
  all() {
    const prefix = this.key('')
    try {
      const paths = Object.keys(localStorage).filter(key => key.startsWith(prefix)).map(key => key.slice(prefix.length))
      return paths.map(path => [path, this.get(path)]).filter(([, note]) => note)
    } catch { return [] }
  },
}
// FNV-1a: WebCrypto is not available over plain HTTP, and a changed file is no attack.
const hash = async blob => {
  let state = 0x811c9dc5
  for (const byte of new Uint8Array(await blob.arrayBuffer())) state = Math.imul(state ^ byte, 0x01000193)
  return state >>> 0
}
const tail = (file, end) => hash(file.slice(Math.max(0, end - TAIL), end))

// Sends one request. `item` shows its progress and can stop it.
const request = (item, method, path, fields = {}, body = null, sent = 0) => new Promise((resolve, reject) => {
  const xhr = new XMLHttpRequest()
  let timer
  const watch = () => {
    clearTimeout(timer)
    timer = setTimeout(() => { reject(new Lost()); xhr.abort() }, STALL)
  }
  xhr.upload.onprogress = ({ loaded }) => {
    watch()
    item.progress(sent + loaded)
  }
  xhr.upload.onloadend = () => clearTimeout(timer) // The server may take long to write the file to its disk.
  xhr.onload = () => {
    const answer = { status: xhr.status, text: xhr.responseText, offset: Number(xhr.getResponseHeader('Upload-Offset') ?? NaN), length: xhr.getResponseHeader('Upload-Length'), limit: xhr.getResponseHeader('Upload-Limit'), size: Number(xhr.getResponseHeader('Content-Length')), modified: Date.parse(xhr.getResponseHeader('Last-Modified')) }
    if ([408, 429, 500, 502, 503, 504].includes(xhr.status)) reject(new Lost())
    else resolve(answer)
  }
  xhr.onerror = xhr.ontimeout = () => reject(new Lost())
  xhr.onabort = () => reject(new Stopped())
  xhr.onloadend = () => clearTimeout(timer)
  xhr.open(method, reference(path))
  xhr.setRequestHeader('Accept', 'text/plain')
  for (const [name, value] of Object.entries(fields)) xhr.setRequestHeader(name, value)
  item.stop = () => xhr.abort()
  if (item.isStopped) return reject(new Stopped())
  if (body) watch()
  xhr.send(body)
})
// What a refusal says, without its status and path.
const reason = ({ status, text }) => status === 401 ? words.loginEnded : text.split('\n')[0].replace(/^\d+ [^:]*: /, '') || words.failed

