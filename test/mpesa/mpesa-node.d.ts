// The official client ships no types.
declare module 'mpesa-node' {
  interface Answer {
    status: number;
    data: Record<string, unknown>;
  }
  class Mpesa {
    constructor(config: Record<string, unknown>);
    baseURL: string;
    oAuth(): Promise<Answer>;
    lipaNaMpesaOnline(
      msisdn: number,
      amount: number,
      callbackUrl: string,
      accountReference: string,
    ): Promise<Answer>;
    lipaNaMpesaQuery(checkoutRequestId: string): Promise<Answer>;
    c2bRegister(confirmationUrl: string, validationUrl: string, shortCode: number): Promise<Answer>;
    c2bSimulate(
      msisdn: number,
      amount: number,
      billRefNumber: string,
      commandId: string,
      shortCode: number,
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
  }
  export = Mpesa;
}
