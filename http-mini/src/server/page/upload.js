// The upload queue: files and folders that are chosen or dropped, one line each. Large files are sent in pieces, which
// continue after a lost connection, a restart of the server, or a reload of the page.
const PIECE = 16 << 20 // below the 100 MB that some proxies accept
const PIECED = 4 << 20 // smaller files are sent whole
const LEAST = 64 << 10 // a proxy that accepts less is not used for uploads
const WORKERS = 3
const RETRIES = 40

const startUploads = form => {
  const may = { overwrite: 'overwrite' in form.dataset, delete: 'delete' in form.dataset, hidden: 'hidden' in form.dataset }
  const isDropBox = !find('form.list')
  const [files, folder] = findAll('[type=file]', form)
  const items = [], skipped = new Set(), folders = new Map(), asking = new Set()
  let active = 0, forAll, lastRefresh = 0

  const head = make('p', { role: 'status' })
  const list = make('ul')
  const clear = make('button', { type: 'button', textContent: words.clear, hidden: true, onclick: () => closePanel() })
  const panel = make('section', { className: 'queue', hidden: true, ariaLabel: words.uploads }, make('div', {}, head, clear), list)
  document.body.append(panel)
  const closePanel = () => {
    items.length = 0
    skipped.clear()
    list.replaceChildren()
    panel.hidden = true
  }

  class Item {
    constructor(path, file) {
      Object.assign(this, { path, file, size: file?.size ?? 0, piece: PIECE, sent: 0, state: 'waiting', samples: [] })
      this.bar = make('progress', { max: Math.max(this.size, 1), value: 0, ariaLabel: path })
      this.text = make('span', { textContent: words.waiting })
      this.buttons = make('span', { className: 'buttons' })
      this.line = make('li', {}, make('strong', { textContent: path }), this.buttons, this.bar, this.text)
      list.append(this.line)
      this.offer([words.cancel, () => this.cancel()])
    }
    offer(...buttons) {
      this.buttons.replaceChildren(...buttons.map(([textContent, onclick]) =>
        make('button', { type: 'button', textContent, onclick, ariaLabel: `${textContent}: ${this.path}` })))
    }
    set(state, text) {
      this.state = state
      this.line.className = state
      this.text.textContent = text
      if (state === 'done' || state === 'skipped') this.offer()
      if (state === 'failed' || state === 'cancelled') this.offer([words.retry, () => this.retry()])
      showHead()
    }
    // Rate and time left are those of the last ten seconds.
    progress(sent) {
      const now = Date.now()
      this.sent = this.bar.value = sent
      this.samples.push([now, sent])
      while (this.samples.length > 2 && now - this.samples[0][0] > 10_000) this.samples.shift()
      const [[start, before]] = this.samples
      const rate = now > start ? Math.max(sent - before, 0) / (now - start) * 1000 : 0
      const texts = [percent(sent, this.size), human(this.size)]
      if (rate > 0 && sent < this.size) texts.push(`${human(rate)}/s`, words.left(duration((this.size - sent) / rate)))
      this.text.textContent = sent < this.size ? texts.join(' · ') : words.finishing
      showHead()
    }
    cancel() {
      this.isStopped = true
      asking.delete(this)
      this.decide?.('skip')
      this.wake?.()
      this.stop?.()
      this.set('cancelled', words.cancelled)
      if (notes.get(this.path)) this.discarded = this.discard()
    }
    // Cancels the upload on the server, which at first may still read the connection that was aborted. A file that was
    // stored meanwhile remains.
    async discard() {
      notes.remove(this.path)
      for (let tries = 0; tries < 4; tries += 1) {
        await this.pause(300)
        if (!this.isStopped) return
        const answer = await request({ progress() {} }, 'DELETE', this.stored(), { 'If-None-Match': '*' }).catch(() => null)
        if (answer?.status === 204) return
      }
    }
    retry() {
      Object.assign(this, { isStopped: false, state: 'waiting', samples: [] })
      this.line.className = ''
      this.text.textContent = words.waiting
      this.offer([words.cancel, () => this.cancel()])
      run()
    }
    // The name under which the content is sent. A large file that replaces another is renamed over it in the end.
    stored() {
      const path = this.target ?? this.path
      return this.how === 'replace' && this.isPieced() ? `${path}.uploading` : path
    }
    isPieced() {
      return may.overwrite && this.size > Math.min(PIECED, this.piece) && (this.how !== 'replace' || may.delete)
    }
    pause(time) {
      return new Promise(resolve => {
        const timer = setTimeout(resolve, time)
        this.wake = () => { clearTimeout(timer); resolve() }
      })
    }
  }
  addEventListener('online', () => items.forEach(item => item.wake?.()))

  const showHead = () => {
    const count = state => items.filter(item => item.state === state).length
    const isBusy = active > 0
    const failed = count('failed')
    const stored = items.filter(item => item.state === 'done' && item.file).length
    const texts = isBusy ? [words.uploading(count('done'), items.length)] : [words.stored(stored)]
    if (failed) texts.push(words.failures(failed))
    if (!isBusy && skipped.size) texts.push(words.hidden([...skipped].slice(0, 5).join(', ') + (skipped.size > 5 ? ', …' : '')))
    const text = texts.join('. ')
    if (head.textContent !== text) head.textContent = text
    clear.hidden = isBusy
  }

  // The names in a folder, which is made if it is missing. One list is faster than a request for each file, and a
  // browser reports a request for a free name as an error on its console.
  const openFolder = path => {
    const make = async () => {
      const answer = await request({ progress() {} }, 'MKCOL', `${path}/`)
      if (answer.status !== 201) throw new Refused(reason(answer))
      return new Set()
    }
    const open = async () => {
      if (path) {
        const above = await openFolder(parent(path)), name = last(path)
        if (!above.has(name)) {
          above.add(name)
          return make()
        }
      }
      const response = await fetch(`${reference(path && `${path}/`)}?format=json`, { cache: 'no-store' }).catch(() => { throw new Lost() })
      return new Set(response.ok ? (await response.json()).entries.map(entry => entry.name) : [])
    }
    if (!folders.has(path)) {
      const opened = isDropBox ? make() : open()
      folders.set(path, opened)
      opened.catch(() => folders.delete(path))
    }
    return folders.get(path)
  }

  // Asks what to do with a name that exists: `replace`, `both` or `skip`.
  const ask = item => new Promise(resolve => {
    if (forAll && (forAll !== 'replace' || may.overwrite)) return resolve(forAll)
    asking.add(item)
    const all = make('input', { type: 'checkbox' })
    item.decide = decision => {
      asking.delete(item)
      item.decide = undefined
      item.offer([words.cancel, () => item.cancel()])
      resolve(decision)
      if (all.checked) {
        forAll = decision;
        [...asking].forEach(other => other.decide(decision))
      }
    }
    item.set('asking', words.exists)
    const choices = [['replace', words.replace], ['both', words.both], ['skip', words.skip]]
    item.offer(...choices.filter(([how]) => how !== 'replace' || may.overwrite).map(([how, text]) => [text, () => item.decide(how)]))
    if (items.length > 1) item.buttons.append(make('label', {}, all, ' ', words.all))
  })
  const numbered = (path, number) => {
    const name = last(path), directory = path.slice(0, path.length - name.length)
    const dot = name.lastIndexOf('.')
    const stem = dot > 0 ? name.slice(0, dot) : name
    return `${directory}${stem} (${number})${name.slice(stem.length)}`
  }

  const time = item => ({ 'X-OC-Mtime': String(Math.floor(item.file.lastModified / 1000)) })

  // After 413 of a proxy, a smaller piece may be accepted. The server itself has a limit for the whole file, which it names.
  const shrink = (item, answer, sent) => {
    if (answer.status !== 413 || answer.limit || sent <= LEAST) return false
    item.piece = Math.ceil(sent / 2)
    return true
  }
  // Each of these returns whether the file is stored; false means that its name exists.
  const sendWhole = async item => {
    const condition = isDropBox || item.how === 'replace' ? {} : { 'If-None-Match': '*' }
    const fields = { 'Content-Type': 'application/octet-stream', ...time(item), ...condition }
    const answer = await request(item, 'PUT', item.stored(), fields, item.file)
    if (answer.status === 412) return false
    if (shrink(item, answer, item.size) && item.isPieced()) return sendPieces(item)
    if (answer.status >= 300) throw new Refused(reason(answer))
    return true
  }
  const isSame = (note, item) => note && note.size === item.size && note.modified === item.file.lastModified
  // Where an interrupted upload of this file continues.
  const offset = async item => {
    const note = notes.get(item.path)
    if (!isSame(note, item)) return 0
    const answer = await request(item, 'HEAD', item.stored())
    const isSameLength = [null, String(item.size)].includes(answer.length)
    const isKept = answer.status === 204 && isSameLength && note.at <= answer.offset && answer.offset <= item.size
    return isKept && await tail(item.file, note.at) === note.hash ? answer.offset : 0
  }
  const sendPieces = async item => {
    const path = item.stored(), { size, how, file } = item, modified = file.lastModified
    const note = async at => notes.set(item.path, { size, modified, how, at, hash: await tail(file, at), saved: Date.now() })
    let at = await offset(item)
    if (!at) await note(TAIL)
    item.progress(at)
    for (let isDone = false; !isDone;) {
      const end = Math.min(at + item.piece, size)
      const isLast = end === size
      const fields = { 'Content-Type': 'application/partial-upload', 'Upload-Offset': String(at), 'Upload-Complete': isLast ? '?1' : '?0', ...(at ? {} : { 'Upload-Length': String(size) }), ...(isLast ? time(item) : {}) }
      const answer = await request(item, 'PATCH', path, fields, file.slice(at, end), at)
      if (answer.status === 409) {
        if ((await request(item, 'HEAD', path)).status === 200) return false
        // Another offset, or the server still reads the connection that was lost.
        throw new Lost()
      }
      if (shrink(item, answer, end - at)) continue
      if (answer.status >= 300) throw new Refused(reason(answer))
      at = end
      isDone = isLast
      item.tries = 0
      if (!isLast) await note(at)
    }
    notes.remove(item.path)
    return true
  }
  // Whether the file was stored although its response was lost.
  const wasStored = async item => {
    if (!item.wasLost) return false
    const answer = await request(item, 'HEAD', item.target ?? item.path)
    return answer.status === 200 && answer.size === item.size && Math.abs(answer.modified - item.file.lastModified) < 2_000
  }
  const renameOver = async item => {
    const name = last(item.path), directory = item.path.slice(0, item.path.length - name.length)
    const form = new URLSearchParams({ name: encodeURIComponent(`${name}.uploading`), to: name, overwrite: '1' })
    const response = await fetch(`${reference(directory)}?rename`, { method: 'POST', body: form, headers: { Accept: 'text/plain' } }).catch(() => { throw new Lost() })
    if (!response.ok) throw new Refused(reason({ status: response.status, text: await response.text() }))
  }

  const store = async item => {
    if (!item.file) return openFolder(item.path)
    const names = isDropBox ? new Set() : await openFolder(parent(item.path))
    for (let number = 2; ;) {
      const name = last(item.target ?? item.path)
      const isTaken = item.how !== 'replace' && names.has(name)
      if (!isTaken && await (item.isPieced() ? sendPieces(item) : sendWhole(item))) break
      if (await wasStored(item)) return notes.remove(item.path)
      names.add(name)
      item.how ??= await ask(item)
      if (item.isStopped) throw new Stopped()
      if (item.how === 'skip') return
      if (item.how === 'both') item.target = numbered(item.path, number++)
    }
    names.add(last(item.target ?? item.path))
    if (item.stored() !== (item.target ?? item.path)) await renameOver(item)
  }
  const transfer = async item => {
    item.state = 'sending'
    await item.discarded
    for (item.tries = 0; ;) {
      try {
        await store(item)
        if (item.how === 'skip') return item.set('skipped', words.skipped)
        find('strong', item.line).textContent = item.target ?? item.path
        fresh.add((item.target ?? item.path).split('/')[0])
        return item.set('done', item.file ? `${words.done} · ${human(item.size)}` : words.done)
      } catch (error) {
        if (item.isStopped) return
        if (!(error instanceof Lost) || item.tries >= RETRIES) {
          if (!(error instanceof Refused || error instanceof Lost)) console.error(error)
          return item.set('failed', error instanceof Refused ? error.message : error instanceof Lost ? words.lost : words.failed)
        }
        item.text.textContent = words.paused
        Object.assign(item, { samples: [], wasLost: true })
        await item.pause(Math.min(500 * 2 ** item.tries++, 15_000))
        if (item.isStopped) return
      }
    }
  }
  const run = () => {
    while (active < WORKERS) {
      const item = items.find(item => item.state === 'waiting')
      if (!item) break
      active += 1
      transfer(item).finally(async () => {
        active -= 1
        if (!active || Date.now() - lastRefresh > 5_000) {
          lastRefresh = Date.now()
          refresh()
        }
        run()
      })
    }
    if (!active) {
      forAll = undefined
      folders.clear()
    }
    showHead()
  }

  // `found`: pairs of a path and a file; of an empty folder, no file.
  const enqueue = found => {
    panel.hidden = false
    for (const [path, file] of found) {
      const isHidden = !may.hidden && path.split('/').some(name => name.startsWith('.'))
      if (isHidden) skipped.add(last(path))
      else {
        const item = new Item(path, file), note = notes.get(path)
        if (file && isSame(note, item)) item.how = note.how
        items.push(item)
      }
      findAll('li.note', list).find(line => line.dataset.path === path)?.remove()
    }
    run()
  }

  find('#upload').onclick = () => files.click()
  find('#folder').onclick = () => folder.click()
  for (const input of [files, folder]) {
    input.onchange = () => {
      const chosen = [...input.files].map(file => [file.webkitRelativePath || file.name, file])
      input.value = ''
      if (chosen.length) enqueue(chosen)
    }
  }

  // Browsers list the entries of a dropped folder a hundred at a time.
  const within = async entry => {
    const path = entry.fullPath.slice(1)
    if (entry.isFile) return [[path, await new Promise((resolve, reject) => entry.file(resolve, reject))]]
    const reader = entry.createReader(), found = []
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))
      if (!some.length) break
      found.push(...some)
    }
    return found.length ? (await Promise.all(found.map(within))).flat() : [[path, null]]
  }
  const name = find('[aria-current=page]')?.textContent ?? ''
  const overlay = make('div', { className: 'overlay', hidden: true }, make('p', { textContent: words.dropHere(name) }))
  document.body.append(overlay)
  const hasFiles = event => event.dataTransfer?.types.includes('Files')
  document.addEventListener('dragenter', event => { if (hasFiles(event)) overlay.hidden = false })
  document.addEventListener('dragover', event => { if (hasFiles(event)) event.preventDefault() })
  document.addEventListener('dragleave', event => { if (!event.relatedTarget) overlay.hidden = true })
  document.addEventListener('drop', async event => {
    if (!hasFiles(event)) return
    event.preventDefault()
    overlay.hidden = true
    const entries = [...event.dataTransfer.items].map(item => item.webkitGetAsEntry()).filter(Boolean)
    enqueue((await Promise.all(entries.map(within))).flat())
  })
  addEventListener('beforeunload', event => { if (active) event.preventDefault() })

  // Uploads that a reload has interrupted: the page has no access to their files until they are chosen again.
  for (const [path, note] of notes.all()) {
    if (Date.now() - note.saved > KEPT) {
      notes.remove(path)
      continue
    }
    const line = make('li', { className: 'note' })
    line.dataset.path = path
    const text = make('span', { role: 'status', textContent: words.interrupted(percent(note.at, note.size)) })
    const input = make('input', { type: 'file', hidden: true, ariaLabel: path })
    const leave = () => {
      line.remove()
      if (!list.children.length) panel.hidden = true
    }
    input.onchange = () => {
      const [file] = input.files
      const isIt = file && file.name === last(path) && isSame(note, { file, size: file.size })
      if (isIt) enqueue([[path, file]])
      else text.textContent = words.another
    }
    const discard = () => {
      const item = new Item(path)
      item.line.remove()
      item.cancel()
      leave()
    }
    line.append(make('strong', { textContent: path }), make('span', { className: 'buttons' },
      make('button', { type: 'button', textContent: words.choose, onclick: () => input.click() }),
      make('button', { type: 'button', textContent: words.discard, onclick: discard }), input), text)
    list.append(line)
    panel.hidden = false
    clear.hidden = true
  }
}

const uploadForm = find('form.upload')
if (uploadForm) startUploads(uploadForm)
