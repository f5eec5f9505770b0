import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { sections } from '../contract/operations.ts';
import { ErrorAnswer } from '../contract/refusal.ts';

const description = `What operators, the command line and the console ask of control. An \`Idempotency-Key\` header names a request:
sent again, it is done once and answered alike.`;

/**
 * Makes the OpenAPI document of the routes that are registered after it, under `prefix`; `app.swagger()`
 * returns it.
 */
export async function collectOpenApi(app: FastifyInstance, prefix: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Imara control', version: '1', description },
      tags: sections.map(([name]) => ({ name })),
      components: { securitySchemes: { operator: { type: 'http', scheme: 'bearer' } } },
      security: [{ operator: [] }],
    },
    transform: ({ schema, url, route }) => {
      const key = `${route.method} ${url.slice(prefix.length)}`;
      return {
        url,
        schema: {
          ...schema,
          operationId: key,
          tags: sections.filter(([, operations]) => key in operations).map(([name]) => name),
          description: [schema.description, `Takes the role \`${route.config?.role}\`.`]
            .filter(Boolean)
            .join(' '),
          response: { ...Object(schema.response), '4xx': ErrorAnswer, '5xx': ErrorAnswer },
        },
      };
    },
  });
}
