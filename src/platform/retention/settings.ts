import type { Static } from 'typebox';
import { builtIn, count, section } from '../settings.ts';

export const retentionSettings = section(
  {
    keepDays: builtIn(
      90,
      count(
        'Days for which payments, requests, callbacks and texts can be looked up once they have ended; a sixth longer at most. The books are kept for ever.',
        1,
        3_650,
      ),
    ),
  },
  'How long the database keeps what has ended.',
);

export type RetentionSettings = Static<typeof retentionSettings>;
