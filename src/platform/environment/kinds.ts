/** What a variable may say: how the page names it, what is wanted where it is wrong, and its value. */
export interface Kind<T> {
  readonly title: string;
  readonly wanted: string;
  /** `undefined`: it is none. */
  parse(text: string): T | undefined;
}

/** Any text; `wanted` is an example. What reads it may ask more of it. */
export const text = (title: string, wanted = title): Kind<string> => ({ title, wanted, parse: (it) => it });

export const oneOf = <const Words extends readonly string[]>(...words: Words): Kind<Words[number]> => ({
  title: words.map((word) => `\`${word}\``).join(' or '),
  wanted: words.join(' or '),
  parse: (it) => words.find((word) => word === it),
});

export const urls: Kind<string[]> = {
  title: 'URLs, with commas between',
  wanted: 'URLs, with commas between',
  parse: (it) => it.split(',').filter((url) => url !== ''),
};

export const port = whole('port', '0 to 65535', 0, 65_535);
export const fromOne = whole('whole number from 1', 'a whole number from 1', 1, Number.MAX_SAFE_INTEGER);
export const descriptor = whole('file descriptor', 'the number of an inherited socket', 3, 1_000_000);

function whole(title: string, wanted: string, least: number, most: number): Kind<number> {
  return {
    title,
    wanted,
    parse(it) {
      const number = Number(it);
      return Number.isInteger(number) && number >= least && number <= most ? number : undefined;
    },
  };
}
