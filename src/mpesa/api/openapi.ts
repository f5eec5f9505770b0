import { type TObject, Type } from 'typebox';
import { catalogue } from '../catalogue.ts';
import type { Authentication, Operation, Product } from './define-product.ts';
import { type ErrorForm, type Family, families } from './errors/families.ts';

/**
 * The API as a document of OpenAPI 3.1, for generators of clients and people: what the descriptors say, and
 * no more.
 */
export function openApiDocument(): object {
  const products: readonly Product[] = catalogue;
  return {
    openapi: '3.1.0',
    info: {
      title: 'Imara',
      version: '1',
      summary: 'Payments, compatible on the wire with the M-Pesa API (Daraja).',
      description:
        'Fields are checked in the order in which they stand; the first that is missing or wrong is named. A number and its text are the same.',
    },
    paths: Object.fromEntries(products.flatMap(pathsOf)),
    components: { securitySchemes, schemas: errorSchemas },
  };
}

function pathsOf(product: Product): [string, object][] {
  return Object.entries(product.operations).flatMap(([name, operation]) =>
    operation.paths.map((path, index): [string, object] => {
      const id = index === 0 ? `${product.name}.${name}` : `${product.name}.${name}.${index + 1}`;
      return [path, { [operation.method.toLowerCase()]: described(product, operation, id) }];
    }),
  );
}

function described({ title, family }: Product, operation: Operation<never>, operationId: string): object {
  const { title: summary, authentication, query, request, sample, acknowledgement } = operation;
  return {
    operationId,
    tags: [title],
    summary,
    security: [{ [authentication]: [] }],
    ...(query !== undefined && { parameters: parametersOf(query) }),
    ...(request.names.length > 0 && {
      requestBody: { required: true, content: json(request.schema, sample) },
    }),
    responses: {
      200: { description: 'Taken, or answered.', content: json(acknowledgement) },
      default: {
        description: 'An error: see its code.',
        content: json({ $ref: `#/components/schemas/${errorOf(family)}` }),
      },
    },
  };
}

function parametersOf({ properties }: TObject): object[] {
  return Object.entries(properties).map(([name, schema]) => {
    return { name, in: 'query', required: !Type.IsOptional(schema), schema };
  });
}

function json(schema: object, example?: object) {
  return { 'application/json': { schema, ...(example !== undefined && { example }) } };
}

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'The token that the OAuth operation gives.' },
  basic: { type: 'http', scheme: 'basic', description: "The app's consumer key and secret." },
} as const satisfies Record<Authentication, object>;

const errorNames = {
  gateway: 'Error',
  billManager: 'BillManagerError',
  subscriber: 'SubscriberError',
  bonga: 'BongaError',
  ratiba: 'RatibaError',
} as const satisfies Record<ErrorForm, string>;

const errorOf = (family: Family) => errorNames[families.internal[family].form];

const errorSchemas = {
  Error: textsOf('requestId', 'errorCode', 'errorMessage'),
  BillManagerError: textsOf('rescode', 'resmsg'),
  SubscriberError: textsOf('requestRefID', 'responseCode', 'responseDesc'),
  BongaError: headed('header', 'requestRefId', 'responseMessage', 'customerMessage'),
  RatibaError: headed('ResponseHeader', 'responseRefID', 'responseCode', 'responseDescription'),
} as const satisfies Record<(typeof errorNames)[ErrorForm], object>;

function headed(header: string, ...names: readonly string[]): object {
  return { type: 'object', required: [header], properties: { [header]: textsOf(...names) } };
}

function textsOf(...names: readonly string[]): object {
  return {
    type: 'object',
    required: names,
    properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
  };
}
