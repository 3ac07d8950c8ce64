// The page of both servers: asks the one that it came from.
const $ = id => document.getElementById(id);
const money = cents => (cents / 100).toFixed(2);
const SIDES = {
  Express: { badge: 'E', look: 'b', other: 'Undertow', detail: 'JavaScript: express-session, with connect-dynamodb as its store.' },
  Undertow: { badge: 'U', look: 'a', other: 'Express', detail: 'Java: JCacheSessionManager, on a cache with format=connect.' },
};

let last = Promise.resolve();

function element(tag, text, className = '') {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

function line(name, cents, ...more) {
  const item = document.createElement('li');
  item.append(element('span', name), element('span', money(cents), 'price'), ...more);
  return item;
}

function remove(name) {
  const button = element('button', 'Remove');
  button.type = 'button';
  button.dataset.remove = name;
  button.append(element('span', ` ${name.toLowerCase()}`, 'hidden'));
  button.onclick = () => ask(`/remove?item=${encodeURIComponent(name)}`);
  return button;
}

function show({ side, other, user, cart }) {
  const { badge, look, detail, other: otherSide } = SIDES[side];
  document.documentElement.dataset.side = look;
  document.title = `${side}: one session, two servers`;
  $('badge').textContent = badge;
  $('badge').className = `badge ${look}`;
  $('verdict').textContent = `${side} answers.`;
  $('detail').textContent = detail;
  $('other').href = sameHost(other);
  $('other').querySelector('span').textContent = otherSide;
  $('user').textContent = user ?? 'nobody';
  $('login').hidden = user !== null;
  $('logout').hidden = user === null;
  const sum = line('Total', cart.reduce((total, { cents }) => total + cents, 0));
  sum.className = 'sum';
  $('cart').replaceChildren(
    ...(cart.length ? [...cart.map(({ name, cents }) => line(name, cents, remove(name))), sum] : [element('li', 'Nothing yet.', 'empty')]),
  );
}

/** The cookie belongs to the host by the name that is in the address. */
function sameHost(address) {
  const there = new URL(address);
  there.hostname = location.hostname;
  return there;
}

function showItem(item) {
  $('item').replaceChildren(item ? itemTable(item) : element('p', 'There is no item for this browser.', 'nothing'));
}

function itemTable(item) {
  const table = document.createElement('table');
  const head = table.createTHead().insertRow();
  for (const title of ['attribute', 'type', 'value']) head.append(element('th', title));
  const body = table.createTBody();
  for (const [name, value] of Object.entries(item)) {
    const [type, content] = Object.entries(value)[0];
    const row = body.insertRow();
    row.append(element('th', name), element('td', type), valueCell(name, content));
  }
  return table;
}

function valueCell(name, content) {
  const cell = element('td', name === 'sess' ? JSON.stringify(JSON.parse(content), null, 1) : content, 'value');
  if (name === 'expires') {
    const time = new Date(content * 1000).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short', hour12: false });
    cell.append(element('small', `${time}, after which DynamoDB deletes the item`));
  }
  return cell;
}

async function json(path, method) {
  const answer = await fetch(path, { method });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** One thing after another, none of them lost; what goes wrong is said. */
function ask(path, method = 'POST') {
  document.body.setAttribute('aria-busy', 'true');
  const mine = last.then(async () => {
    $('failure').textContent = '';
    show(await json(path, method));
    showItem(await json('/item', 'GET'));
  }).catch(failure => { $('failure').textContent = failure.message; });
  last = mine;
  mine.then(() => { if (last === mine) document.body.removeAttribute('aria-busy'); });
}

$('login').onclick = () => ask('/login');
$('logout').onclick = () => ask('/logout');
for (const button of document.querySelectorAll('[data-add]')) {
  button.onclick = () => ask(`/add?item=${encodeURIComponent(button.dataset.add)}`);
}
// Also when the browser comes back to this page and has kept it as it was.
window.addEventListener('pageshow', () => ask('/shop', 'GET'));
