// The page of both servers: asks the one that it came from.
const $ = id => document.getElementById(id);

function element(tag, text, className = '') {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

const money = cents => (cents / 100).toFixed(2);

function line(name, cents, ...more) {
  const item = document.createElement('li');
  item.append(element('span', name), element('span', money(cents), 'price'), ...more);
  return item;
}

function remove(name) {
  const button = element('button', 'Remove');
  button.type = 'button';
  button.dataset.remove = name;
  button.onclick = () => ask(`/remove?item=${encodeURIComponent(name)}`);
  return button;
}

function show({ side, other, user, cart }) {
  document.documentElement.dataset.side = side;
  document.title = `${side}: one session, two servers`;
  $('side').textContent = side;
  $('other').href = other;
  $('other').querySelector('span').textContent = side === 'Express' ? 'Undertow' : 'Express';
  $('user').textContent = user ?? 'nobody';
  $('login').hidden = user !== null;
  $('logout').hidden = user === null;
  const sum = line('Total', cart.reduce((total, { cents }) => total + cents, 0));
  sum.className = 'sum';
  $('cart').replaceChildren(
    ...(cart.length ? [...cart.map(({ name, cents }) => line(name, cents, remove(name))), sum] : [element('li', 'Nothing yet.', 'empty')]),
  );
}

async function ask(path, method = 'POST') {
  $('failure').textContent = '';
  try {
    const answer = await fetch(path, { method });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    show(await answer.json());
  } catch (failure) {
    $('failure').textContent = failure.message;
  }
}

const view = () => ask('/shop', 'GET');

$('login').onclick = () => ask('/login');
$('logout').onclick = () => ask('/logout');
for (const button of document.querySelectorAll('[data-add]')) {
  button.onclick = () => ask(`/add?item=${encodeURIComponent(button.dataset.add)}`);
}
// Also when the browser comes back to this page and has kept it as it was.
window.addEventListener('pageshow', view);
