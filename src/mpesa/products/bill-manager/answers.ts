import { Type } from 'typebox';

const rescode = Type.Literal('200');
const resmsg = Type.Literal('Success');
const Status_Message = Type.String();

export const done = { resmsg: 'Success', rescode: '200' } as const;

export const optInAnswer = Type.Object({ app_key: Type.String(), resmsg, rescode });
export const doneAnswer = Type.Object({ resmsg, rescode });
export const invoicedAnswer = Type.Object({ Status_Message, resmsg, rescode });
export const cancelledAnswer = Type.Object({
  Status_Message,
  resmsg,
  rescode,
  errors: Type.Array(Type.Unknown(), { maxItems: 0 }),
});
