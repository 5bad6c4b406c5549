// What the form for files cannot do by itself: dropped files and folders, and how far it is.
const form = document.querySelector('.upload')
const make = (name, properties) => Object.assign(document.createElement(name), properties)
const bar = make('progress', { hidden: true })
const said = make('output')
form.append(bar, said)
// What the upload before this reload has reported.
said.textContent = history.state?.said ?? ''
history.replaceState(null, '')

// Pairs of a name, with the folders that lead to it, and a file.
const send = files => {
  if (!files.length) return said.textContent = 'Choose files or a folder first.'
  const content = new FormData()
  if (form.elements.overwrite?.checked) content.append('overwrite', '1')
  files.forEach(([name, file]) => content.append('files', file, name))
  const request = new XMLHttpRequest()
  request.upload.onprogress = ({ loaded, total }) => {
    Object.assign(bar, { max: total, value: loaded })
    said.textContent = `${Math.floor(100 * loaded / total)} %`
  }
  request.onload = () => {
    bar.hidden = true
    const isStored = request.status === 201
    if (isStored) form.reset()
    if (isStored && document.querySelector('table')) {
      history.replaceState({ said: request.responseText.match(/^Skipped[^]*/m)?.[0] }, '')
      return location.reload()
    }
    said.textContent = (isStored ? 'Stored:\n' : '') + request.responseText
  }
  request.onerror = () => {
    bar.hidden = true
    said.textContent = 'The connection broke off; the last of the files is not stored.'
  }
  bar.hidden = false
  request.open('POST', location.pathname)
  request.setRequestHeader('Accept', 'text/plain')
  request.send(content)
}

// Browsers tell the entries of a dropped folder a hundred at a time.
const within = async entry => {
  if (entry.isFile) return [[entry.fullPath.slice(1), await new Promise((ok, no) => entry.file(ok, no))]]
  const reader = entry.createReader(), found = []
  for (;;) {
    const some = await new Promise((ok, no) => reader.readEntries(ok, no))
    if (!some.length) return (await Promise.all(found.map(within))).flat()
    found.push(...some)
  }
}

form.onsubmit = event => {
  event.preventDefault()
  const files = [...form.elements.files].flatMap(input => [...input.files])
  send(files.map(file => [file.webkitRelativePath || file.name, file]))
}
document.ondragover = event => event.preventDefault()
document.ondrop = async event => {
  event.preventDefault()
  const entries = [...event.dataTransfer.items].map(item => item.webkitGetAsEntry()).filter(Boolean)
  send((await Promise.all(entries.map(within))).flat())
}
