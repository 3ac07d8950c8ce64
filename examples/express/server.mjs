// A shop on Express whose sessions an application on Undertow shares: same table, same cookie, same secret.
//   PORT               where to listen on 127.0.0.1 (3000)
//   COOKIE_SECRET      what signs the cookie, on both sides
//   DYNAMODB_ENDPOINT  where DynamoDB answers (without it: region and credentials of the environment)
//   UNDERTOW           the address of the other side
import { fileURLToPath } from 'node:url';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import connectDynamoDB from 'connect-dynamodb';
import express from 'express';
import session from 'express-session';

const { PORT = '3000', COOKIE_SECRET, DYNAMODB_ENDPOINT, UNDERTOW } = process.env;
const DynamoDBStore = connectDynamoDB(session);

// DynamoDB Local takes any credentials, but it wants some.
const client = new DynamoDBClient(
  DYNAMODB_ENDPOINT
    ? { endpoint: DYNAMODB_ENDPOINT, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
    : {},
);
const sessions = session({
  store: new DynamoDBStore({ client, table: 'sessions' }),
  secret: COOKIE_SECRET,
  cookie: { sameSite: 'lax' },
  resave: false,
  saveUninitialized: false,
});

const shelf = [
  { name: 'Tide tables', cents: 950 },
  { name: 'Dip net', cents: 1400 },
  { name: 'Rubber boots', cents: 3900 },
  { name: 'Bucket', cents: 600 },
];

const shown = req => ({ side: 'Express', other: UNDERTOW, user: req.session?.user ?? null, cart: req.session?.cart ?? [] });

const app = express();
// The page, and the stylesheet that it has in common with others.
for (const folder of ['src/main/resources/dev/tidepool/examples/express', '../demo/src/main/resources']) {
  app.use(express.static(fileURLToPath(new URL(folder, import.meta.url))));
}
app.use(sessions);

app.get('/shop', (req, res) => res.json(shown(req)));

// The item of the session, as the console of DynamoDB would show it, with too little of the id to get into the session.
app.get('/item', async (req, res) => {
  const { Item: item } = await client.send(
    new GetItemCommand({ TableName: 'sessions', Key: { id: { S: `sess:${req.sessionID}` } }, ConsistentRead: true }),
  );
  if (!item) return res.json(null);
  const { type, sess, expires } = item;
  res.json({ id: { S: `sess:${req.sessionID.slice(0, 4)}…` }, type, sess, expires });
});

app.post('/login', (req, res, next) => {
  const { cart } = req.session;
  // Whoever knew the id before the visitor logged in shall not be logged in too.
  req.session.regenerate(failure => {
    if (failure) return next(failure);
    req.session.user = 'Ada Lovelace';
    req.session.cart = cart;
    res.json(shown(req));
  });
});

app.post('/add', (req, res) => {
  const item = shelf.find(({ name }) => name === req.query.item);
  if (!item) return res.status(400).json({ failure: 'no such item' });
  req.session.cart = [...(req.session.cart ?? []), item];
  res.json(shown(req));
});

app.post('/remove', (req, res) => {
  const cart = [...(req.session.cart ?? [])];
  const place = cart.findIndex(({ name }) => name === req.query.item);
  if (place >= 0) {
    cart.splice(place, 1);
    req.session.cart = cart;
  }
  res.json(shown(req));
});

app.post('/logout', (req, res, next) => {
  req.session.destroy(failure => (failure ? next(failure) : res.json(shown(req))));
});

const server = app.listen(Number(PORT), '127.0.0.1', failure => {
  if (failure) {
    console.error(failure.message);
    process.exit(1);
  }
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});

// The demonstration holds the other end of standard input: this process ends with it, however that one dies.
if (!process.stdin.isTTY) process.stdin.on('end', () => process.exit()).resume();
