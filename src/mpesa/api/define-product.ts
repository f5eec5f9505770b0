/**
 * What a product of the API is: one descriptor, `products/<product>/product.ts`, and one line of
 * `catalogue.ts`. From it follow the routes, their validation and error form, the bulkhead, quota and switch,
 * the section of the configuration, the pages of reference and the API document.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TObject } from 'typebox';
import type { AuthClient } from '../../auth/client/types.ts';
import type { BoundedLog } from '../../platform/bounded-log.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Log } from '../../platform/log.ts';
import type { Refusal, Operation as ServedOperation } from '../../serving/types.ts';
import { type Fields, type Form, isInvalid, type Read, type SettingsOf } from '../fields/form/form.ts';
import type { Organisations } from '../parties/organisations.ts';
import type { Settlement } from '../requests/settlement/product.ts';
import type { NewRequest } from '../requests/types.ts';
import type { Result } from '../results/codes.ts';
import type { AcceptanceLane } from '../work-queue/acceptance-lane.ts';
import type { OwnSettlement } from '../work-queue/own-settlement.ts';
import type { Family } from './errors/families.ts';
import { refusal } from './errors/forms.ts';
import type { OwnError } from './errors/own-error.ts';
import { fieldsOf, sendRefusal } from './request.ts';

export interface Product {
  /**
   * Of its bulkhead, quota and switch (`serving.products`), and of its section of `mpesa` (`settingsKey`).
   */
  readonly name: string;
  readonly title: string;
  /** The form of its errors. */
  readonly family: Family;
  readonly priority: ServedOperation['priority'];
  readonly operations: Readonly<Record<string, Operation<never>>>;
  /** What a release decides about it, with what is built in; without: nothing of its own. */
  readonly settings?: TObject;
  /** Errors that no other family has, by any name. */
  readonly errors?: Readonly<Record<string, OwnError>>;
  /** What a request that was accepted may end in, by any name. */
  readonly results?: Readonly<Record<string, Result>>;
  /** What a worker does with what was acknowledged: in the engine of requests, or with rows of its own. */
  readonly settlement?: Settlement<never> | OwnSettlement<never>;
}

export type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/**
 * What one kind of request is. `Settings`: what its fields and its handler read of a release; `Name`: its
 * fields; `Answer`: what status 200 is answered with.
 */
export interface Operation<Settings, Name extends string = string, Answer extends TObject = TObject> {
  readonly title: string;
  readonly method: ServedOperation['method'];
  /** Each is answered the same way. */
  readonly paths: readonly [string, ...string[]];
  readonly authentication: Authentication;
  readonly query: TObject | undefined;
  readonly request: {
    readonly schema: TObject;
    readonly names: readonly Name[];
    readonly bare: Name | undefined;
  };
  /** Of a body, where it is more than every other operation's. */
  readonly maxBodyBytes: number | undefined;
  /** A body that is taken, as the vendor's page shows it: what documents show and tests start from. */
  readonly sample: object;
  readonly acknowledgement: Answer;
  /** Made once for each process. */
  readonly handler: (deps: ProductDependencies<Settings>, family: Family) => Handler;
}

/**
 * `bearer`: a token of `oauth`, before the body is read. `basic`: key and secret of an app, read by the
 * operation itself.
 */
export type Authentication = 'bearer' | 'basic';

/** What the API has for its products. */
export interface ProductDependencies<Settings> {
  readonly database: Database;
  readonly auth: AuthClient;
  /** Those of the release in force: asked for each request. */
  readonly settings: () => Settings;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly log: Log;
  /** A line a payment. */
  readonly payments: BoundedLog;
  readonly organisations: Organisations;
  /** Takes the requests that an initiator makes: durable when it says so. */
  readonly requests: AcceptanceLane<NewRequest>;
  /** Called when no request is left, before the process ends. */
  readonly onClose: (close: () => Promise<void>) => void;
}

interface OperationParts<Of extends Fields, Settings, Answer extends TObject> {
  title: string;
  method: ServedOperation['method'];
  paths: readonly [string, ...string[]];
  authentication: Authentication;
  /** Parameters of the URL; read by the operation itself. */
  query?: TObject;
  /** The body's fields, in the order in which they are checked. */
  request: Form<Of>;
  /** Where a body may be larger than every other operation's. */
  maxBodyBytes?: number;
  /** A body that is taken, as the vendor's page shows it. `{}` where none is read. */
  sample: object;
  /** The answer of status 200. */
  acknowledgement: Answer;
  handler: (
    deps: ProductDependencies<Settings>,
  ) => (read: Read<Of>, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;
}

export function operation<Of extends Fields, Settings, Answer extends TObject>(
  parts: OperationParts<Of, Settings, Answer>,
): Operation<Settings & SettingsOf<Of>, keyof Of & string, Answer> {
  const { title, method, paths, authentication, query, request: form, sample, acknowledgement } = parts;
  return {
    title,
    method,
    paths,
    authentication,
    query,
    request: form,
    maxBodyBytes: parts.maxBodyBytes,
    sample,
    acknowledgement,
    handler(deps, family) {
      const answer = parts.handler(deps);
      return (request, reply) => {
        const fields = fieldsOf(request, form.bare);
        if (fields === undefined) return refuse(reply, refusal(family, 'malformedBody'));
        const read = form.read(fields, deps.settings());
        return isInvalid(read)
          ? refuse(reply, refusal(family, 'invalidField', read.invalid))
          : answer(read, request, reply);
      };
    },
  };
}

async function refuse(reply: FastifyReply, refused: Refusal): Promise<FastifyReply> {
  return sendRefusal(reply, refused);
}

export function defineProduct<const Of extends Product>(product: Of): Of {
  return product;
}

/** The section of a product `stk-query` is `mpesa.stkQuery`. */
export type SettingsKey<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<SettingsKey<Rest>>}`
  : Name;

export function settingsKey(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
