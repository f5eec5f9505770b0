/** As control's contract has them; apart, so that a command line loads no schema. */
export const paymentStates = ['open', 'done', 'failed'] as const;
