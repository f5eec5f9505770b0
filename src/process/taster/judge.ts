import type { BadValue } from '../../agent/taster/verdict.ts';

/** One address of a list, tasted alone. */
export interface TastedAddress {
  address: string;
  /** What is wrong with it, for people. */
  fault?: string;
}

export interface Judged {
  bad?: BadValue;
  warnings: readonly BadValue[];
}

/**
 * Addresses are tasted alone and judged as a set. One that the release brings, or brings to be used in
 * another way, must work. One that is served with already (`isStaying`) and does not work was sick before: a
 * warning, as long as any address of the list works; or whatever works of it, where the list is what is
 * served with already and can be done without (`isOptional`).
 */
export function judge(
  key: string,
  tasted: readonly TastedAddress[],
  { isStaying, isOptional = false }: { isStaying: (address: string) => boolean; isOptional?: boolean },
): Judged {
  const faults = tasted.flatMap(({ address, fault }, index) =>
    fault === undefined ? [] : [{ address, value: { key: `${key}[${index}]`, cause: fault } }],
  );
  const none = faults.length === tasted.length && !isOptional;
  const strict = none ? faults : faults.filter(({ address }) => !isStaying(address));
  const [first] = strict;
  if (first !== undefined) return { bad: first.value, warnings: [] };
  return { warnings: faults.map(({ value }) => value) };
}
