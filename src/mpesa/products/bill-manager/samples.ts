// Bodies as the vendor's page shows them, with numbers that are whole.

export const optInSample = {
  shortcode: '174379',
  email: 'youremail@gmail.com',
  officialContact: '0710119383',
  sendReminders: '1',
  logo: 'image',
  callbackurl: 'https://my.server.com/bar/callback',
} as const;

export const invoiceSample = {
  externalReference: '#9932340',
  billedFullName: 'John Doe',
  billedPhoneNumber: '0708374149',
  billedPeriod: 'August 2021',
  invoiceName: 'Jentrys',
  dueDate: '2021-10-12',
  accountReference: '1ASD678H',
  amount: '800',
  invoiceItems: [
    { itemName: 'food', amount: '700' },
    { itemName: 'water', amount: '100' },
  ],
} as const;

export const cancelSample = { externalReference: '113' } as const;

export const reconciliationSample = {
  paymentDate: '2021-10-01',
  paidAmount: '800',
  accountReference: 'Balboa95',
  transactionId: 'PJB53MYR1N',
  phoneNumber: '0710119383',
  fullName: 'John Doe',
  invoiceName: 'School Fees',
  externalReference: '955',
} as const;
