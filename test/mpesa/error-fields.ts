type Json = Record<string, unknown>;

/** Status, code and text of an error, in whichever form its family has. */
export function errorFields({ status, body }: { status: number; body: Json }): [number, unknown, unknown] {
  const headed = (body.header ?? body.ResponseHeader ?? {}) as Json;
  return [
    status,
    body.errorCode ?? body.rescode ?? body.responseCode ?? headed.responseCode,
    body.errorMessage ??
      body.resmsg ??
      body.responseDesc ??
      headed.responseMessage ??
      headed.responseDescription,
  ];
}
