'use strict';

const $ = id => document.getElementById(id);
const plural = (n, word) => `${n} ${word}${n === 1 ? '' : 's'}`;
const money = cents => (cents / 100).toFixed(2);

// What this tab saw last, kept over a reload: only then can it say that the session is the same.
const seen = JSON.parse(sessionStorage.getItem('seen') ?? '{"log":[]}');
let state = null;
let waiting = 0;
let last = Promise.resolve();

function element(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

async function json(path, options = {}) {
  const response = await fetch(path, { ...options, headers: { Accept: 'application/json', 'X-Demo': 'page' } });
  if (!response.ok) throw new Error(response.status);
  return response.json();
}

/** Asks the balancer, which asks one of the nodes. */
async function ask(path, describe) {
  const before = (await json('/demo/state')).requests;
  const answer = await json(path);
  state = await json('/demo/state');
  const same = seen.session && seen.session === answer.session;
  const lost = seen.session && !same && !/^.log/.test(path);
  const dead = state.nodes.find(node => node.name === seen.node && !node.running);
  const did = describe(answer);
  let note = '';
  if (lost) note = 'The session is gone: this node does not know it.';
  else if (same && dead) note = `Node ${dead.name}, which answered before, is dead. The session lived on.`;
  else if (same && seen.node !== answer.node) note = `Node ${seen.node} answered before. Same session.`;
  else if (same) note = 'Same session.';
  else if (answer.session) note = seen.session && answer.user ? 'The session has a new id.' : 'A new session.';
  else note = 'No session.';
  Object.assign(seen, { node: answer.node, session: answer.session });
  tell(`Node ${answer.node} ${did}`, note);
  showAnswer(answer);
  showState();
  $('cost').replaceChildren(...operations(state.requests, before));
}

async function change(node, action) {
  $('verdict').textContent = action === 'kill' ? `Killing node ${node}…` : `Starting node ${node}…`;
  $('detail').textContent = action === 'kill' ? 'Without a chance to save anything.' : 'A new process, which takes some seconds.';
  state = await json(`/demo/${action}?node=${node}`, { method: 'POST' });
  const { pid } = state.nodes.find(each => each.name === node);
  showState();
  if (action === 'start') {
    tell(`Node ${node} is back`, `Process ${pid} is new and knows nothing of you yet.`);
    await view();
  } else if (noneIsLeft()) {
    tell(`Node ${node} is dead, and no node is left`, startOne());
  } else {
    tell(`Node ${node} is dead`, `Process ${pid} was killed without a chance to save anything. Go on shopping.`);
  }
}

const noneIsLeft = () => state.nodes.every(({ running }) => !running);
const startOne = () => (state.item ? 'Start one: the session waits in the table.' : 'Start one.');

function tell(what, note) {
  $('verdict').textContent = `${what}.`;
  $('detail').textContent = note;
  seen.log = [{ time: new Date().toLocaleTimeString([], { hour12: false }), text: `${what}. ${note}` }, ...seen.log].slice(0, 5);
  sessionStorage.setItem('seen', JSON.stringify(seen));
  showLog();
}

function showLog() {
  $('log').replaceChildren(...seen.log.map(({ time, text }) => {
    const line = document.createElement('li');
    line.append(element('time', time), element('span', text));
    return line;
  }));
}

function showAnswer({ node, user, cart, session }) {
  $('last').textContent = node;
  $('last').className = 'badge';
  void $('last').offsetWidth; // starts the animation again
  $('last').className = `badge new ${node.toLowerCase()}`;
  for (const each of document.querySelectorAll('.node')) each.classList.toggle('answered', each.id === `node-${node}`);
  $('user').textContent = user ?? 'anonymous';
  $('session').textContent = session ? `session #${session}` : 'no session';
  $('login').hidden = user !== null;
  $('logout').hidden = session === null;
  $('count').textContent = plural(cart.length, 'item');
  const lines = cart.map(({ name, cents }) => priced(name, cents));
  if (cart.length) {
    const sum = priced('Total', cart.reduce((total, { cents }) => total + cents, 0));
    sum.className = 'sum';
    lines.push(sum);
  } else {
    lines.push(element('li', 'Nothing yet.', 'empty'));
  }
  $('cart').replaceChildren(...lines);
}

function priced(name, cents) {
  const line = document.createElement('li');
  line.append(element('span', name), element('span', money(cents), 'price'));
  return line;
}

function showState() {
  for (const { name, running, pid, port, answered } of state.nodes) {
    const card = $(`node-${name}`);
    card.classList.toggle('dead', !running);
    if (!running) card.classList.remove('answered');
    card.querySelector('.state').textContent = running ? 'running' : 'killed';
    card.querySelector('.facts').textContent =
      `${running ? `process ${pid}, port ${port}` : `was process ${pid}`}, ${plural(answered, 'answer')}`;
    const button = card.querySelector('button');
    button.dataset.action = running ? 'kill' : 'start';
    button.replaceChildren(running ? 'Kill' : 'Start', element('span', ` node ${name}`, 'hidden'));
  }
  if (noneIsLeft()) {
    $('last').textContent = '–';
    $('last').className = 'badge none';
  }
  $('total').replaceChildren(...operations(state.requests, {}));
  $('item').replaceChildren(state.item ? itemTable(state.item) : element('p', 'There is no item for this browser.', 'nothing'));
}

function operations(counts, before) {
  const made = Object.entries(counts)
    .map(([name, count]) => [name, count - (before[name] ?? 0)])
    .filter(([, count]) => count > 0)
    .flatMap(([name, count]) => [', ', element('span', `${count} ${name}`)]);
  return made.length ? made.slice(1) : ['none'];
}

function itemTable({ attributes, bytes }) {
  const table = document.createElement('table');
  const head = table.createTHead().insertRow();
  for (const title of ['attribute', 'type', 'value']) head.append(element('th', title));
  head.append(element('th', 'bytes', 'number'));
  const body = table.createTBody();
  for (const { name, type, shown, bytes: size } of attributes) {
    const row = body.insertRow();
    row.append(element('th', name), element('td', type), valueCell(name, shown), element('td', size, 'number'));
  }
  const units = (size, word) => plural(Math.ceil(bytes / size), word);
  const foot = table.createTFoot().insertRow();
  const cost = element('td', `a read costs ${units(4096, 'unit')}, a write ${units(1024, 'unit')}`);
  cost.colSpan = 3;
  foot.append(cost, element('td', bytes, 'number'));
  return table;
}

function valueCell(name, shown) {
  if (name !== 'expires') return element('td', shown, 'value');
  const time = new Date(shown);
  const cell = element('td', time.toLocaleString([], { dateStyle: 'medium', timeStyle: 'medium', hour12: false }), 'value');
  cell.append(element('small', `in ${plural(Math.round((time - Date.now()) / 60000), 'minute')}, after which DynamoDB deletes the item`));
  return cell;
}

/** One thing after another, none of them lost; what goes wrong is said. */
function run(work) {
  waiting++;
  document.body.setAttribute('aria-busy', 'true');
  last = last.then(work).catch(tellFailure).finally(() => {
    if (--waiting === 0) document.body.removeAttribute('aria-busy');
  });
}

async function tellFailure(failure) {
  state = await json('/demo/state').catch(() => null);
  if (state) showState();
  if (state && noneIsLeft()) tell('No node is left', startOne());
  else tell('The demonstration does not answer', String(failure.message));
}

const contents = ({ user, cart }) => `${user ?? 'anonymous'}, ${plural(cart.length, 'item')}`;
const view = () => ask('/page', answer => `answered: ${contents(answer)}`);

$('again').onclick = () => run(view);
$('login').onclick = () => run(() => ask('/login', ({ user }) => `logged ${user} in`));
$('logout').onclick = () => run(() => ask('/logout', () => 'ended the session'));
for (const button of document.querySelectorAll('[data-item]')) {
  const { item } = button.dataset;
  button.onclick = () => run(() => ask(`/add?item=${encodeURIComponent(item)}`, ({ cart }) => `put ${item.toLowerCase()} into the cart: ${plural(cart.length, 'item')}`));
}
for (const button of document.querySelectorAll('[data-node]')) {
  button.onclick = () => {
    // What the button says as it is clicked, whatever it says when its turn comes.
    const { node, action } = button.dataset;
    run(() => change(node, action));
  };
}
showLog();
run(view);
