// The page of a node: asks the one that it came from.
const SHOWN = 6;
const $ = id => document.getElementById(id);
const money = cents => (cents / 100).toFixed(2);

let last = Promise.resolve();

function element(tag, text, className = '') {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

function line(...parts) {
  const made = document.createElement('li');
  made.append(...parts);
  return made;
}

async function ask(method, path, credentials = 'same-origin') {
  const response = await fetch(path, { method, credentials });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

function tell(...parts) {
  $('answers').querySelector('.empty')?.remove();
  $('answers').prepend(line(...parts));
  while ($('answers').children.length > SHOWN) $('answers').lastChild.remove();
}

/** The cookie belongs to the host by the name that is in the address. */
function sameHost(address) {
  const there = new URL(address);
  there.hostname = location.hostname;
  return there;
}

function showVisit({ node, other, user, cart }) {
  const first = node === 'B' ? 'b' : 'a';
  document.documentElement.dataset.side = first;
  document.title = `Node ${node}: caches and sessions of Spring Boot`;
  $('badge').textContent = node.charAt(0).toUpperCase();
  $('badge').className = `badge ${first}`;
  $('verdict').textContent = `Node ${node} answers.`;
  $('other').hidden = other === '';
  if (other) $('other').href = sameHost(other);
  $('user').textContent = user ?? 'nobody';
  $('login').hidden = user !== null;
  $('logout').hidden = user === null;
  const products = cart.map(({ name, cents }) => line(element('span', name), element('span', money(cents), 'price')));
  $('cart').replaceChildren(...(cart.length ? products : [element('li', 'Nothing yet.', 'empty')]));
}

/** What the catalogue found, in words. */
function words(found) {
  if (found === null) return 'there is none';
  if (Array.isArray(found)) return found.map(({ name }) => name).join(', ');
  if (typeof found === 'number') return found.toFixed(2);
  if ('pieces' in found) return `${found.pieces} pieces sold in ${found.year}`;
  return money(found.cents);
}

/** Without the cookie: a request that has one counts as a visit, and reads the session. */
async function count() {
  const counts = await ask('GET', '/counts', 'omit');
  $('counts').replaceChildren(...Object.entries(counts).map(([cache, numbers]) => {
    const row = document.createElement('tr');
    row.append(element('td', cache), ...numbers.map(number => element('td', number)));
    return row;
  }));
}

async function clicked({ textContent, dataset }, product) {
  const answer = await ask(dataset.method, dataset.path.replace('{product}', product.value));
  if ('visit' in dataset) {
    showVisit(answer);
  } else {
    const asked = dataset.asks ?? textContent;
    const of = dataset.path.includes('{product}') ? `${asked}, ${product.text}` : asked;
    tell(element('span', `${of}: ${words(answer.found)}`), element('strong', `from the ${answer.from}`, `from ${answer.from}`));
  }
}

/** One thing after another, none of them lost; what goes wrong is said. */
function run(work) {
  document.body.setAttribute('aria-busy', 'true');
  const mine = last.then(work).then(count).catch(failure => tell(element('span', failure.message, 'failure')));
  last = mine;
  mine.then(() => { if (last === mine) document.body.removeAttribute('aria-busy'); });
}

for (const button of document.querySelectorAll('button')) {
  button.onclick = () => {
    const { value, text } = $('product').selectedOptions[0];
    run(() => clicked(button, { value, text }));
  };
}
$('product').onchange = () => {
  for (const button of document.querySelectorAll('[data-existing]')) button.disabled = $('product').value === 'anchor';
};
const view = () => run(async () => showVisit(await ask('GET', '/visit')));
// Also when the browser comes back to this page and has kept it as it was.
window.addEventListener('pageshow', view);
