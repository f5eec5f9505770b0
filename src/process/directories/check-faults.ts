import { isJsonObject, type Json, type JsonObject } from '../../config/canonical.ts';
import { choicesText } from '../../config/check/nearest.ts';
import { schemaFindings } from '../../config/check/schema-findings.ts';
import { type Path, pathText } from '../../config/path.ts';
import type { FaultProblem } from '../../control/contract/resources/directories/faults.ts';
import { isSubscriber, rightForm } from '../../handset/number.ts';
import type { Product } from '../../mpesa/api/define-product.ts';
import { catalogue, settledProducts } from '../../mpesa/catalogue.ts';
import { fieldsOfCondition } from '../../mpesa/faults/facts.ts';
import {
  type FaultRule,
  type Scenario,
  scenario as schema,
  type When,
  withText,
} from '../../mpesa/faults/rule.ts';

const products: readonly Product[] = catalogue;
const names = products.map(({ name }) => name);

interface Wrong {
  path: Path;
  reason: string;
  advice: string;
}

/** Everything wrong with a scenario, in the words of its file: before the first request, not at it. */
export function checkScenario(written: JsonObject): FaultProblem[] {
  const given = withText(written) as JsonObject;
  const bySchema: Wrong[] = schemaFindings(schema, given);
  const found = bySchema.length > 0 ? bySchema : checkRules(given as unknown as Scenario);
  return found.map(({ path, reason, advice }) => {
    const value = path.reduce<Json | undefined>(
      (at, key) => (Array.isArray(at) ? at[Number(key)] : isJsonObject(at) ? at[key] : undefined),
      given,
    );
    return { path: pathText(path), ...(value !== undefined && { value }), reason, advice };
  });
}

function checkRules({ faults }: Scenario): Wrong[] {
  return faults.flatMap((rule, index) => {
    const at = ['faults', index] as const;
    const earlier = faults.slice(0, index);
    return [
      ...sameName(rule, earlier, at),
      ...checkWhen(rule, [...at, 'when']),
      ...checkEffects(rule, [...at, 'do']),
      ...neverReached(rule, earlier, at),
    ];
  });
}

function sameName({ name }: FaultRule, earlier: readonly FaultRule[], at: Path): Wrong[] {
  if (!earlier.some((one) => one.name === name)) return [];
  return [
    {
      path: [...at, 'name'],
      reason: 'is the name of another one above',
      advice: 'give each a name of its own',
    },
  ];
}

/** Those it may meet; empty where it names one that is none. */
function productsOf({ when }: FaultRule): readonly Product[] {
  if (when?.product === undefined) return products;
  const wanted = [when.product].flat();
  return products.filter(({ name }) => wanted.includes(name));
}

function checkWhen(rule: FaultRule, at: Path): Wrong[] {
  const { when = {} } = rule;
  const wrong: Wrong[] = [when.product ?? []]
    .flat()
    .filter((name) => !names.includes(name))
    .map((name) => ({
      path: [...at, 'product'],
      reason: `${name} is no product`,
      advice: choicesText('products', names, name),
    }));
  if (wrong.length > 0) return wrong;
  const { msisdn, amount } = when;
  if (msisdn !== undefined && !couldBeSubscriber(msisdn))
    wrong.push({
      path: [...at, 'msisdn'],
      reason: 'is no number that a subscriber can have',
      advice: rightForm(msisdn),
    });
  const [from = 0, to = from] = (amount ?? '1').split('-').map(Number);
  if (to < from || to === 0)
    wrong.push({
      path: [...at, 'amount'],
      reason: 'is no amount that a request can have',
      advice: 'write whole shillings from 1, or from-to with the smaller first',
    });
  for (const key of Object.keys(when) as (keyof When)[]) {
    const fields = fieldsOfCondition[key];
    const able = products.filter((product) => fields.length === 0 || asksFor(product, fields));
    if (productsOf(rule).some((product) => able.includes(product))) continue;
    wrong.push({
      path: [...at, key],
      reason: 'can never be met: no request of these products has such a field',
      advice: choicesText(
        'products that have it',
        able.map(({ name }) => name),
        undefined,
      ),
    });
  }
  return wrong;
}

function couldBeSubscriber(pattern: string): boolean {
  const digits = pattern.replace('*', '');
  if (!pattern.endsWith('*')) return isSubscriber(digits);
  return ['7', '1'].some((next) =>
    isSubscriber((digits + `254${next}00000000`.slice(digits.length)).slice(0, 12)),
  );
}

function asksFor({ operations }: Product, fields: readonly string[]): boolean {
  return Object.values(operations).some(({ request }) => request.names.some((name) => fields.includes(name)));
}

/** What only makes sense of a request that is taken. */
const AFTER_TAKING = [
  'result',
  'resultAfter',
  'queueTimeout',
  'processing',
  'callback',
  'callbackAfter',
] as const;

function checkEffects(rule: FaultRule, at: Path): Wrong[] {
  const { do: effects } = rule;
  const met = productsOf(rule);
  const settled = met.filter(({ results }) => results !== undefined);
  const wrong: Wrong[] = [];
  const say = (key: string, reason: string, advice: string) =>
    wrong.push({ path: [...at, key], reason, advice });
  for (const key of AFTER_TAKING) {
    if (effects[key] === undefined) continue;
    if (effects.answer !== undefined)
      say(
        key,
        `can never happen: the request is answered \`${effects.answer}\`, and nothing of it is taken`,
        'leave one of both out',
      );
  }
  const needs = (key: keyof typeof effects, able: readonly Product[], what: string) => {
    if (effects[key] === undefined || met.some((product) => able.includes(product))) return;
    say(
      key,
      `can never happen: ${what}`,
      choicesText(
        'products that can',
        able.map(({ name }) => name),
        undefined,
      ),
    );
  };
  const withResults = products.filter(({ results }) => results !== undefined);
  needs('result', withResults, 'requests of these products end in no result');
  needs('resultAfter', withResults, 'requests of these products end in no result');
  needs('callback', withResults, 'these products have no callback');
  needs('callbackAfter', withResults, 'these products have no callback');
  needs(
    'queueTimeout',
    products.filter(({ name }) => settledProducts.some((settled) => settled.name === name)),
    'these products have no QueueTimeOutURL',
  );
  needs(
    'processing',
    products.filter(({ name }) => name === 'stk'),
    'only a push is asked about while it is processed',
  );
  if (effects.result !== undefined && settled.length > 0) {
    const codes = [
      ...new Set(
        settled.flatMap(({ results = {} }) => Object.values(results).map(({ code }) => String(code))),
      ),
    ];
    if (String(effects.result) === '0') say('result', '0 is a success, which needs no fault', 'leave it out');
    else if (!codes.includes(String(effects.result)))
      say(
        'result',
        `none of these products ends in ${effects.result}`,
        choicesText(
          'result codes',
          codes.filter((code) => code !== '0'),
          String(effects.result),
        ),
      );
  }
  if (effects.result !== undefined && effects.queueTimeout !== undefined)
    say('queueTimeout', 'can never happen together with a result', 'leave one of both out');
  if (effects.callback === 'early' && effects.callbackAfter !== undefined)
    say(
      'callbackAfter',
      'can never happen: the acknowledgement waits for the callback',
      'leave one of both out',
    );
  if (effects.callback === 'lost' && effects.callbackAfter !== undefined)
    say('callbackAfter', 'can never happen: the callback is never sent', 'leave one of both out');
  return wrong;
}

/** One above it meets all that it meets, and hits it each time. */
function neverReached(rule: FaultRule, earlier: readonly FaultRule[], at: Path): Wrong[] {
  const covers = ({ when = {}, chance = 1, times, for: lasts }: FaultRule) =>
    chance === 1 &&
    times === undefined &&
    lasts === undefined &&
    Object.entries(when).every(
      ([key, value]) => JSON.stringify(rule.when?.[key as keyof When]) === JSON.stringify(value),
    );
  const above = earlier.find(covers);
  if (above === undefined) return [];
  return [
    {
      path: [...at],
      reason: `can never match: ${above.name} above it hits every request that it meets`,
      advice: 'put the narrower one first',
    },
  ];
}
