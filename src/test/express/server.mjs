// Express applications for tests, with the stores that they use elsewhere. Each line of standard input asks for one, as
// JSON; its port is the answer. Ends when standard input does.
import { createInterface } from 'node:readline';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import connectDynamoDB from 'connect-dynamodb';
import express from 'express';
import session from 'express-session';

const DynamoDBStore = connectDynamoDB(session);

/** Requests that wait within their handler, so that a test can do something meanwhile. */
class Gates {
  #gates = new Map();

  gate(name) {
    if (!this.#gates.has(name)) {
      const gate = {};
      gate.arrived = new Promise(resolve => { gate.arrive = resolve; });
      gate.opened = new Promise(resolve => { gate.open = resolve; });
      this.#gates.set(name, gate);
    }
    return this.#gates.get(name);
  }
}

function application({ endpoint, store, ...options }) {
  const gates = new Gates();
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const app = express();
  app.get('/gate/arrived', async (req, res) => {
    await gates.gate(req.query.gate).arrived;
    res.send('arrived');
  });
  app.get('/gate/open', (req, res) => {
    gates.gate(req.query.gate).open();
    res.send('open');
  });
  app.use(session({
    store: new DynamoDBStore({ client, ...store }),
    resave: false,
    saveUninitialized: false,
    ...options,
  }));
  // The session has been read; what the page does to it is saved when the gate is open.
  app.use(async (req, res, next) => {
    if (req.query.gate) {
      const gate = gates.gate(req.query.gate);
      gate.arrive();
      await gate.opened;
    }
    next();
  });
  app.get('/plain', (req, res) => res.send('plain'));
  app.get('/session', (req, res) => res.json(req.session));
  app.get('/get', (req, res) => res.send(JSON.stringify(req.session[req.query.name]) ?? 'undefined'));
  app.get('/set', (req, res) => {
    req.session[req.query.name] = JSON.parse(req.query.json);
    res.send('set');
  });
  app.get('/delete', (req, res) => {
    delete req.session[req.query.name];
    res.send('deleted');
  });
  app.get('/login', (req, res, next) => req.session.regenerate(failure => {
    req.session.user = req.query.user;
    failure ? next(failure) : res.send('logged in');
  }));
  app.get('/logout', (req, res, next) => req.session.destroy(failure => (failure ? next(failure) : res.send('logged out'))));
  app.use((failure, req, res, next) => (res.headersSent ? next(failure) : res.status(500).send(failure.name)));
  return app;
}

createInterface({ input: process.stdin })
  .on('line', line => {
    const server = application(JSON.parse(line)).listen(0, '127.0.0.1', () => console.log(server.address().port));
  })
  .on('close', () => process.exit());
