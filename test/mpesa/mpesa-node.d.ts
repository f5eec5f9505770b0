// The official client ships no types: the part of it that the tests call.
declare module 'mpesa-node' {
  interface Answer {
    status: number;
    data: Record<string, unknown>;
  }
  class Mpesa {
    constructor(config: Record<string, unknown>);
    baseURL: string;
    lipaNaMpesaOnline(
      msisdn: number,
      amount: number,
      callbackUrl: string,
      accountReference: string,
    ): Promise<Answer>;
    accountBalance(
      shortCode: number,
      identifierType: number,
      queueUrl: string,
      resultUrl: string,
    ): Promise<Answer>;
    b2c(
      shortCode: number,
      msisdn: number,
      amount: number,
      queueUrl: string,
      resultUrl: string,
    ): Promise<Answer>;
    b2b(
      shortCode: number,
      receiver: number,
      amount: number,
      queueUrl: string,
      resultUrl: string,
      senderType?: number,
      receiverType?: number,
      initiator?: string | null,
      commandId?: string,
      accountReference?: string | null,
    ): Promise<Answer>;
    reversal(
      receipt: string,
      amount: number,
      queueUrl: string,
      resultUrl: string,
      shortCode: number,
    ): Promise<Answer>;
    transactionStatus(
      receipt: string,
      shortCode: number,
      identifierType: number,
      queueUrl: string,
      resultUrl: string,
    ): Promise<Answer>;
    lipaNaMpesaQuery(checkoutRequestId: string): Promise<Answer>;
  }
  export = Mpesa;
}
