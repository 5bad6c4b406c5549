// Shows an explanation: bytes on the left, the tree of their parts on the right. Everything that peers sent is
// inserted as text.
'use strict';

const words = JSON.parse(document.getElementById('words').textContent);
const data = JSON.parse(document.getElementById('data').textContent);
const at = id => document.getElementById(id);
// Parts that are shown; a page with more of them would be slow.
const MOST_PARTS = 5000;
// Bytes of a part that are shown.
const MOST_BYTES = 2048;

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter(child => child !== null && child !== ''));
  return element;
}

const SIGNS = {'\r': '\\r', '\n': '\\n', '\t': '\\t', '\\': '\\\\'};
const code = letter => letter.charCodeAt(0).toString(16).padStart(2, '0');
const escaped = letter => SIGNS[letter] ?? (letter < ' ' || letter > '~' ? '\\x' + code(letter) : letter);

// A node has a span, its side, its parent and children, its element in the tree, and its pieces: elements that show
// bytes.
let nodes, count, isHex = false, selected = null;

function show(explanation) {
  nodes = [];
  count = 0;
  const sections = [];
  if (explanation.connections) {
    explanation.connections.forEach((connection, number, {length}) => {
      if (length > 1) connection.directions.forEach(side => { side.number = number + 1; });
      sections.push(dialogue(connection, number));
    });
    if (explanation.spans) {
      const packets = {field: words.packets, value: `${explanation.spans.length}`, rfc: '', children: explanation.spans};
      sections.push({label: '', parts: [{side: null, span: packets}]});
    }
  } else {
    sections.push({label: '', parts: explanation.spans.map(span => ({side: explanation, span}))});
  }
  const tree = make('ul', {role: 'tree', ariaLabel: words.parts});
  const bytes = [];
  for (const {label, parts} of sections) {
    if (label) bytes.push(make('p', {className: 'sender'}, label));
    let last = null, block = null;
    for (const {side, span} of parts) {
      if (count > MOST_PARTS) break;
      const node = add(side, span, null, tree);
      if (!side) continue;
      if (last !== side || !block) {
        const name = words[side.sender] ?? '';
        block = make('pre', {className: side.sender ?? ''}, name && make('span', {className: 'sender'}, name + '\n'));
        bytes.push(block);
        last = side;
      }
      pieces(node, block);
    }
  }
  if (sides(explanation).some(side => side.truncated)) bytes.push(make('p', {}, words.truncated));
  if (count > MOST_PARTS) bytes.push(make('p', {}, words.too_many));
  const toggle = make('button', {type: 'button', textContent: isHex ? words.as_text : words.as_hex});
  toggle.addEventListener('click', () => { isHex = !isHex; show(explanation); });
  at('bytes').ariaLabel = words.bytes;
  at('bytes').replaceChildren(toggle, ...bytes);
  at('parts').replaceChildren(make('h2', {}, words.parts), tree);
  at('detail').replaceChildren(make('p', {}, words.hint));
  selected = null;
  if (nodes.length) nodes[0].item.tabIndex = 0;
  faults(explanation);
  reads(explanation.reads ?? []);
  readings(explanation);
}

// A connection: its parts in the order of arrival, and what it is.
function dialogue(connection, number) {
  const {directions, order, client, server, control} = connection;
  const next = [0, 0], parts = [];
  for (const [sender, end] of [...order, [0, Infinity], [1, Infinity]]) {
    const side = directions[sender];
    while (next[sender] < side.spans.length && side.spans[next[sender]].start < end) {
      parts.push({side, span: side.spans[next[sender]++]});
    }
  }
  let label = `${words.connection} ${number + 1}: ${connection.protocol}`;
  if (client) label += `, ${client} > ${server}`;
  if (control) label += `, ${words.data_connection} ${control[0] + 1}: ${control[1]}`;
  return {label, parts};
}

// Adds a part and those in it to the tree.
function add(side, span, parent, list) {
  count += 1;
  const sender = !parent && side?.sender ? `${side.number ?? ''}${side.sender === 'client' ? '>' : '<'} ` : '';
  // The value of a part that has parts is theirs.
  const value = side && span.children.length ? '' : span.value.slice(0, 300);
  const row = make('div', {className: 'row'},
    make('span', {className: `name ${span.severity ?? ''}`}, sender + span.field),
    value && make('span', {className: 'value'}, value),
    span.rfc && make('span', {className: 'rfc'}, span.rfc));
  const item = make('li', {role: 'treeitem', tabIndex: -1}, row);
  const node = {side, span, parent, item, children: [], pieces: []};
  item.addEventListener('focus', () => select(node));
  row.addEventListener('click', () => item.focus({preventScroll: true}));
  row.addEventListener('pointerenter', event => { if (event.pointerType === 'mouse') select(node); });
  nodes.push(node);
  list.append(item);
  if (span.children.length) {
    const group = make('ul', {role: 'group'});
    item.ariaExpanded = 'true';
    item.append(group);
    for (const child of span.children) {
      if (count > MOST_PARTS) break;
      node.children.push(add(side, child, node, group));
    }
  }
  return node;
}

// Adds the bytes of a part: those of its children, and its own between them.
function pieces(node, block) {
  let start = node.span.start;
  for (const child of node.children) {
    if (start < child.span.start) piece(node, start, child.span.start, block);
    pieces(child, block);
    start = child.span.end;
  }
  if (start < node.span.end) piece(node, start, node.span.end, block);
}

function piece(node, start, end, block) {
  const shown = Math.min(end, start + MOST_BYTES);
  const text = node.side.text.slice(start, shown);
  const element = make('span', {className: node.span.severity ?? ''});
  if (isHex) {
    element.append([...text].map(code).join(' ') + ' ');
  } else {
    for (const run of text.match(/[\r\n]+|[^\r\n]+/g) ?? []) {
      const letters = [...run].map(escaped).join('');
      const isEnd = run.startsWith('\r') || run.startsWith('\n');
      element.append(isEnd ? make('span', {className: 'end'}, letters.replaceAll('\\n', '\\n\n')) : letters);
    }
  }
  if (shown < end) element.append(` \u2026 ${end - shown} ${words.more_bytes} `);
  element.addEventListener('pointerenter', event => { if (event.pointerType === 'mouse') select(node); });
  element.addEventListener('click', () => { node.item.focus(); });
  block.append(element);
  for (let holder = node; holder; holder = holder.parent) holder.pieces.push(element);
}

function select(node) {
  if (selected === node) return;
  (selected ?? nodes[0]).item.tabIndex = -1;
  if (selected) light(selected, false);
  selected = node;
  node.item.tabIndex = 0;
  light(node, true);
  detail(node);
  const [first] = node.pieces, pane = at('bytes');
  if (first) {
    const [inner, outer] = [first.getBoundingClientRect(), pane.getBoundingClientRect()];
    if (inner.top < outer.top || inner.bottom > outer.bottom) pane.scrollTop += inner.top - outer.top - 24;
  }
}

function light(node, isOn) {
  node.pieces.forEach(element => element.classList.toggle('on', isOn));
  node.item.firstChild.classList.toggle('on', isOn);
}

// The section of an RFC as a link.
function source(text) {
  const [, rfc, section] = text.match(/^RFC (\d+)(?: sections? ([\d.]+))?/) ?? [];
  if (!rfc) return make('span', {}, text);
  const href = `https://www.rfc-editor.org/rfc/rfc${rfc}` + (section ? `#section-${section.replace(/\.$/, '')}` : '');
  return make('a', {href, rel: 'noreferrer'}, text);
}

function detail({side, span}) {
  const parts = [make('h2', {}, span.field), make('p', {className: 'value'}, span.value)];
  if (side) {
    const hex = [...side.text.slice(span.start, Math.min(span.end, span.start + 64))].map(code).join(' ');
    parts.push(make('p', {}, `${words.bytes} ${span.start}..${span.end} (${span.end - span.start}): `, make('code', {}, hex)));
    for (const fault of side.faults.filter(fault => fault.marked >= span.start && fault.marked < span.end)) {
      parts.push(make('p', {}, badge(fault), `: ${fault.fault}; ${follows(fault)}. ${fault.requires} ${fault.why} ${fault.fix} `, source(fault.rfc)));
    }
  }
  if (span.rfc) parts.push(make('p', {}, source(span.rfc)));
  at('detail').replaceChildren(...parts);
}

const badge = fault => make('span', {className: `badge ${fault.severity}`}, `${words[fault.severity]} \u00b7 ${fault.rule}`);
const follows = fault => fault.guessed ? words.guessed : words.continues;

function sides(explanation) {
  return explanation.connections ? explanation.connections.flatMap(connection => connection.directions) : [explanation];
}

function faults(explanation) {
  const found = sides(explanation).flatMap(side => side.faults.map(fault => ({side, fault})));
  at('summary').textContent = found.length ? `${words.faults}: ${found.length}` : words.no_faults;
  at('faults').hidden = !found.length;
  const list = make('ul', {});
  for (const {side, fault} of found.slice(0, 200)) {
    const button = make('button', {type: 'button', className: ''}, badge(fault),
      make('span', {}, ` ${words.byte} ${fault.at}: ${fault.fault}; ${follows(fault)}`));
    button.addEventListener('click', () => {
      const inside = nodes.filter(({side: other, span}) => other === side && span.start <= fault.marked && fault.marked < span.end);
      inside.at(-1)?.item.focus();
    });
    list.append(make('li', {}, button));
  }
  at('faults').replaceChildren(make('h2', {}, words.faults), list);
}

// Runs of reads after which the parser is in the same state.
function reads(list) {
  const runs = [];
  let start = 0;
  for (const {end, state, at: byte, rule} of list) {
    const text = state === 'complete' ? words.complete : `${words[state]} ${byte}` + (rule ? `: ${rule}` : '');
    const last = runs.at(-1);
    if (last?.text === text) { last.end = end; last.count += 1; }
    else runs.push({start, end, text, state, count: 1});
    start = end;
  }
  at('reads').hidden = !runs.length;
  const rows = runs.map(({start, end, text, state, count}) => make('li', {},
    make('code', {}, `${start}..${end} `), count > 1 ? `(${count} ${words.reads}) ` : '',
    make('span', {className: state === 'rejects' ? 'badge breaks' : ''}, text)));
  at('reads').replaceChildren(make('h2', {}, words.reads), make('ol', {}, ...rows));
}

// Where two lenient parsers differ, side by side.
function readings(explanation) {
  const lines = (spans, into = [], depth = 0) => {
    for (const span of spans) {
      into.push(`${'\u00a0'.repeat(2 * depth)}${span.start}..${span.end} ${span.field} ${span.value.slice(0, 60)}`);
      if (depth < 1) lines(span.children, into, depth + 1);
    }
    return into;
  };
  const found = sides(explanation).filter(side => side.second_reading);
  at('readings').hidden = !found.length;
  at('readings').replaceChildren(make('h2', {}, words.readings), ...found.map(side => {
    const both = [lines(side.spans), lines(side.second_reading)];
    while (both.every(list => list.length) && both[0][0] === both[1][0]) both.forEach(list => list.shift());
    while (both.every(list => list.length) && both[0].at(-1) === both[1].at(-1)) both.forEach(list => list.pop());
    const columns = both.map(list => make('ol', {className: 'outline'}, ...list.slice(0, 50).map(line => make('li', {}, line))));
    return make('div', {className: 'two'}, ...columns);
  }));
}

at('parts').addEventListener('keydown', event => {
  const index = nodes.indexOf(selected);
  const next = {
    ArrowDown: () => nodes[index + 1],
    ArrowUp: () => nodes[index - 1],
    ArrowRight: () => selected.children[0],
    ArrowLeft: () => selected.parent,
    Home: () => nodes[0],
    End: () => nodes.at(-1),
  }[event.key]?.();
  if (!next || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  next.item.focus();
});

if (data) show(data);
