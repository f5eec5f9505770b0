const SEEDED =
  'each seeded number ends its push as the table says, and its phone is told what a phone is told';
const REFUSED = 'rules refuse a push before the phone is bothered: 2, 3, 17, 2028';
const NOBODY = 'nobody answers: 1037 at the end of its time; nobody could send it: 1019';
const UNPAID = 'what a rule or the books refuse moves nothing, tells the merchant nothing and the payer why';
const REJECTED =
  'a rejection ends the payment, its code chooses the words for the payer, and there is no confirmation';
const NO_ORDER = 'a customer who does not say yes has no order';
const INITIATOR = 'who may not ask is told so: 2001, 21, and of a failure a single parameter is no array';
const TIMEOUT =
  'what nobody dealt with in time is told to QueueTimeOutURL, and a worker that comes later changes nothing';
const LOCKED = 'a locked credential is told as a recording of the vendor has it';

/** What every product with an initiator has from the engine. */
const ofInitiators = {
  notAllowed: INITIATOR,
  initiatorInvalid: INITIATOR,
  queueTimeout: TIMEOUT,
  credentialLocked: LOCKED,
} as const;

const NO_PAYOUT = 'a failure has no parameters, and moves nothing: 1, 2, 3, 2028, 2040, 2001, 21';
const PAYOUT_BOUNDS = 'a customer holds no more than it may: 8; a frozen account pays nobody: 11';
const payouts = {
  done: 'Utility pays the customer; result and SMS are told to the letter, and the receipt is known',
  insufficientFunds: NO_PAYOUT,
  belowMinimum: NO_PAYOUT,
  aboveMaximum: NO_PAYOUT,
  overMaximumBalance: PAYOUT_BOUNDS,
  debitPartyInvalid: PAYOUT_BOUNDS,
  notPermitted: NO_PAYOUT,
  unregistered: NO_PAYOUT,
} as const;

const NO_TRANSFER =
  'a failure is told in numbers, with the time alone as one object: 1, 2, 3, 2028, SFC_IC0003';
const TRANSFER_BOUNDS = 'a receiver at its bound takes no more: 8; a frozen account pays nobody: 11';
const transfers = {
  done: 'Working pays a pay bill, told to the letter: texts and lists',
  insufficientFunds: NO_TRANSFER,
  belowMinimum: NO_TRANSFER,
  aboveMaximum: NO_TRANSFER,
  overMaximumBalance: TRANSFER_BOUNDS,
  debitPartyInvalid: TRANSFER_BOUNDS,
  notPermitted: NO_TRANSFER,
  noReceiver: NO_TRANSFER,
} as const;

const NOT_REDEEMED =
  'what is refused takes no point, moves no money and confirms nothing, and its result says why';
const NO_YES = 'what is no yes moves nothing and is told flat: 4001, 4201, 4203, 2001, 8006';
const NOT_ASKED =
  'who cannot be asked, or may not pay, is told without a prompt: 4104, 4102, SFC_IC0003, 2028, 2, 3';
const REFUSED_AFTER_YES =
  'the books refuse after the yes: 1 without money, 8 at a bound, 11 of a frozen account';

const REVERSAL_BOUNDS =
  'the books refuse what is not there: 1 without money, 8 where the customer is full, 11 where an account is frozen';
const NO_ORIGINAL =
  'what no customer paid to the party that asks is no original: R000002; nor more than was paid';
const NOT_KNOWN =
  'what PartyA has no part in is not known: 25; a party that is not what it is said to be: SFC_IC0003';

/** The test that shows each result, by the product's name and the name of the result in its descriptor. */
export const resultTests: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  stk: {
    paid: 'a payment moves the money, and result, callback and SMS come with it',
    insufficientFunds: SEEDED,
    belowMinimum: REFUSED,
    aboveMaximum: REFUSED,
    overDailyLimit:
      'the day limit counts what was paid that day in East Africa, and the next day starts at its midnight',
    overMaximumBalance: "an organisation at its account's bound takes no more: 8",
    debitPartyInvalid: SEEDED,
    repeatedAmount: REFUSED,
    subscriberLocked: SEEDED,
    expired: NOBODY,
    pushFailed: 'a prompt of more than 182 characters cannot be sent: 1025',
    cancelled: SEEDED,
    unreachable: SEEDED,
    wrongPin: SEEDED,
    accountRule: SEEDED,
    notPermitted: REFUSED,
    noOperator:
      'a till push whose PartyB is no till of that store: after the PIN, with a code that is text, and no money moves',
    pinLocked: 'a person answers: the right PIN pays, a wrong one does not, three in a row lock it',
    pushFault: SEEDED,
  },
  c2b: {
    paid: 'the confirmation commits with the money, to the letter of the page; version 2 masks the payer',
    insufficientFunds: UNPAID,
    belowMinimum: UNPAID,
    aboveMaximum: UNPAID,
    overDailyLimit: UNPAID,
    overMaximumBalance: 'a receiver who would hold more than an account may is sent nothing',
    debitPartyInvalid: UNPAID,
    unregistered: UNPAID,
    noPayee: UNPAID,
    invalidMsisdn: REJECTED,
    invalidAccount: REJECTED,
    invalidAmount: REJECTED,
    invalidKyc: REJECTED,
    invalidShortCode: REJECTED,
    otherError: REJECTED,
    notValidated: 'R1: a merchant that hangs is waited for as long as it has, then ResponseType decides',
  },
  'account-balance': {
    ...ofInitiators,
    done: 'it is acknowledged at once, and told what the books hold, to the letter',
    noOperator: 'a failure is told in numbers, with the time alone, as an object and not an array',
  },
  b2c: { ...ofInitiators, ...payouts },
  b2pochi: {
    ...ofInitiators,
    ...payouts,
    done: 'a Pochi is paid the same way, under its own command, into a wallet of its own',
  },
  b2b: { ...ofInitiators, ...transfers },
  'tax-remittance': {
    ...ofInitiators,
    ...transfers,
    done: 'tax goes to the authority alone, under its own role',
  },
  bonga: {
    done: 'points pay a bill: the phone asks, points and money move together, and C2B confirms it',
    notPermitted: NOT_REDEEMED,
    noReceiver: NOT_REDEEMED,
    debitPartyInvalid: NOT_REDEEMED,
    cancelled: NOT_REDEEMED,
    pushFailed: NOT_REDEEMED,
    unreachable: NOT_REDEEMED,
    wrongPin: NOT_REDEEMED,
    pinLocked: NOT_REDEEMED,
    noPin: NOT_REDEEMED,
    notEnoughPoints: NOT_REDEEMED,
    balanceLimit: NOT_REDEEMED,
    queueTimeout: NOT_REDEEMED,
  },
  'b2b-express': {
    done: 'the phone of the till asks; with operator id and PIN its store pays, and the callback is flat',
    queueTimeout: 'R1: what nobody dealt with in time, and what no phone answered, is told to callbackUrl',
    insufficientFunds: REFUSED_AFTER_YES,
    overMaximumBalance: REFUSED_AFTER_YES,
    debitPartyInvalid: REFUSED_AFTER_YES,
    belowMinimum: NOT_ASKED,
    aboveMaximum: NOT_ASKED,
    notPermitted: NOT_ASKED,
    noReceiver: NOT_ASKED,
    noPayer: NOT_ASKED,
    kycFail: NOT_ASKED,
    noNominatedNumber: NOT_ASKED,
    cancelled: NO_YES,
    networkError: NO_YES,
    ussdException: NO_YES,
    wrongOperator: NO_YES,
    operatorLocked: NO_YES,
  },
  reversal: {
    ...ofInitiators,
    done: 'what a customer paid goes back, told to the letter; the phone is told, and the receipt says by which',
    insufficientFunds: REVERSAL_BOUNDS,
    overMaximumBalance: REVERSAL_BOUNDS,
    debitPartyInvalid: REVERSAL_BOUNDS,
    alreadyReversed:
      'once, whole or in part, by however many ask at the same instant: R000001 for all others',
    invalidOriginal: NO_ORIGINAL,
    overOriginal: NO_ORIGINAL,
  },
  'transaction-status': {
    ...ofInitiators,
    done: 'by receipt and by conversation id, under both its names, it is told to the letter',
    noOperator: NOT_KNOWN,
    invalidParameter: NOT_KNOWN,
  },
  'standing-orders': {
    created: 'it is acknowledged, the phone asks, and the callback tells that it stands',
    subscriberLocked: NO_ORDER,
    pushFailed: NO_ORDER,
    cancelled: NO_ORDER,
    unreachable: NO_ORDER,
    duplicateName: 'a name is taken as long as its order stands: 1050',
    wrongPin: NO_ORDER,
    pinLocked: NO_ORDER,
  },
};
