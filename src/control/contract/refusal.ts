import Type from 'typebox';
import { Exactly } from './fields.ts';

/**
 * What is answered when it is not done; `error` has more keys where its code says so:
 * docs/reference/control-api.md.
 */
export const ErrorAnswer = Exactly({
  error: Type.Object({ code: Type.String(), message: Type.String() }),
});
