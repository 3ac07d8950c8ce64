const CACHES = ['products', 'prices', 'bestsellers', 'reports', 'sessions'];
const METERS = ['cache.gets?tag=result:hit&', 'cache.gets?tag=result:miss&', 'cache.puts?', 'cache.removals?'];
const element = id => document.getElementById(id);

async function ask(method, path) {
  const response = await fetch(path, { method });
  if (!response.ok) {
    throw new Error(`${path}: ${response.status}`);
  }
  return response.json();
}

function tell(text, kind) {
  const line = document.createElement('li');
  line.textContent = text;
  line.className = kind;
  element('answers').prepend(line);
}

function showVisit(visit) {
  element('node').textContent = visit.node;
  const cart = visit.cart.map(product => product.name).join(', ');
  element('visit').textContent = `${visit.user ?? 'Nobody'} is logged in; the cart has ${cart || 'nothing'}.`;
}

async function count() {
  const rows = await Promise.all(CACHES.map(async cache => {
    const counts = await Promise.all(METERS.map(async meter =>
      (await ask('GET', `/actuator/metrics/${meter}tag=cache:${cache}`)).measurements[0].value));
    return [cache, ...counts];
  }));
  element('counts').replaceChildren(...rows.map(row => {
    const line = document.createElement('tr');
    row.forEach((text, column) => {
      const cell = line.insertCell();
      cell.textContent = text;
      cell.className = column === 0 ? '' : 'count';
    });
    return line;
  }));
}

async function clicked(button) {
  const path = button.dataset.path.replace('{product}', element('product').value);
  try {
    const answer = await ask(button.dataset.method, path);
    if ('visit' in button.dataset) {
      showVisit(answer);
    } else {
      tell(`${button.textContent}: ${JSON.stringify(answer.found)} from the ${answer.from}`, answer.from);
    }
  } catch (failure) {
    tell(failure.message, 'warehouse');
  }
  await count();
}

document.querySelectorAll('button').forEach(button => button.addEventListener('click', () => clicked(button)));
ask('GET', '/visit').then(showVisit).then(count);
