// What pages do better with a script: times in the reader's zone, the filter, dialogs, the viewer. Every form also
// works without it.
document.documentElement.classList.add('js')
const language = document.documentElement.lang
const words = WORDS[language] ?? WORDS.en
const find = (selector, from = document) => from.querySelector(selector)
const findAll = (selector, from = document) => [...from.querySelectorAll(selector)]
const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties)
  element.append(...children)
  return element
}
const whenIdle = window.requestIdleCallback ?? (work => setTimeout(work, 20))
// Does the work for the first screens of items at once, and for the others when there is time.
const gradually = (items, work, isCurrent = () => true) => {
  items.splice(0, 300).forEach(work)
  if (items.length) whenIdle(() => { if (isCurrent()) gradually(items, work, isCurrent) })
}

// Times: "2 hours ago" within a week, else date and time; the title has the other one.
const absolute = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
const UNITS = [[60, 'second'], [3600, 'minute', 60], [86400, 'hour', 3600], [604800, 'day', 86400],
  [2629800, 'week', 604800], [31557600, 'month', 2629800], [Infinity, 'year', 31557600]]
const ago = time => {
  const seconds = (time - Date.now()) / 1000
  const [, unit, length = 1] = UNITS.find(([limit]) => Math.abs(seconds) < limit)
  return relative.format(Math.trunc(seconds / length), unit)
}
const showTime = element => {
  const time = Date.parse(element.dateTime)
  const texts = [ago(time), absolute.format(time)]
  if (Math.abs(time - Date.now()) > 7 * 86_400_000) texts.reverse();
  [element.textContent, element.title] = texts
}
const showTimes = from => gradually(findAll('time', from), showTime)

// The filter hides rows as the user types. Letter case and accents do not count. Thousands of rows that are shown again
// would take longer than a key, so most of them wait.
const plain = text => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
let rows, keys = 0
const filter = () => {
  const input = find('.filter input'), list = find('.entries')
  if (!input || !list) return
  rows ??= findAll('li:not(.up)', list).map(row => [row, plain(find('a', row).textContent)])
  const text = plain(input.value.trim())
  const shown = rows.filter(([row, name]) => {
    const isShown = name.includes(text)
    if (!isShown && !row.hidden) row.hidden = true
    return isShown
  })
  const key = keys += 1
  gradually(shown.filter(([row]) => row.hidden), ([row]) => { row.hidden = false }, () => key === keys)
  const summary = find('.summary')
  summary.dataset.text ??= summary.textContent
  summary.textContent = text ? words.shown(shown.length, rows.length) + (shown.length ? '' : `. ${words.searchBelow}`) : summary.dataset.text
  if (selecting && !text) showSelected()
}

// Fetches a page of this server. `problem` is what a refusal says.
const fetchPage = async (url, options = {}) => {
  const response = await fetch(url, { ...options, headers: { Accept: 'text/html' } })
  const page = new DOMParser().parseFromString(await response.text(), 'text/html')
  const problem = response.ok ? null : (find('.message, .problem', page)?.textContent ?? words.failed)
  return { page, problem }
}

// Replaces the list by that of a newer page. `fresh` are the names of new rows.
const fresh = new Set()
const showList = page => {
  for (const selector of ['.summary', 'form.list', '.readme']) {
    const [now, next] = [find(selector), find(selector, page)]
    if (now && next) now.replaceWith(next)
    else if (now) now.remove()
    else if (next) find('main').append(next)
  }
  rows = undefined
  markFresh()
  showTimes(find('main'))
  filter()
}
const markFresh = () => {
  for (const link of findAll('.entries li:not(.up) > a')) {
    const name = link.textContent
    if (fresh.has(name)) link.parentElement.classList.add('new')
  }
}
const refresh = async () => {
  if (!find('form.list')) return
  try {
    const { page, problem } = await fetchPage(location.href)
    if (!problem) showList(page)
  } catch { /* The next refresh may succeed. */ }
}

// The pages of actions are shown in a dialog. Their forms are sent without leaving the page, since an upload may be in
// progress.
const dialog = make('dialog')
dialog.onclose = () => dialog.replaceChildren()
dialog.onclick = event => { if (event.target === dialog) dialog.close() }
const showSheet = async url => {
  const { page, problem } = await fetchPage(url)
  const sheet = find('.sheet', page) ?? make('article', { className: 'sheet' }, make('p', { className: 'problem', textContent: problem ?? words.failed }))
  const title = find('h2', sheet)
  if (title) {
    title.id = 'sheet-title'
    dialog.setAttribute('aria-labelledby', title.id)
  }
  const close = find('.close', sheet)
  if (close) close.replaceWith(make('button', { type: 'button', className: 'close', textContent: words.close, onclick: () => dialog.close() }))
  dialog.replaceChildren(sheet)
  showTimes(sheet)
  if (!dialog.open) dialog.showModal()
  const input = find('input[autofocus]', sheet)
  input?.focus()
}
const sendSheet = async form => {
  const { problem } = await fetchPage(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) })
  if (problem) {
    find('.problem', dialog)?.remove()
    return form.before(make('p', { className: 'problem', role: 'alert', textContent: problem }))
  }
  const name = find('input[name=to]', form) ?? find('[name=name]:not([type=hidden])', form)
  if (name) fresh.add(name.value.trim())
  dialog.close()
  if (selecting) leaveSelection()
  else refresh()
}
document.addEventListener('submit', event => {
  const { target: form, submitter } = event
  const isSheet = ['item', 'new-folder', 'selection'].includes(submitter?.name)
  if (isSheet) {
    event.preventDefault()
    const names = selected().map(box => ['name', box.value])
    const query = new URLSearchParams([...names, [submitter.name, submitter.value]])
    showSheet(`?${query}`).catch(() => alert(words.lost))
  } else if (dialog.contains(form)) {
    event.preventDefault()
    sendSheet(form).catch(() => form.before(make('p', { className: 'problem', role: 'alert', textContent: words.lost })))
  }
})

// Selecting: a press anywhere in a row changes its check box.
const selecting = find('.selecting')
const selected = () => findAll('.entries input:checked')
const showSelected = () => {
  const count = selected().length
  for (const button of findAll('button[form]', selecting)) button.disabled = !count
  find('.summary').textContent = words.selected(count)
}
const leaveSelection = () => {
  const url = new URL(location.href)
  url.searchParams.delete('select')
  location.assign(url)
}
if (selecting) {
  const list = find('.entries')
  list.addEventListener('change', showSelected)
  list.addEventListener('click', event => {
    const box = find('input', event.target.closest('li') ?? list)
    if (!box || event.target === box) return
    event.preventDefault()
    box.click()
  })
  showSelected()
}

// Browsers copy by their newer interface over HTTPS only.
const copy = async text => {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  const input = make('input', { value: text, readOnly: true })
  const place = dialog.open ? dialog : document.body
  place.append(input)
  input.select()
  document.execCommand('copy')
  input.remove()
}
document.addEventListener('click', async event => {
  const button = event.target.closest?.('[data-copy]')
  if (button) {
    await copy(new URL(button.dataset.copy, location.href).href)
    button.textContent = words.copied
  }
  // The references of the list lead to the files themselves; a plain click opens the viewer.
  const link = event.target.closest?.('.entries a')
  const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)
  if (link && isPlain && !selecting && link.closest('.image, .video, .audio, .pdf, .text')) {
    event.preventDefault()
    location.href = `${link.getAttribute('href')}?view`
  }
})

document.body.append(dialog)
showTimes(document.body)
const filterInput = find('.filter input')
filterInput?.addEventListener('input', filter)
document.addEventListener('keydown', event => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || !filterInput || event.target.closest('input, dialog')) return
  event.preventDefault()
  filterInput.focus()
})
