// The measure of the push bench: a route that parses JSON and echoes it, and does nothing else.
import Fastify from 'fastify';

const fastify = Fastify();
fastify.post('/mpesa/stkpush/v1/processrequest', (request) => Promise.resolve(request.body));
await fastify.ready();
const port = Number(process.argv[2]);
fastify.server.listen({ host: '127.0.0.1', port, reusePort: true }, () => {
  process.send?.({ type: 'ready' });
});
