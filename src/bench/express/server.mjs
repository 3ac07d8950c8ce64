// The pages of the shop on Express, with sessions of express-session in connect-dynamodb. Says its address, and ends
// with standard input.
//   DYNAMODB_ENDPOINT  where DynamoDB answers
//   TABLE              where the sessions are
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import connectDynamoDB from 'connect-dynamodb';
import express from 'express';
import session from 'express-session';

const { DYNAMODB_ENDPOINT, TABLE } = process.env;
const DynamoDBStore = connectDynamoDB(session);

const client = new DynamoDBClient({
  endpoint: DYNAMODB_ENDPOINT,
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});

const app = express();
app.use(session({
  store: new DynamoDBStore({ client, table: TABLE }),
  secret: 'bench',
  cookie: { maxAge: 30 * 60 * 1000 },
  resave: false,
  saveUninitialized: false,
}));

app.get('/login', (req, res) => {
  req.session.user = 'Ada Lovelace';
  req.session.cart = [];
  res.type('text').send(req.session.user);
});

app.get('/page', (req, res) => res.type('text').send(req.session.user));

app.get('/add', (req, res) => {
  req.session.cart = [...req.session.cart, `Tide tables, volume ${req.session.cart.length}`];
  res.type('text').send(String(req.session.cart.length));
});

app.get('/logout', (req, res, next) => {
  req.session.destroy(failure => (failure ? next(failure) : res.type('text').send('Bye')));
});

const server = app.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));

process.stdin.on('end', () => process.exit()).resume();
