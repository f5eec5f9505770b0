import type { Chapter } from '../case.ts';

const BAD_AUTHENTICATION =
  'another type of authentication, a broken one, and a wrong secret are invalid authentication';

const APP_PRODUCTS =
  'an app asks for what it has: every product, until it has some; a token older than the product does not count';

export const oauthCases: Chapter = {
  title: 'OAuth',
  cases: [
    {
      asked: '`grant_type=client_credentials%20`, or none',
      answer: '400 `400.008.02` "Invalid grant type passed"',
      source: 'OBS LNMOnlineAndroidSample#34',
      tests: ['the only grant type is client_credentials'],
    },
    {
      asked: 'a scheme other than Basic, or no header',
      answer: '400 `400.008.01` "Invalid Authentication passed"',
      source: 'OBS',
      tests: [BAD_AUTHENTICATION],
    },
    {
      asked: 'a wrong key or secret',
      answer: 'HTTP 400 with an empty body, or `400.008.01`',
      source: 'open',
      taken: '`400.008.01` in JSON, so that a client that parses the body can report it',
      tests: [BAD_AUTHENTICATION],
    },
    {
      asked: 'the type of `expires_in`',
      answer: '`"3599"` as text, or the number 3599',
      source: 'open: OBS, PORTAL',
      taken: 'text; `mpesa.expiresInAs`',
      tests: ['key and secret give a token and its lifetime, as text or as a number'],
    },
    {
      asked: 'a product that the app does not have',
      answer:
        '401 `401.003.01` "Error Occurred - Invalid Access Token - Invalid API call as no apiproduct match found"',
      source: 'OBS mpesa-node-library#56',
      taken: 'the same; an app may ask for everything until `imara app products` says what',
      tests: [APP_PRODUCTS],
    },
    {
      asked: 'a token issued before the product was added',
      answer: 'refused as invalid until a new token is taken',
      source: 'KEPAS',
      tests: [APP_PRODUCTS],
    },
    {
      asked: 'a bad or expired token on STK',
      answer: 'HTTP **404** `404.001.03` "Invalid Access Token", `application/json;charset=UTF-8`',
      source: 'OBS LNMOnlineAndroidSample#41',
      tests: ['every call needs a good token, before anything else is looked at'],
    },
    {
      asked: 'a bad token elsewhere',
      answer:
        'balance `401.002.01`/401; C2B, status, QR `400.003.01`/400; pull, Hakikisha `401.001`; Bill Manager `401`/401',
      source: 'PORTAL, KEPAS; of C2B 401.003.01 was observed too (open)',
      taken: 'the pages',
      tests: [
        'each failure has the code, status and text of its family',
        'Bill Manager answers in its own form, but for a bad token',
      ],
    },
  ],
};
