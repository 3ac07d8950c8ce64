// The page of a node: asks the one that it came from.
const CACHES = ['products', 'prices', 'bestsellers', 'reports', 'offers', 'sessions'];
const METERS = [
  'cache.gets?tag=result:hit&', 'cache.gets?tag=result:miss&', 'cache.puts?', 'cache.removals?', 'tidepool.requests?',
];
const SHOWN = 8;
const $ = id => document.getElementById(id);

function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

async function ask(method, path) {
  const response = await fetch(path, { method });
  if (!response.ok) {
    throw new Error(`${path} answered ${response.status}`);
  }
  return response.json();
}

function tell(className, ...parts) {
  const line = document.createElement('li');
  line.className = className;
  line.append(...parts);
  $('answers').prepend(line);
  while ($('answers').children.length > SHOWN) {
    $('answers').lastChild.remove();
  }
}

function showVisit({ node, user, cart }) {
  document.documentElement.dataset.node = node;
  $('node').textContent = node;
  const names = cart.map(product => product.name).join(', ');
  $('visit').textContent = `${user ?? 'Nobody'} is logged in; the cart has ${names || 'nothing'}.`;
}

// A meter of requests is there from the first one on.
async function value(meter, cache) {
  const response = await fetch(`/actuator/metrics/${meter}tag=cache:${cache}`);
  return response.ok ? (await response.json()).measurements[0].value : 0;
}

async function count() {
  const rows = await Promise.all(CACHES.map(async cache => {
    const row = document.createElement('tr');
    const values = await Promise.all(METERS.map(meter => value(meter, cache)));
    row.append(element('td', cache), ...values.map(number => element('td', number)));
    return row;
  }));
  $('counts').replaceChildren(...rows);
}

async function clicked(button) {
  const path = button.dataset.path.replace('{product}', $('product').value);
  try {
    const answer = await ask(button.dataset.method, path);
    if ('visit' in button.dataset) {
      showVisit(answer);
    } else {
      const from = element('strong', `from the ${answer.from}`);
      tell(answer.from, `${button.textContent}: ${JSON.stringify(answer.found)} `, from);
    }
  } catch (failure) {
    tell('failure', failure.message);
  }
  await count();
}

document.querySelectorAll('button').forEach(button => { button.onclick = () => clicked(button); });
ask('GET', '/visit').then(showVisit).then(count);
