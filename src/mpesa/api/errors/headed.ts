import { randomUUID } from 'node:crypto';

// Two APIs answer with a header and a body, whether they did what was asked or not.

/** The header of Lipa na Bonga's answers: its code is a number, its time has no zone. */
export function bongaHeader(responseCode: number, responseMessage: string, customerMessage: string) {
  return {
    requestRefId: randomUUID(),
    responseCode,
    responseMessage,
    customerMessage,
    timestamp: new Date().toISOString().slice(0, -1),
  };
}

/** What a request for a standing order is answered: the codes are those of HTTP, as text. */
export function ratibaAnswer(
  code: string,
  description: string,
  resultDesc = description,
  responseRefID: string = randomUUID(),
): string {
  return JSON.stringify({
    ResponseHeader: {
      responseRefID,
      responseCode: code,
      responseDescription: description,
      ResultDesc: resultDesc,
    },
    ResponseBody: { responseDescription: description, responseCode: code },
  });
}
