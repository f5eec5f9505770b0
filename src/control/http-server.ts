import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import { answerInOwnForm } from '../platform/http/http-answers.ts';
import { bodyOf, invalid, plainErrors, refuse } from '../platform/http/json-api.ts';
import type { Log } from '../platform/log.ts';

/** The server of one control process, without routes: its bounds, and errors in the one form of its API. */
export function controlServer(log: Log, { mostConnections }: { mostConnections: number }): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = log;
  const app: FastifyInstance = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    http: { connectionsCheckingInterval: 1_000, headersTimeout: 5_000 },
    bodyLimit: 1_048_576,
    // They are keys like others, of this object alone: schemas and checks refuse them by name.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    requestTimeout: 10_000,
    keepAliveTimeout: 30_000,
    forceCloseConnections: true,
    frameworkErrors: (error, _request, reply) => refuse(reply, invalid(error.message)),
  });
  answerInOwnForm(app.server, (_status, message) => bodyOf(invalid(message)));
  app.server.maxConnections = mostConnections;
  plainErrors(app, 'this could not be done; the log says why');
  return app;
}
