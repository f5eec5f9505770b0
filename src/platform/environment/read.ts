import { readFileSync } from 'node:fs';
import type { Kind } from './kinds.ts';
import { type Environment, type Variable, type VariableName, variables } from './variables.ts';

/** A variable of the environment is wrong: the message is for the operator, who needs no stack trace. */
export class WrongConfiguration extends Error {
  override readonly name = 'WrongConfiguration';
}

type ValueOf<Name extends VariableName> = (typeof variables)[Name]['kind'] extends Kind<infer T> ? T : never;

/** What this process inherited, to be handed on. Everything else reads variables one by one. */
export function inherited(): Environment {
  return process.env;
}

/**
 * The value of a variable; `undefined`: it is not set, or empty. Throws `WrongConfiguration`, which says what
 * to write, where it is set to something else than it may be.
 */
export function variable<Name extends VariableName>(
  name: Name,
  env: Environment = process.env,
): ValueOf<Name> | undefined {
  const { kind }: Variable = variables[name];
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  const value = kind.parse(text);
  if (value === undefined) throw wrong(name, `is "${text}"`, kind.wanted);
  return value as ValueOf<Name>;
}

/** The same, of one that has to be set. */
export function requiredVariable<Name extends VariableName>(
  name: Name,
  env: Environment = process.env,
): ValueOf<Name> {
  const value = variable(name, env);
  if (value === undefined) throw wrong(name, 'is not set', variables[name].kind.wanted);
  return value;
}

type SecretName = {
  [Name in VariableName]: (typeof variables)[Name] extends { orFile: true } ? Name : never;
}[VariableName];

/** Out of the variable, or of the file that another variable names, or of the one at home. */
export function secretVariable(name: SecretName, atHome: string, env: Environment = process.env): string {
  const value = variable(name, env);
  if (value !== undefined) return value;
  const file = env[`${name}_FILE`] ?? atHome;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new WrongConfiguration(
      `neither ${name} nor ${name}_FILE is set, and ${file} cannot be read; set one, the same for all processes`,
    );
  }
}

function wrong(name: string, is: string, wanted: string): WrongConfiguration {
  return new WrongConfiguration(`the environment variable ${name} ${is}; write ${wanted}`);
}
